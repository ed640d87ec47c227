//! Settle: enters what became of a decision's condition.

use serde::Serialize;

use super::act::{ActError, Note, clean_words, enter, note_numbers, ruling};
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
    /// The place of the entry.
    pub seq: u64,
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
    let reason = clean_words("the reason", &request.reason)?;
    let mut store = office.read_store().await?;
    find(store.as_mut(), request).await?;
    drop(store);
    let mut store = office.write_store().await?;
    let (agreement, decided) = find(Some(&mut store), request).await?;
    let mut notes = Vec::new();
    note_numbers(&mut notes, "reason", Some(&reason));
    let settled = Settled {
        decision: request.decision,
        is_resolved: request.is_resolved,
        party: decided.party.clone(),
        reason: store.commit_words(&reason).await?,
    };
    let seq = enter(
        office,
        &mut store,
        Some(&agreement),
        Event::Settled(settled),
    )
    .await?;
    Ok(Settlement {
        seq,
        agreement,
        version: decided.version,
        party: decided.party,
        decision: request.decision,
        is_resolved: request.is_resolved,
        notes,
    })
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
