//! Answers on their way into the register: what was typed or read, checked, and entered together.

use chrono::NaiveDate;
use serde::Serialize;

use super::ConsultError;
use super::round::Round;
use crate::agreement::{AgreementId, ClauseId, Name, Sha256, VersionNumber};
use crate::calendar::{Timeliness, timeliness};
use crate::journeys::act::{ActError, Note, clean_long, note_numbers};
use crate::journeys::{Error, Office};
use crate::register::{AnswerState, Answered, ClauseAnswer, Event, Stance};
use crate::store::{Draft, Store};
use crate::template::ClauseHead;

/// An answer that was entered, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnteredAnswer {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version that is out.
    pub version: VersionNumber,
    /// Whose it is: a recipient's short name.
    pub by: Name,
    /// Its name.
    pub name: Name,
    /// The day it was received.
    pub received_on: NaiveDate,
    /// Whether it came by the last day.
    pub timeliness: Timeliness,
    /// How many clauses it takes a stance to.
    pub clauses: usize,
    /// How many comments in it ask for a stand.
    pub comments: usize,
    /// The place of the earlier answer that it takes the place of.
    pub replaces: Option<u64>,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// An answer as it was typed or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Incoming {
    pub(super) by: Name,
    pub(super) clauses: Vec<IncomingClause>,
    pub(super) general: Option<String>,
    /// A stance to the whole, which is one to each clause that it says nothing of.
    pub(super) overall: Option<Stance>,
    pub(super) received_on: NaiveDate,
}

/// What it says of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IncomingClause {
    pub(super) clause: ClauseId,
    pub(super) comment: Option<String>,
    pub(super) stance: Stance,
}

impl IncomingClause {
    /// Returns what is said of a clause; `None` for neither a stance nor words. Words alone are a comment.
    pub(super) fn new(
        head: &ClauseHead,
        stance: Option<Stance>,
        words: &str,
    ) -> Result<Option<Self>, Error> {
        let comment = words_in(words)?;
        let stance = match (stance, &comment) {
            (None, None) => return Ok(None),
            (None, Some(_)) => Stance::Comment,
            (Some(stance @ (Stance::Comment | Stance::SupportWithChange)), None) => {
                let clause = head.to_string();
                return Err(ConsultError::WordsMissing { clause, stance }.into());
            }
            (Some(stance), _) => stance,
        };
        Ok(Some(Self {
            clause: head.id.clone(),
            comment,
            stance,
        }))
    }
}

impl Incoming {
    /// Returns an answer that says nothing yet.
    pub(super) fn new(by: Name, received_on: NaiveDate) -> Self {
        Self {
            by,
            clauses: Vec::new(),
            general: None,
            overall: None,
            received_on,
        }
    }

    /// Adds what it says of a clause.
    pub(super) fn add(&mut self, said: IncomingClause, head: &ClauseHead) -> Result<(), Error> {
        if self.clauses.iter().any(|known| known.clause == said.clause) {
            let (by, clause) = (self.by.clone(), head.to_string());
            return Err(ConsultError::ClauseTwice { by, clause }.into());
        }
        self.clauses.push(said);
        Ok(())
    }

    /// Adds what it says of the whole.
    pub(super) fn add_whole(&mut self, stance: Option<Stance>, words: &str) -> Result<(), Error> {
        let words = words_in(words)?;
        if (words.is_some() && self.general.is_some())
            || (stance.is_some() && self.overall.is_some())
        {
            let (by, clause) = (self.by.clone(), "the whole text".to_owned());
            return Err(ConsultError::ClauseTwice { by, clause }.into());
        }
        match stance {
            Some(stance @ Stance::SupportWithChange) => {
                return Err(ConsultError::Overall { stance }.into());
            }
            Some(stance @ Stance::Comment) if words.is_none() => {
                return Err(ConsultError::Overall { stance }.into());
            }
            // Words on the whole are a comment on it as they are.
            Some(Stance::Comment) | None => {}
            Some(stance) => self.overall = Some(stance),
        }
        if words.is_some() {
            self.general = words;
        }
        Ok(())
    }

    /// Checks the answer as a whole and brings its clauses into the order of the text.
    pub(super) fn finish(mut self, round: &Round) -> Result<Self, Error> {
        let opens_on = round.state.since;
        let (day, today) = (self.received_on, round.today);
        if day > today {
            let what = "the answer's day";
            return Err(ActError::Future { day, today, what }.into());
        }
        if day < opens_on {
            return Err(ConsultError::ReceivedEarly { day, opens_on }.into());
        }
        let mut clauses = Vec::new();
        for head in &round.contents {
            let own = self.clauses.iter().find(|said| said.clause == head.id);
            let whole = self.overall.map(|stance| IncomingClause {
                clause: head.id.clone(),
                comment: None,
                stance,
            });
            clauses.extend(own.cloned().or(whole));
        }
        if clauses.is_empty() && self.general.is_none() {
            return Err(ConsultError::Empty { by: self.by }.into());
        }
        self.clauses = clauses;
        Ok(self)
    }

    /// Returns what there is to look at in its words.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let comments = self.clauses.iter().map(|said| said.comment.as_deref());
        let words: Vec<&str> = comments
            .chain([self.general.as_deref()])
            .flatten()
            .collect();
        note_numbers(&mut notes, "comment", Some(&words.join("\n")));
        notes
    }

    /// Tells what is entered, or would be.
    pub(super) fn told(&self, round: &Round, seq: Option<u64>) -> EnteredAnswer {
        let opened = &round.state.opened;
        let mut recipients = opened.recipients.iter();
        let recipient = recipients.find(|recipient| recipient.id == self.by);
        let asks = |said: &&IncomingClause| {
            said.comment.is_some() || !matches!(said.stance, Stance::Abstain | Stance::Support)
        };
        let comments = self.clauses.iter().filter(asks).count();
        EnteredAnswer {
            seq,
            agreement: round.agreement.clone(),
            version: opened.version,
            by: self.by.clone(),
            name: recipient.map_or_else(|| self.by.clone(), |it| it.name.clone()),
            received_on: self.received_on,
            timeliness: timeliness(opened.answer_by, self.received_on),
            clauses: self.clauses.len(),
            comments: comments.saturating_add(usize::from(self.general.is_some())),
            replaces: round.state.answer_of(&self.by).map(|answer| answer.seq),
            notes: self.notes(),
        }
    }

    /// Returns what is entered; the words are committed.
    pub(super) async fn answered(
        &self,
        store: &Store,
        round: &Round,
        document: Option<Sha256>,
    ) -> Result<Answered, Error> {
        let mut clauses = Vec::new();
        for said in &self.clauses {
            clauses.push(ClauseAnswer {
                clause: said.clause.clone(),
                comment: store.commit_some(said.comment.as_deref()).await?,
                stance: said.stance,
            });
        }
        Ok(Answered {
            by: self.by.clone(),
            clauses,
            consultation: round.state.seq,
            document,
            general: store.commit_some(self.general.as_deref()).await?,
            received_on: self.received_on,
        })
    }

    /// Tells whether an answer in the register takes the same stances.
    fn has_stances_of(&self, known: &Answered) -> bool {
        let stances = known.clauses.iter().map(|it| (&it.clause, it.stance));
        stances.eq(self.clauses.iter().map(|it| (&it.clause, it.stance)))
    }

    /// Tells whether an answer in the register has the same words. Those that were erased are taken for the
    /// same where the day is, so that they do not come back.
    async fn has_words_of(
        &self,
        store: &Store,
        round: &Round,
        known: &Answered,
    ) -> Result<bool, Error> {
        let is_of_the_day = self.received_on == known.received_on;
        let words = known.clauses.iter().map(|it| it.comment);
        let own = self.clauses.iter().map(|it| &it.comment);
        let pairs = words.zip(own).chain([(known.general, &self.general)]);
        for (commitment, own) in pairs {
            let is_same = match (commitment, own) {
                (None, None) => true,
                (Some(it), Some(_)) if round.tally.erased_at(it.commitment).is_some() => {
                    is_of_the_day
                }
                (Some(it), Some(own)) => store.words(it).await?.as_ref() == Some(own),
                (Some(_), None) | (None, Some(_)) => false,
            };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Refuses to take the place of an answer that was received later.
    pub(super) fn check_order(&self, round: &Round) -> Result<(), ConsultError> {
        match round.state.answer_of(&self.by) {
            Some(standing) if self.received_on < standing.answered.received_on => {
                Err(ConsultError::Outdated {
                    by: self.by.clone(),
                    day: self.received_on,
                    entry: standing.seq,
                    standing: standing.answered.received_on,
                })
            }
            _ => Ok(()),
        }
    }
}

/// Finds the entry that a typed answer stands in already: that of the answer that counts, with the same words.
pub(super) async fn typed_before(
    store: &Store,
    round: &Round,
    incoming: &Incoming,
) -> Result<Option<u64>, Error> {
    let Some(answer) = round.state.answer_of(&incoming.by) else {
        return Ok(None);
    };
    let known = &answer.answered;
    let is_known =
        incoming.has_stances_of(known) && incoming.has_words_of(store, round, known).await?;
    Ok(is_known.then_some(answer.seq))
}

/// Finds the entry that a listed answer stands in already: of all of the recipient's the newest one with the
/// same stances that is from the same file or has the same words. A list that grows is imported again and
/// again, with answers that later ones took the place of.
pub(super) async fn listed_before<'a>(
    store: &Store,
    round: &'a Round,
    incoming: &Incoming,
    document: Sha256,
) -> Result<Option<&'a AnswerState>, Error> {
    for answer in round.state.answers.iter().rev() {
        let known = &answer.answered;
        if known.by == incoming.by
            && incoming.has_stances_of(known)
            && (known.document == Some(document)
                || incoming.has_words_of(store, round, known).await?)
        {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// Enters the answers in a list, all or none. `document` is the list.
pub(super) async fn enter_answers(
    office: &Office,
    store: &mut Store,
    round: &Round,
    answers: &[Incoming],
    document: Vec<u8>,
) -> Result<Vec<EnteredAnswer>, Error> {
    let document = Some(store.documents.put(document).await?);
    let mut drafts = Vec::new();
    for answer in answers {
        let answered = answer.answered(store, round, document).await?;
        drafts.push(Draft {
            actor: office.actor.clone(),
            agreement: Some(round.agreement.clone()),
            event: Event::Answered(answered),
        });
    }
    let entered = store.records.append(drafts).await?;
    let told = answers.iter().zip(&entered);
    Ok(told
        .map(|(answer, entry)| answer.told(round, Some(entry.seq)))
        .collect())
}

/// Returns words as they are kept; `None` for none.
fn words_in(words: &str) -> Result<Option<String>, ActError> {
    if words.trim().is_empty() {
        return Ok(None);
    }
    clean_long("the comment", &words.replace("\r\n", "\n")).map(Some)
}
