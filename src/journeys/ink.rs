//! Ink: enters that a copy was signed on paper, with a scan, a witness and who keeps the paper.
//!
//! The scan is a picture of the original and no signature: it is shown as paper, never as electronic.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{
    About, Act, ActError, Case, Note, Paper, Planned, check_public, clean_words, note_numbers,
    perform,
};
use super::authority::Authorities;
use super::confirm::lawful_roles;
use super::{Error, Office};
use crate::agreement::{AgreementId, CopyId, Name, Role, SeatId, Sha256};
use crate::calendar::swedish_day;
use crate::register::{CopyState, Event, Inked, InkedSeat, Tally};
use crate::store::Store;

/// What was signed on paper.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whether seats may be entered that are entered already.
    pub again: bool,
    /// The copy.
    pub copy: CopyId,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// Who keeps the paper.
    pub held_by: Name,
    /// The names as they stand on the paper, one for each seat; or none.
    pub names: Vec<Name>,
    /// The digest that the paper shows: all of it, or its first 16 digits as a page's footer has them.
    pub read_digest: Option<String>,
    /// The roles in which the persons signed, one for each seat; the seats' own where none are given.
    pub roles: Vec<Role>,
    /// The scan as a file.
    pub scan: PathBuf,
    /// The seats.
    pub seats: Vec<SeatId>,
    /// The day on the paper.
    pub signed_on: NaiveDate,
    /// Who compared scan and paper, and what they say.
    pub witness: String,
}

/// A paper original that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Original {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The copy.
    pub copy: CopyId,
    /// The seats, each with the role in which the person signed.
    pub seats: Vec<(SeatId, Role)>,
    /// The day on the paper.
    pub signed_on: NaiveDate,
    /// Who keeps the paper.
    pub held_by: Name,
    /// Digest of the scan.
    pub scan: Sha256,
    /// Whether the paper's digest was read and is that of the copy's data.
    pub is_digest_read: bool,
    /// The copy's seats that are still open, in print order.
    pub open_seats: Vec<SeatId>,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Enters a paper original.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Original, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// A paper original that may be entered.
struct Plan {
    agreement: AgreementId,
    open_seats: Vec<SeatId>,
    read_digest: Option<Sha256>,
    scan: Sha256,
    seats: Vec<(SeatId, Role)>,
    witness: String,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Original;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let store = store.ok_or_else(|| unknown(&request.copy))?;
        let tally = Tally::fold(&store.records.entries(None).await?);
        let copy = tally.copies.get(&request.copy);
        let copy = copy.ok_or_else(|| unknown(&request.copy))?;
        if !copy.is_live() {
            return Err(Error::Copy {
                copy: request.copy.clone(),
                problem: "is voided",
            });
        }
        let about = About {
            agreement: Some(copy.agreement.clone()),
            version: Some(copy.issued.version),
        };
        let case = Case::open(office, Some(store), &about).await?;
        let seats = seats(office, store, &tally, copy, request).await?;
        case.check_past("the day on the paper", request.signed_on)?;
        check_public("the keeper of the paper", &request.held_by)?;
        let witness = clean_words("what the witness says", &request.witness)?;
        let read_digest = compare(copy, request.read_digest.as_deref())?;
        let mut notes = Vec::new();
        let issued_on = swedish_day(copy.issued_at);
        if request.signed_on < issued_on {
            notes.push(Note::BeforeIssued { issued_on });
        }
        for (seat, _) in &seats {
            if let Some((paper, _)) = copy.paper(seat)
                && !request.again
            {
                return Err(ActError::KnownBefore {
                    again: true,
                    seq: paper.seq,
                    what: format!("{seat} of {} is signed on paper", request.copy),
                }
                .into());
            }
            if copy.signed.contains_key(seat) {
                let seat = seat.clone();
                notes.push(Note::SignedElectronically { seat });
            }
        }
        note_numbers(&mut notes, "witness", Some(&witness));
        let is_filled = |seat: &SeatId| seats.iter().any(|(signed, _)| signed == seat);
        let open_seats = copy.open_seats().filter(|seat| !is_filled(seat)).cloned();
        let scan = scan(&tally, request)?;
        Ok(Planned {
            act: Self {
                agreement: copy.agreement.clone(),
                open_seats: open_seats.collect(),
                read_digest,
                scan: scan.digest(),
                seats,
                witness,
            },
            agreement: Some(copy.agreement.clone()),
            notes,
            papers: vec![scan],
        })
    }

    async fn event(&mut self, store: &mut Store, request: &Request) -> Result<Event, Error> {
        let mut seats = Vec::new();
        for (index, (seat, role)) in self.seats.iter().enumerate() {
            let name = request.names.get(index).map(Name::as_str);
            seats.push(InkedSeat {
                as_role: role.clone(),
                person: store.commit_some(name).await?,
                seat: seat.clone(),
            });
        }
        Ok(Event::Inked(Inked {
            copy: request.copy.clone(),
            held_by: request.held_by.clone(),
            read_digest: self.read_digest,
            scan: self.scan,
            seats,
            signed_on: request.signed_on,
            witness: store.commit_words(&self.witness).await?,
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Original {
        Original {
            seq,
            agreement: self.agreement,
            copy: request.copy.clone(),
            seats: self.seats,
            signed_on: request.signed_on,
            held_by: request.held_by.clone(),
            scan: self.scan,
            is_digest_read: self.read_digest.is_some(),
            open_seats: self.open_seats,
            notes,
        }
    }
}

fn unknown(copy: &CopyId) -> Error {
    Error::Copy {
        copy: copy.clone(),
        problem: "is not in the register",
    }
}

/// Returns the seats in print order, each with the role in which somebody signed.
async fn seats(
    office: &Office,
    store: &Store,
    tally: &Tally,
    copy: &CopyState,
    request: &Request,
) -> Result<Vec<(SeatId, Role)>, Error> {
    let count = request.seats.len();
    for (option, given) in [
        ("--as", request.roles.len()),
        ("--name", request.names.len()),
    ] {
        if given != 0 && given != count {
            return Err(ActError::SeatCount {
                given,
                option,
                seats: count,
            }
            .into());
        }
    }
    let authorities = Authorities::read(office, store, tally).await?;
    let parties = authorities.parties(Some(&copy.agreement));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (index, seat) in request.seats.iter().enumerate() {
        let problem = if !copy.issued.seats.contains(seat) {
            Some("has no such seat")
        } else if !seen.insert(seat) {
            Some("has each seat once")
        } else {
            None
        };
        if let Some(problem) = problem {
            let (copy, seat) = (request.copy.clone(), seat.clone());
            return Err(ActError::Seat {
                copy,
                problem,
                seat,
            }
            .into());
        }
        let lawful = lawful_roles(parties, store, tally, copy, seat).await?;
        let role = request.roles.get(index).cloned().or_else(|| seat.role());
        match role {
            Some(role) if lawful.contains(&role) => found.push((seat.clone(), role)),
            role => {
                let Some(role) = role.or_else(|| lawful.first().cloned()) else {
                    let (copy, seat) = (request.copy.clone(), seat.clone());
                    let problem = "has no role for the seat";
                    return Err(ActError::Seat {
                        copy,
                        problem,
                        seat,
                    }
                    .into());
                };
                let seat = seat.clone();
                return Err(ActError::SeatRole { lawful, role, seat }.into());
            }
        }
    }
    Ok(found)
}

/// Compares the digest that somebody read on the paper with that of the copy's data.
fn compare(copy: &CopyState, read: Option<&str>) -> Result<Option<Sha256>, ActError> {
    let Some(read) = read else {
        return Ok(None);
    };
    let known = copy.issued.data;
    let digits: String = read
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    let is_known = digits.len() >= SHORT_DIGITS && known.to_string().starts_with(&digits);
    if is_known {
        return Ok(Some(known));
    }
    let shown = known
        .to_string()
        .chars()
        .take(digits.len().max(SHORT_DIGITS))
        .collect();
    Err(ActError::Digest {
        copy: copy.issued.copy.clone(),
        known: shown,
        read: digits.chars().take(64).collect(),
    })
}

/// Reads the scan, which is a picture or a PDF and none of the electronic files.
fn scan(tally: &Tally, request: &Request) -> Result<Paper, Error> {
    let paper = Paper::read(&request.scan)?;
    let problem = if !paper.is_pdf() && !paper.is_picture() {
        Some((
            "no scan: neither PDF, JPEG, PNG nor TIFF",
            "scan the signed pages to a PDF",
        ))
    } else if tally.copy_with_head(paper.digest()).is_some() {
        Some((
            "an electronic file of a copy, no scan of paper",
            "enter an electronic file with `sigill receive`",
        ))
    } else {
        None
    };
    match problem {
        Some((problem, hint)) => Err(ActError::Document {
            hint,
            path: paper.path,
            problem: problem.to_owned(),
        }
        .into()),
        None => Ok(paper),
    }
}

/// As many digits of a digest as a page's footer shows.
const SHORT_DIGITS: usize = 16;
