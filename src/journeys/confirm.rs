//! Confirm: an officer says whose certificate signed a seat, and on what ground; or takes it back.
//!
//! A name in a certificate proves nobody: what the office found out by other means is entered, with the
//! officer's name and the ground. The ground can be erased, the entry cannot.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::authority::Authorities;
use super::publish::read_outline;
use super::receive::refresh;
use super::{Error, Kind, Office, check_reason};
use crate::agreement::{CopyId, Party, Role, SeatId, Sha256};
use crate::calendar::swedish_day;
use crate::outside::now;
use crate::register::{Confirmed, CopyState, Event, KnownSignature, Standing, Tally, Withdrawn};
use crate::store::{Draft, Store};
use crate::validation::signers;

/// What is to be confirmed.
#[derive(Debug, Clone)]
pub struct Request {
    /// The copy.
    pub copy: CopyId,
    /// The seat.
    pub seat: SeatId,
    /// The certificate, where the seat was signed with several.
    pub certificate: Option<Sha256>,
    /// The role in which the person signed; the one that the verdict proposes, else the seat's first.
    pub role: Option<Role>,
}

/// Whose certificate it is said to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The copy.
    pub copy: CopyId,
    /// The seat.
    pub seat: SeatId,
    /// The role.
    pub as_role: Role,
    /// The title of the role in the party's file, where it has one.
    pub title: Option<String>,
    /// The name that the party's file has for the role, where it has one.
    pub recorded_name: Option<String>,
    /// The certificate, as the newest verdict has it.
    pub certificate: Shown,
}

/// A certificate as it stands in a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// SHA-256 of its DER.
    pub sha256: Sha256,
    /// What its subject is called.
    pub name: String,
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
}

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The place of the entry.
    pub seq: u64,
    /// The copy's seats that are signed now.
    pub signed: usize,
    /// The copy's seats.
    pub seats: usize,
    /// Files in out/ that bore the copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
}

/// Why nothing was confirmed or taken back.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The seat counts as signed.
    #[error("seat {seat} of {copy} is signed and counts: there is nothing to confirm")]
    Counts {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// The copy has no such seat.
    #[error("copy {copy} has no seat {seat}")]
    NoSuchSeat {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// No received file has a signature in the seat, or none with that certificate.
    #[error("no received file of {copy} has such a signature in seat {seat}")]
    NotSigned {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// Nothing stands that could be taken back.
    #[error("nothing is confirmed for seat {seat} of {copy}")]
    NothingConfirmed {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// The signature does not hold, or its certificate is not trusted.
    #[error(
        "the signature in seat {seat} of {copy} does not hold or its certificate is not trusted"
    )]
    Refused {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// The role may not sign in the seat.
    #[error("role {role} may not sign in seat {seat}")]
    Role {
        /// The seat.
        seat: SeatId,
        /// The role.
        role: Role,
        /// The roles that may.
        lawful: Vec<Role>,
    },
    /// The seat was signed with several certificates.
    #[error("seat {seat} of {copy} is signed with {} certificates: {}", certificates.len(), listed(certificates))]
    Several {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
        /// The certificates.
        certificates: Vec<Sha256>,
    },
}

impl ConfirmError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoSuchSeat { .. } | Self::Role { .. } | Self::Several { .. } => Kind::User,
            Self::Counts { .. }
            | Self::NotSigned { .. }
            | Self::NothingConfirmed { .. }
            | Self::Refused { .. } => Kind::Refused,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Several { .. } => "name one of them with --certificate",
            Self::Counts { .. } | Self::NoSuchSeat { .. } | Self::NothingConfirmed { .. } => {
                "`sigill status` lists the copies and their seats"
            }
            Self::NotSigned { .. } => "enter the signed file first: `sigill receive FILE`",
            Self::Refused { .. } => {
                "`sigill verify FILE` says why; an officer's word cannot mend it"
            }
            Self::Role { lawful, .. } => {
                return Some(format!(
                    "these may, in this order: {}",
                    lawful
                        .iter()
                        .map(Role::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                ));
            }
        };
        Some(hint.to_owned())
    }
}

fn listed(certificates: &[Sha256]) -> String {
    let certificates: Vec<String> = certificates.iter().map(Sha256::to_string).collect();
    certificates.join(", ")
}

/// Returns what would be confirmed, and enters nothing.
///
/// # Errors
/// [`ConfirmError`] when there is nothing that an officer's word could settle.
pub async fn propose(office: &Office, request: &Request) -> Result<Proposal, Error> {
    let Some(mut store) = office.read_store().await? else {
        return Err(unknown(&request.copy));
    };
    let tally = Tally::fold(&store.records.entries(None).await?);
    proposal(office, &store, &tally, request).await
}

/// Enters an officer's word. `expected` is the certificate that the officer was shown.
///
/// # Errors
/// As [`propose`], and when another certificate stands there now.
pub async fn run(
    office: &Office,
    request: &Request,
    expected: Sha256,
    ground: &str,
) -> Result<Outcome, Error> {
    check_reason(ground)?;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(None).await?);
    let request = Request {
        certificate: Some(expected),
        ..request.clone()
    };
    let proposal = proposal(office, &store, &tally, &request).await?;
    let copy = copy_of(&tally, &request.copy)?;
    let event = Event::Confirmed(Confirmed {
        as_role: proposal.as_role,
        certificate: expected,
        copy: request.copy,
        ground: store.commit_words(ground).await?,
        seat: request.seat,
    });
    enter(office, &mut store, copy, event).await
}

/// Enters that the confirmation which stands for a seat was wrong.
///
/// # Errors
/// [`ConfirmError`] when none stands, or several do and it was not said which.
pub async fn withdraw(office: &Office, request: &Request, ground: &str) -> Result<Outcome, Error> {
    check_reason(ground)?;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(None).await?);
    let copy = copy_of(&tally, &request.copy)?;
    let standing: Vec<_> = copy
        .confirmations
        .iter()
        .filter(|known| known.withdrawn.is_none() && known.confirmed.seat == request.seat)
        .filter(|known| {
            let wanted = request.certificate;
            wanted.is_none_or(|wanted| known.confirmed.certificate == wanted)
        })
        .collect();
    let seat = request.seat.clone();
    let confirmed = match standing.as_slice() {
        [] => {
            let copy = request.copy.clone();
            return Err(ConfirmError::NothingConfirmed { copy, seat }.into());
        }
        [only] => only.seq,
        several => {
            let mut certificates: Vec<Sha256> = several
                .iter()
                .map(|known| known.confirmed.certificate)
                .collect();
            certificates.dedup();
            match (certificates.as_slice(), several.first()) {
                // Said twice: the first stands, so it goes first.
                ([_], Some(first)) => first.seq,
                _ => {
                    let copy = request.copy.clone();
                    return Err(ConfirmError::Several {
                        copy,
                        seat,
                        certificates,
                    }
                    .into());
                }
            }
        }
    };
    let event = Event::Withdrawn(Withdrawn {
        confirmed,
        copy: request.copy.clone(),
        ground: store.commit_words(ground).await?,
    });
    enter(office, &mut store, copy, event).await
}

async fn enter(
    office: &Office,
    store: &mut Store,
    copy: &CopyState,
    event: Event,
) -> Result<Outcome, Error> {
    let draft = Draft {
        actor: office.actor.clone(),
        agreement: Some(copy.agreement.clone()),
        event,
    };
    let entries = store.records.append(vec![draft]).await?;
    let moved = refresh(office, store, copy).await?;
    let tally = Tally::fold(&store.records.entries(Some(&copy.agreement)).await?);
    let after = copy_of(&tally, &copy.issued.copy)?;
    Ok(Outcome {
        seq: entries.first().map_or(0, |entry| entry.seq),
        signed: after.signed.len(),
        seats: after.issued.seats.len(),
        moved,
    })
}

fn copy_of<'a>(tally: &'a Tally, copy: &CopyId) -> Result<&'a CopyState, Error> {
    let known = tally.copies.get(copy).ok_or_else(|| unknown(copy))?;
    if !known.is_live() {
        return Err(Error::Copy {
            copy: copy.clone(),
            problem: "is voided",
        });
    }
    Ok(known)
}

fn unknown(copy: &CopyId) -> Error {
    Error::Copy {
        copy: copy.clone(),
        problem: "is not in the register",
    }
}

async fn proposal(
    office: &Office,
    store: &Store,
    tally: &Tally,
    request: &Request,
) -> Result<Proposal, Error> {
    let copy = copy_of(tally, &request.copy)?;
    let certificate = certificate(copy, request)?;
    let mut known = copy.signatures.iter();
    let known = known.find(|it| it.seat == request.seat && it.certificate == certificate);
    let (shown, proposed) = match known.filter(|known| copy.was_made_here(known)) {
        Some(known) => made_here(office, store, copy, known).await?,
        None => in_newest_verdict(store, copy, request, certificate).await?,
    };
    let authorities = Authorities::read(office, store, tally).await?;
    let parties = authorities.parties(Some(&copy.agreement));
    let lawful = lawful_roles(parties, store, tally, copy, &request.seat).await?;
    let wanted = request.role.clone();
    let proposed = proposed.filter(|role| lawful.contains(role));
    let role = wanted.or(proposed).or_else(|| lawful.first().cloned());
    let role = match role {
        Some(role) if lawful.contains(&role) => role,
        role => {
            let seat = request.seat.clone();
            let role = role.or_else(|| seat.role());
            let Some(role) = role else {
                let copy = request.copy.clone();
                return Err(ConfirmError::NoSuchSeat { copy, seat }.into());
            };
            return Err(ConfirmError::Role { seat, role, lawful }.into());
        }
    };
    let party = parties.iter().find(|party| request.seat.is_of(&party.code));
    let at = known.map_or_else(now, |known| known.stamped_at.unwrap_or(known.at));
    let person = party.and_then(|party| party.holder(&role, swedish_day(at)));
    Ok(Proposal {
        copy: request.copy.clone(),
        seat: request.seat.clone(),
        title: person.map(|person| person.title.to_string()),
        recorded_name: person.and_then(|person| Some(person.name.as_ref()?.to_string())),
        as_role: role,
        certificate: shown,
    })
}

/// Returns the certificate that waits for an officer's word, or the reason why none does.
fn certificate(copy: &CopyState, request: &Request) -> Result<Sha256, ConfirmError> {
    let (id, seat) = (request.copy.clone(), request.seat.clone());
    if !copy.issued.seats.contains(&seat) {
        return Err(ConfirmError::NoSuchSeat { copy: id, seat });
    }
    let is_wanted = |found: &Sha256| request.certificate.is_none_or(|wanted| wanted == *found);
    let mut waiting: Vec<Sha256> = copy
        .to_confirm()
        .filter(|(found, _)| **found == seat)
        .map(|(_, certificate)| certificate)
        .filter(is_wanted)
        .collect();
    waiting.dedup();
    match waiting.as_slice() {
        [only] => return Ok(*only),
        [] => {}
        _ => {
            return Err(ConfirmError::Several {
                copy: id,
                seat,
                certificates: waiting,
            });
        }
    }
    if let Some(signed) = copy.signed.get(&seat)
        && is_wanted(&signed.certificate)
    {
        return Err(ConfirmError::Counts { copy: id, seat });
    }
    let is_refused = copy.received.iter().any(|file| {
        file.received.seats.iter().any(|found| {
            found.seat == seat
                && is_wanted(&found.certificate)
                && found.standing == Standing::Refused
        })
    });
    Err(if is_refused {
        ConfirmError::Refused { copy: id, seat }
    } else {
        ConfirmError::NotSigned { copy: id, seat }
    })
}

/// What is read of a stored verdict.
#[derive(Deserialize)]
struct StoredVerdict {
    signatures: Vec<StoredSignature>,
}

#[derive(Deserialize)]
struct StoredSignature {
    certificate: Option<Shown>,
    signatory: Option<StoredSignatory>,
}

#[derive(Deserialize)]
struct StoredSignatory {
    seat: SeatId,
    as_role: Option<Role>,
}

/// Finds a seat's certificate in the newest verdict on a file that has it, with the role that the verdict
/// proposes. There it must still only wait for an officer's word.
async fn in_newest_verdict(
    store: &Store,
    copy: &CopyState,
    request: &Request,
    certificate: Sha256,
) -> Result<(Shown, Option<Role>), Error> {
    let (id, seat) = (request.copy.clone(), request.seat.clone());
    let newest = copy.received.iter().rev().find_map(|file| {
        let mut seats = file.received.seats.iter();
        let found = seats.find(|found| found.seat == seat && found.certificate == certificate)?;
        Some((file.received.verdict, found.standing))
    });
    let Some((verdict, standing)) = newest else {
        return Err(ConfirmError::NotSigned { copy: id, seat }.into());
    };
    if standing == Standing::Refused {
        return Err(ConfirmError::Refused { copy: id, seat }.into());
    }
    let verdict: StoredVerdict = serde_json::from_slice(&store.documents.get(verdict).await?)?;
    let found = verdict.signatures.into_iter().find_map(|signature| {
        let shown = signature.certificate?;
        let signatory = signature.signatory?;
        (shown.sha256 == certificate && signatory.seat == seat)
            .then_some((shown, signatory.as_role))
    });
    found.ok_or_else(|| ConfirmError::NotSigned { copy: id, seat }.into())
}

/// Returns the certificate of a signature that was made in this office, with the role that its signer named.
async fn made_here(
    office: &Office,
    store: &Store,
    copy: &CopyState,
    known: &KnownSignature,
) -> Result<(Shown, Option<Role>), Error> {
    let (id, seat) = (copy.issued.copy.clone(), known.seat.clone());
    let bytes = store.documents.get(copy.head()).await?;
    let mut signers = signers(&bytes).into_iter();
    let signer = signers
        .find(|it| it.field == seat.as_str() && it.certificate.digest() == known.certificate);
    let Some(signer) = signer else {
        return Err(ConfirmError::NotSigned { copy: id, seat }.into());
    };
    let at = known.stamped_at.unwrap_or(known.at);
    let certificate = &signer.certificate;
    if office
        .anchors()?
        .path(certificate, &signer.others, at)
        .is_err()
    {
        return Err(ConfirmError::Refused { copy: id, seat }.into());
    }
    let shown = Shown {
        sha256: known.certificate,
        name: certificate.subject_name(),
        subject: certificate.subject(),
        issuer: certificate.issuer(),
    };
    Ok((shown, known.as_role.clone()))
}

/// Returns the roles that may sign in the seat: those that the version admits and the party uses.
pub(super) async fn lawful_roles(
    parties: &[Party],
    store: &Store,
    tally: &Tally,
    copy: &CopyState,
    seat: &SeatId,
) -> Result<Vec<Role>, Error> {
    let Some(role) = seat.role() else {
        return Ok(Vec::new());
    };
    let party = parties.iter().find(|party| seat.is_of(&party.code));
    let mut roles = party.map_or_else(
        || vec![role.clone()],
        |party| party.signing.roles_for(&role),
    );
    if let Some(version) = tally.version(&copy.agreement, copy.issued.version) {
        let outline = read_outline(store, &version.published).await?;
        let kinds: BTreeMap<&str, _> = outline
            .parties()
            .iter()
            .map(|party| (party.code.as_str(), &party.kind))
            .collect();
        let spec = kinds.get(seat.party()).and_then(|kind| {
            let mut seats = outline.manifest().seats_of(kind);
            seats.find(|spec| spec.role == role)
        });
        roles.retain(|role| spec.is_some_and(|spec| spec.admits(role)));
    }
    Ok(roles)
}
