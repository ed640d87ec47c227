//! Consult answer: enters an answer that came in a letter or was told.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use super::incoming::{EnteredAnswer, Incoming, IncomingClause, typed_before};
use super::round::{Round, find_clause};
use super::table::WHOLE;
use super::words::{folded, read_stance};
use super::{About, ConsultError};
use crate::agreement::Sha256;
use crate::journeys::act::{Act, ActError, Note, Paper, Planned, perform};
use crate::journeys::{Error, Office};
use crate::register::Event;
use crate::store::Store;

/// An answer.
#[derive(Debug, Clone)]
pub struct Request {
    /// The consultation.
    pub about: About,
    /// Whose it is: a short name, a party's code or a name.
    pub by: String,
    /// What it says of clauses.
    pub clauses: Vec<Said>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The answer as a file.
    pub file: Option<PathBuf>,
    /// What it says of the whole.
    pub general: Option<String>,
    /// Its stance to the whole: to each clause that it says nothing of.
    pub overall: Option<String>,
    /// The day it was received; today where it was not said.
    pub received_on: Option<NaiveDate>,
}

/// What an answer says of a clause, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The clause: id, number or title; `allmänt` for the whole text.
    pub clause: String,
    /// The stance.
    pub stance: String,
    /// The words.
    pub words: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The answer.
    #[serde(flatten)]
    pub answer: EnteredAnswer,
    /// A file of the version's folder that is not as it went out.
    pub edited: Option<String>,
}

/// Enters an answer.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Outcome, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// An answer that may be entered.
struct Plan {
    document: Option<Sha256>,
    incoming: Incoming,
    round: Round,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Outcome;

    async fn plan(
        office: &Office,
        mut store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let round = Round::find(office, store.as_deref_mut(), &request.about).await?;
        let by = round.recipient(&request.by)?.id.clone();
        let received_on = request.received_on.unwrap_or(round.today);
        let mut incoming = Incoming::new(by.clone(), received_on);
        for said in &request.clauses {
            let stance = read_stance(&said.stance)?;
            let words = said.words.as_deref().unwrap_or_default();
            if folded(&said.clause) == WHOLE {
                incoming.add_whole(Some(stance), words)?;
                continue;
            }
            let head = find_clause(&round.contents, &said.clause)?;
            if let Some(said) = IncomingClause::new(head, Some(stance), words)? {
                incoming.add(said, head)?;
            }
        }
        let overall = request.overall.as_deref().map(read_stance).transpose()?;
        incoming.add_whole(overall, request.general.as_deref().unwrap_or_default())?;
        let incoming = incoming.finish(&round)?;
        let paper = Paper::read_some(request.file.as_deref(), "document")?;
        let document = paper.as_ref().map(Paper::digest);
        if let Some(store) = store
            && let Some(seq) = typed_before(store, &round, &incoming).await?
        {
            return Err(ActError::KnownBefore {
                again: false,
                seq,
                what: format!("the answer of {by}"),
            }
            .into());
        }
        incoming.check_order(&round)?;
        Ok(Planned {
            agreement: Some(round.agreement.clone()),
            notes: incoming.notes(),
            papers: paper.into_iter().collect(),
            act: Self {
                document,
                incoming,
                round,
            },
        })
    }

    async fn event(&mut self, store: &mut Store, _request: &Request) -> Result<Event, Error> {
        let answered = self.incoming.answered(store, &self.round, self.document);
        Ok(Event::Answered(answered.await?))
    }

    fn answer(self, _request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Outcome {
        let told = self.incoming.told(&self.round, seq);
        Outcome {
            answer: EnteredAnswer { notes, ..told },
            edited: self.round.edited,
        }
    }
}

impl Said {
    /// Reads `CLAUSE=STANCE` or `CLAUSE=STANCE:WORDS`.
    ///
    /// # Errors
    /// [`ConsultError::UnknownStance`] where there is no `=`.
    pub fn parse(text: &str) -> Result<Self, ConsultError> {
        let unknown = || ConsultError::UnknownStance {
            given: super::words::shortened(text),
        };
        let (clause, said) = text.split_once('=').ok_or_else(unknown)?;
        let (stance, words) = match said.split_once(':') {
            Some((stance, words)) => (stance, Some(words.to_owned())),
            None => (said, None),
        };
        Ok(Self {
            clause: clause.to_owned(),
            stance: stance.to_owned(),
            words,
        })
    }
}
