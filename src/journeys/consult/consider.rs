//! Consult consider: takes a stand on comments, one by one or from a list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use super::import::file_name;
use super::round::{Round, Text, find_clause};
use super::table::WHOLE;
use super::words::{folded, read_disposition};
use super::{About, ConsultError};
use crate::agreement::{AgreementId, ClauseId, SourceError, VersionNumber};
use crate::journeys::act::{Note, clean_words, note_numbers};
use crate::journeys::{Error, Office, sheet};
use crate::register::{AnswerState, Comment, Considered, ConsultationState, Disposition, Event};
use crate::store::{Draft, Store};
use crate::template::{ClauseHead, contents};

/// Which stands are to be taken.
#[derive(Debug, Clone)]
pub enum Stands {
    /// Those in a list, as `summary --csv` gives it with columns to fill in.
    Listed(PathBuf),
    /// One that was typed.
    Typed(Stand),
}

/// A stand on a comment, as it was typed or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The place of the entry with the answer.
    pub answer: u64,
    /// The clauses that were changed for it.
    pub changed: Vec<String>,
    /// Which of the answer's comments; what it says of the whole, or its only one, where it was not said.
    pub clause: Option<String>,
    /// What became of it.
    pub disposition: Disposition,
    /// Why.
    pub reason: String,
}

/// What is to be entered.
#[derive(Debug, Clone)]
pub struct Request {
    /// The consultation.
    pub about: About,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The stands.
    pub stands: Stands,
}

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consideration {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version that is out.
    pub version: VersionNumber,
    /// The stands, in their order.
    pub stands: Vec<TakenStand>,
    /// How many rows of a list were empty.
    pub empty: usize,
    /// How many rows of a list say what stands already.
    pub known: usize,
    /// How many comments are without a disposition now.
    pub open: usize,
}

/// A stand that was taken, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenStand {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The place of the entry with the answer.
    pub answer: u64,
    /// Whose answer it is.
    pub by: String,
    /// The clause; `None` for the whole.
    pub clause: Option<ClauseHead>,
    /// What became of it.
    pub disposition: Disposition,
    /// The clauses that were changed for it.
    pub changed: Vec<ClauseId>,
    /// The place of the earlier stand that it takes the place of.
    pub replaces: Option<u64>,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Takes stands on comments, all or none.
///
/// # Errors
/// [`Error`] for an answer or comment that is not there, and clauses that neither text has; nothing is
/// entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Consideration, Error> {
    let mut store = office.read_store().await?;
    let plan = Plan::make(office, store.as_mut(), request).await?;
    drop(store);
    if request.dry_run || plan.stands.is_empty() {
        return Ok(plan.told(&[]));
    }
    let mut store = office.write_store().await?;
    let plan = Plan::make(office, Some(&mut store), request).await?;
    let mut drafts = Vec::new();
    for checked in &plan.stands {
        let considered = Considered {
            answer: checked.answer,
            changed: checked.changed.clone(),
            clause: checked.clause.as_ref().map(|head| head.id.clone()),
            disposition: checked.disposition,
            reason: store.commit_words(&checked.reason).await?,
        };
        drafts.push(Draft {
            actor: office.actor.clone(),
            agreement: Some(plan.round.agreement.clone()),
            event: Event::Considered(considered),
        });
    }
    let entered = store.records.append(drafts).await?;
    let places: Vec<u64> = entered.iter().map(|entry| entry.seq).collect();
    Ok(plan.told(&places))
}

/// A stand that may be taken.
struct Checked {
    answer: u64,
    by: String,
    changed: Vec<ClauseId>,
    clause: Option<ClauseHead>,
    disposition: Disposition,
    /// Whether it is the stand that stands already.
    is_known: bool,
    reason: String,
    replaces: Option<u64>,
}

/// What is wrong with a stand, and the column of a list that says it.
struct Fault {
    column: &'static str,
    error: Error,
}

struct Plan {
    empty: usize,
    known: usize,
    others: Vec<Text>,
    round: Round,
    stands: Vec<Checked>,
}

/// The round that is meant, the others, the clauses of the newest version, and for a list the reasons of the
/// stands that stand, by the place of their entry; `None` for one that was erased.
struct Known {
    newest: Vec<ClauseHead>,
    others: Vec<Text>,
    reasons: BTreeMap<u64, Option<String>>,
    round: Round,
}

impl Plan {
    async fn make(
        office: &Office,
        mut store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        let round = Round::find(office, store.as_deref_mut(), &request.about).await?;
        let others = match store.as_deref_mut() {
            Some(store) => round.others(store).await?,
            None => Vec::new(),
        };
        let newest = newest_contents(office, &round);
        let mut known = Known {
            newest,
            others,
            reasons: BTreeMap::new(),
            round,
        };
        let (mut stands, empty) = match &request.stands {
            Stands::Typed(stand) => {
                let checked = known.check(stand).map_err(|fault| fault.error)?;
                (vec![checked], 0)
            }
            Stands::Listed(file) => {
                if let Some(store) = store {
                    known.reasons = known.standing_reasons(store).await?;
                }
                let rows = sheet::read(file)?;
                listed(&file_name(file), &rows, &known)
                    .map_err(|problems| Error::Rows { problems })?
            }
        };
        let all = stands.len();
        stands.retain(|stand| !stand.is_known);
        Ok(Self {
            empty,
            known: all.saturating_sub(stands.len()),
            others: known.others,
            round: known.round,
            stands,
        })
    }

    fn told(self, places: &[u64]) -> Consideration {
        let is_taken = |answer: u64, clause: Option<&ClauseId>| {
            let mut stands = self.stands.iter();
            stands.any(|stand| {
                stand.answer == answer && stand.clause.as_ref().map(|it| &it.id) == clause
            })
        };
        let others = self.others.iter().map(|text| &text.state);
        let open = std::iter::once(&self.round.state).chain(others);
        let open = open.flat_map(ConsultationState::open_comments);
        let open = open.filter(|it| places.is_empty() || !is_taken(it.answer.seq, it.clause()));
        let open = open.count();
        let places = places.iter().copied().map(Some);
        let places = places.chain(std::iter::repeat(None));
        let stands = self.stands.into_iter().zip(places).map(|(stand, seq)| {
            let mut notes = Vec::new();
            note_numbers(&mut notes, "reason", Some(&stand.reason));
            TakenStand {
                seq,
                answer: stand.answer,
                by: stand.by,
                clause: stand.clause,
                disposition: stand.disposition,
                changed: stand.changed,
                replaces: stand.replaces,
                notes,
            }
        });
        Consideration {
            version: self.round.state.opened.version,
            stands: stands.collect(),
            empty: self.empty,
            known: self.known,
            open,
            agreement: self.round.agreement,
        }
    }
}

/// Returns the clauses of the agreement's newest version in templates/, where its text can be read.
pub(super) fn newest_contents(office: &Office, round: &Round) -> Vec<ClauseHead> {
    let versions = office.folder.versions(&round.agreement).unwrap_or_default();
    let newest = versions.iter().max().copied();
    let Some(newest) = newest.filter(|version| *version > round.version()) else {
        return Vec::new();
    };
    // A draft with a fault in it has no clauses yet; what is there is told when it is typeset.
    let bundle = office.bundle_from_folder(&round.agreement, newest);
    let heads = bundle.ok().and_then(|bundle| contents(&bundle, "").ok());
    heads.unwrap_or_default()
}

impl Known {
    /// Returns the reasons of the stands that stand, by the place of their entry.
    async fn standing_reasons(
        &self,
        store: &Store,
    ) -> Result<BTreeMap<u64, Option<String>>, Error> {
        let mut reasons = BTreeMap::new();
        for (state, _) in self.texts() {
            for considered in state.comments().filter_map(|it| it.considered) {
                reasons.insert(considered.seq, store.words(considered.body.reason).await?);
            }
        }
        Ok(reasons)
    }

    /// Returns the round that is meant and the others, with their clauses.
    fn texts(&self) -> impl Iterator<Item = (&ConsultationState, &[ClauseHead])> {
        let others = self.others.iter();
        let others = others.map(|text| (&text.state, text.contents.as_slice()));
        std::iter::once((&self.round.state, self.round.contents.as_slice())).chain(others)
    }

    /// Checks a stand on an answer, whichever of the texts it is to.
    fn check(&self, stand: &Stand) -> Result<Checked, Fault> {
        let answer = self.answer(stand.answer);
        let (answer, contents) = answer.map_err(in_column("svar"))?;
        let comment = comment_of(contents, answer, stand.clause.as_deref());
        let (comment, clause) = comment.map_err(in_column("id"))?;
        let changed = self.changed(stand, &comment, contents);
        let changed = changed.map_err(in_column("ändrar"))?;
        let earlier = comment.considered;
        let is_alike = earlier.is_some_and(|earlier| {
            let of = |changed: &[ClauseId]| changed.iter().cloned().collect::<BTreeSet<_>>();
            earlier.body.disposition == stand.disposition
                && of(&earlier.body.changed) == of(&changed)
        });
        let known = earlier.and_then(|earlier| self.reasons.get(&earlier.seq));
        let is_erased = matches!(known, Some(None));
        // What was erased cannot be said again by who fills in the list.
        let (is_known, reason) = if is_alike && is_erased && stand.reason.trim().is_empty() {
            (true, String::new())
        } else {
            let reason = clean_words("the reason", &stand.reason);
            let reason = reason.map_err(in_column("skäl"))?;
            let is_same = known.is_some_and(|known| known.as_ref() == Some(&reason));
            (is_alike && is_same, reason)
        };
        let is_taken_in = stand.disposition != Disposition::NotTakenIn;
        if !is_known && is_taken_in && changed.is_empty() {
            return Err(in_column("ändrar")(ConsultError::ChangedMissing));
        }
        Ok(Checked {
            answer: stand.answer,
            by: answer.answered.by.to_string(),
            changed,
            clause,
            disposition: stand.disposition,
            is_known,
            reason,
            replaces: earlier.map(|it| it.seq),
        })
    }

    /// Finds the answer in an entry, and the clauses of the text that it is to.
    fn answer(&self, entry: u64) -> Result<(&AnswerState, &[ClauseHead]), ConsultError> {
        let found = self.texts().find_map(|(state, contents)| {
            let mut answers = state.answers.iter();
            let answer = answers.find(|answer| answer.seq == entry)?;
            Some((answer, contents))
        });
        let (answer, contents) = found.ok_or_else(|| ConsultError::NotAnAnswer {
            agreement: self.round.agreement.clone(),
            entry,
            version: self.round.version(),
        })?;
        match answer.replaced_by {
            Some(by) => Err(ConsultError::Replaced { by, entry }),
            None => Ok((answer, contents)),
        }
    }

    /// Finds the clauses that were changed for a comment.
    fn changed(
        &self,
        stand: &Stand,
        comment: &Comment<'_>,
        contents: &[ClauseHead],
    ) -> Result<Vec<ClauseId>, ConsultError> {
        let mut changed = Vec::new();
        for given in &stand.changed {
            let head = find_clause(&self.newest, given)
                .or_else(|_| find_clause(&self.round.contents, given))
                .or_else(|_| find_clause(contents, given));
            // A clause that a later text no longer has stands in the list by its id.
            let earlier = comment.considered.map_or(&[][..], |it| &it.body.changed);
            let known = earlier.iter().find(|id| id.as_str() == given);
            let id = match (head, known) {
                (Ok(head), _) => head.id.clone(),
                (Err(_), Some(known)) => known.clone(),
                (Err(error), None) => return Err(error),
            };
            if !changed.contains(&id) {
                changed.push(id);
            }
        }
        if stand.disposition == Disposition::NotTakenIn && !changed.is_empty() {
            return Err(ConsultError::ChangedForNothing);
        }
        Ok(changed)
    }
}

/// Says in which column of a list an error lies.
fn in_column<E: Into<Error>>(column: &'static str) -> impl Fn(E) -> Fault {
    move |error| Fault {
        column,
        error: error.into(),
    }
}

/// Finds the comment that is meant; no head for what is said of the whole.
fn comment_of<'a>(
    contents: &[ClauseHead],
    answer: &'a AnswerState,
    given: Option<&str>,
) -> Result<(Comment<'a>, Option<ClauseHead>), ConsultError> {
    let known: Vec<Option<ClauseId>> = answer
        .comments()
        .map(|comment| comment.clause().cloned())
        .collect();
    let missing = |known: &[Option<ClauseId>]| ConsultError::NoComment {
        answer: answer.seq,
        is_said: given.is_some(),
        known: known.to_vec(),
    };
    let wanted = match given {
        Some(given) if folded(given) == WHOLE => None,
        Some(given) => Some(find_clause(contents, given)?.id.clone()),
        None if known.contains(&None) => None,
        None => match known.as_slice() {
            [Some(only)] => Some(only.clone()),
            _ => return Err(missing(&known)),
        },
    };
    let mut comments = answer.comments();
    let comment = comments.find(|comment| comment.clause() == wanted.as_ref());
    let comment = comment.ok_or_else(|| missing(&known))?;
    let Some(wanted) = wanted else {
        return Ok((comment, None));
    };
    let head = contents.iter().find(|head| head.id == wanted).cloned();
    // Never a stand on the whole instead.
    let head = head.ok_or_else(|| missing(&known))?;
    Ok((comment, Some(head)))
}

/// Reads the stands in a list; gives them and how many rows were empty.
fn listed(
    file: &str,
    rows: &[Vec<String>],
    known: &Known,
) -> Result<(Vec<Checked>, usize), Vec<SourceError>> {
    let is_filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.is_empty());
    let mut numbered = rows.iter().zip(1_usize..).filter(|(row, _)| is_filled(row));
    let none = Vec::new();
    let (header, line) = numbered.next().unwrap_or((&none, 1));
    let place = |name: &str| header.iter().position(|cell| folded(cell) == name);
    let mut problems = Vec::new();
    for name in NEEDED {
        if place(name).is_none() {
            let problem = SourceError::new(file, format!("the column {name} is missing"));
            let hint = "`sigill consult summary AGREEMENT --csv` writes the list to fill in";
            problems.push(problem.at_line(line).with_hint(hint));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (mut stands, mut empty): (Vec<Checked>, usize) = (Vec::new(), 0);
    for (row, line) in numbered {
        let cell = |name: &str| {
            let cell = place(name).and_then(|place| row.get(place));
            sheet::own(cell.map_or("", String::as_str))
        };
        if cell("bedömning").is_empty() && cell("skäl").is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        let stand = read_stand(&cell).and_then(|stand| known.check(&stand));
        match stand {
            Ok(stand) => {
                let is_same =
                    |known: &Checked| known.answer == stand.answer && known.clause == stand.clause;
                if stands.iter().any(is_same) {
                    let message = "the same comment stands in two rows";
                    problems.push(SourceError::new(file, message).at_line(line));
                }
                stands.push(stand);
            }
            Err(Fault { column, error }) => {
                let message = match place(column) {
                    Some(place) => format!("column {}, {column}: {error}", sheet::letters(place)),
                    None => error.to_string(),
                };
                let problem = SourceError::new(file, message).at_line(line);
                problems.push(problem.with_hint(error.hint().unwrap_or_default()));
            }
        }
    }
    if problems.is_empty() {
        Ok((stands, empty))
    } else {
        Err(problems)
    }
}

fn read_stand<'a>(cell: &impl Fn(&str) -> &'a str) -> Result<Stand, Fault> {
    let given = cell("svar");
    let answer = given.parse().map_err(|_| ConsultError::UnknownAnswer {
        given: super::words::shortened(given),
    });
    let disposition = read_disposition(cell("bedömning"));
    let changed = cell("ändrar").split([',', ';', '\n']).map(str::trim);
    Ok(Stand {
        answer: answer.map_err(in_column("svar"))?,
        changed: changed
            .filter(|clause| !clause.is_empty())
            .map(str::to_owned)
            .collect(),
        clause: Some(cell("id"))
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        disposition: disposition.map_err(in_column("bedömning"))?,
        reason: cell("skäl").to_owned(),
    })
}

/// The columns of the list of comments; the last three are to be filled in.
pub(super) const STAND_COLUMNS: [&str; 10] = [
    "svar",
    "remissinstans",
    "nummer",
    "id",
    "rubrik",
    "ståndpunkt",
    "synpunkt",
    "bedömning",
    "skäl",
    "ändrar",
];
const NEEDED: [&str; 4] = ["svar", "id", "bedömning", "skäl"];
