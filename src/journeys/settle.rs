//! Settle: enters what became of a decision's condition.

use serde::Serialize;

use super::act::{Act, ActError, Note, Planned, clean_words, note_numbers, perform, ruling};
use super::{Error, Office};
use crate::agreement::{AgreementId, Outcome, PartyCode, VersionNumber};
use crate::register::{Decided, Event, Settled, Tally};
use crate::store::Store;

/// What became of a condition.
#[derive(Debug, Clone)]
pub struct Request {
    /// The place of the entry with the decision.
    pub decision: u64,
    /// Whether it is dealt with; else it is refused.
    pub is_resolved: bool,
    /// How, or why not.
    pub reason: String,
}

/// A condition that was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// The party.
    pub party: PartyCode,
    /// The place of the entry with the decision.
    pub decision: u64,
    /// Whether the condition is dealt with.
    pub is_resolved: bool,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Enters what became of a condition. The last word on it counts.
///
/// # Errors
/// [`Error`] for an entry without an open condition; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Settlement, Error> {
    perform::<Plan>(office, request, false).await
}

/// What became of a condition, as it may be entered.
struct Plan {
    agreement: AgreementId,
    decided: Decided,
    reason: String,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Settlement;

    async fn plan(
        _office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let reason = clean_words("the reason", &request.reason)?;
        let (agreement, decided) = find(store, request).await?;
        let mut notes = Vec::new();
        note_numbers(&mut notes, "reason", Some(&reason));
        Ok(Planned {
            agreement: Some(agreement.clone()),
            notes,
            papers: Vec::new(),
            act: Self {
                agreement,
                decided,
                reason,
            },
        })
    }

    async fn event(&mut self, store: &mut Store, request: &Request) -> Result<Event, Error> {
        Ok(Event::Settled(Settled {
            decision: request.decision,
            is_resolved: request.is_resolved,
            party: self.decided.party.clone(),
            reason: store.commit_words(&self.reason).await?,
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Settlement {
        Settlement {
            seq,
            agreement: self.agreement,
            version: self.decided.version,
            party: self.decided.party,
            decision: request.decision,
            is_resolved: request.is_resolved,
            notes,
        }
    }
}

/// Returns the decision whose condition is to be settled.
async fn find(
    store: Option<&mut Store>,
    request: &Request,
) -> Result<(AgreementId, Decided), Error> {
    let entry = request.decision;
    let refused = |problem: &str, hint: String| ActError::Entry {
        entry,
        hint,
        problem: problem.to_owned(),
    };
    let log = || "`sigill log` shows the entries".to_owned();
    let entries = match store {
        Some(store) => store.records.entries(None).await?,
        None => Vec::new(),
    };
    let Some(original) = entries.iter().find(|known| known.seq == entry) else {
        return Err(refused("is not in the register", log()).into());
    };
    let tally = Tally::fold(&entries);
    let event = ruling(&tally, original);
    let (Some(Event::Decided(decided)), Some(agreement)) = (event, &original.agreement) else {
        let problem = if event.is_none() {
            "was struck"
        } else {
            "is no decision of a party"
        };
        return Err(refused(problem, log()).into());
    };
    if decided.outcome != Outcome::ApprovedWithCondition {
        let problem = "is a decision without a condition";
        let hint = format!(
            "`sigill correct {entry} --set outcome=condition --set condition=WORDS` if it should have one"
        );
        return Err(refused(problem, hint).into());
    }
    let mut decisions = tally
        .decisions(agreement, decided.version, &decided.party)
        .iter();
    let settlement = decisions
        .find(|known| known.seq == entry)
        .and_then(|known| tally.settlement(known));
    if let Some(last) = settlement.filter(|it| it.body.is_resolved == request.is_resolved) {
        return Err(ActError::KnownBefore {
            again: false,
            seq: last.seq,
            what: if request.is_resolved {
                format!("the condition of entry {entry} is resolved")
            } else {
                format!("the condition of entry {entry} is refused")
            },
        }
        .into());
    }
    Ok((agreement.clone(), decided.clone()))
}
