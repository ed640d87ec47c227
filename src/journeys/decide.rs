//! Decide: enters what a party's body decided on a version, as its minutes have it.
//!
//! Several steps of one party are entered one by one: working committee, board, council. What a working
//! committee or an association says prepares the matter and is entered as that.

use serde::Serialize;

use super::act::{
    About, ActError, Case, Checked, Note, OpenSeats, Resolution, check_condition, clean_some,
    enter, level_note, note_numbers,
};
use super::{Error, Office};
use crate::agreement::{AgreementId, Name, Outcome, PartyCode, VersionNumber};
use crate::calendar::AppealDays;
use crate::register::{Decided, Event, Minutes};
use crate::store::Store;

/// What was decided.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement and version.
    pub about: About,
    /// Whether the same body, day and § may be entered once more.
    pub again: bool,
    /// The words of a condition.
    pub condition: Option<String>,
    /// Members' dissents.
    pub dissent: Option<String>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// What was decided.
    pub outcome: Outcome,
    /// Whose it is.
    pub party: PartyCode,
    /// Where it stands.
    pub resolution: Resolution,
}

/// A decision that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// The party.
    pub party: PartyCode,
    /// Its name in law.
    pub party_name: String,
    /// What was decided.
    pub outcome: Outcome,
    /// Where it stands.
    pub minutes: Minutes,
    /// Until when it can be appealed and from when it has legal force; `None` where the announcement is
    /// not known.
    pub appeal: Option<AppealDays>,
    /// What to look at.
    pub notes: Vec<Note>,
    /// How many copies the party has that count.
    pub copies: usize,
    /// The seats that it has not signed in yet.
    pub open_seats: Vec<OpenSeats>,
}

/// Enters a decision.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Decision, Error> {
    // What is refused opens no register.
    let mut store = office.read_store().await?;
    let mut plan = Plan::make(office, store.as_mut(), request).await?;
    drop(store);
    let read = match &plan.checked.extract {
        Some(paper) => paper.notes(office, "extract").await,
        None => Vec::new(),
    };
    if request.dry_run {
        plan.notes.extend(read);
        return Ok(plan.decision(request, None));
    }
    let mut store = office.write_store().await?;
    let mut plan = Plan::make(office, Some(&mut store), request).await?;
    plan.notes.extend(read);
    if let Some(paper) = plan.checked.extract.take() {
        store.documents.put(paper.bytes).await?;
    }
    let decided = Decided {
        condition: store.commit_some(plan.condition.as_deref()).await?,
        dissent: store.commit_some(plan.dissent.as_deref()).await?,
        minutes: plan.checked.minutes.clone(),
        outcome: request.outcome,
        party: request.party.clone(),
        version: plan.case.subject.manifest.version,
    };
    let agreement = plan.case.subject.agreement.clone();
    let seq = enter(
        office,
        &mut store,
        Some(&agreement),
        Event::Decided(decided),
    )
    .await?;
    Ok(plan.decision(request, Some(seq)))
}

/// A decision that may be entered.
struct Plan {
    case: Case,
    checked: Checked,
    condition: Option<String>,
    dissent: Option<String>,
    notes: Vec<Note>,
}

impl Plan {
    async fn make(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        let case = Case::open(office, store, &request.about).await?;
        let member = case.member(&request.party)?;
        let asked = case.subject.manifest.decision.get(&member.kind);
        let condition = condition(request.outcome, request.condition.as_deref())?;
        let dissent = clean_some("the dissent", request.dissent.as_deref())?;
        let mut checked = request.resolution.check(&case)?;
        let mut notes = std::mem::take(&mut checked.notes);
        if !request.again {
            refuse_known(&case, &request.party, &checked.minutes)?;
        }
        notes.extend(level_note(asked, &checked.minutes.body));
        if let Some(seq) = earlier(&case, &request.party) {
            notes.push(Note::Earlier { seq });
        }
        if condition.is_some() {
            notes.push(Note::ConditionOpen);
        }
        if dissent.is_some() {
            notes.push(Note::Dissent);
        }
        note_numbers(&mut notes, "condition", condition.as_deref());
        note_numbers(&mut notes, "dissent", dissent.as_deref());
        Ok(Self {
            case,
            checked,
            condition,
            dissent,
            notes,
        })
    }

    fn decision(self, request: &Request, seq: Option<u64>) -> Decision {
        let party = &request.party;
        let member = self.case.member(party).ok();
        Decision {
            seq,
            agreement: self.case.subject.agreement.clone(),
            version: self.case.subject.manifest.version,
            party: party.clone(),
            party_name: member.map_or_else(|| party.to_string(), |member| member.name.clone()),
            outcome: request.outcome,
            appeal: self.checked.appeal,
            notes: self.notes,
            copies: self.case.copies_of(party).count(),
            open_seats: self.case.open_seats(party),
            minutes: self.checked.minutes,
        }
    }
}

/// Returns the words of a condition, which are there with a conditional outcome and with no other.
pub(super) fn condition(outcome: Outcome, words: Option<&str>) -> Result<Option<String>, ActError> {
    check_condition(outcome, words.is_some())?;
    clean_some("the condition", words)
}

/// Refuses what is entered already: the same body on the same day with the same §.
fn refuse_known(case: &Case, party: &PartyCode, minutes: &Minutes) -> Result<(), ActError> {
    let mut decisions = case.decisions(party).iter();
    match decisions.find(|known| is_same_place(&known.body.minutes, minutes)) {
        Some(known) => Err(ActError::KnownBefore {
            again: true,
            seq: known.seq,
            what: named(minutes),
        }),
        None => Ok(()),
    }
}

/// Tells whether two resolutions are one: the same body on the same day under the same §.
pub(super) fn is_same_place(one: &Minutes, other: &Minutes) -> bool {
    let folded = |text: &Name| {
        text.as_str()
            .to_lowercase()
            .replace([' ', '\u{A0}', '§'], "")
    };
    one.met_on == other.met_on
        && folded(&one.body) == folded(&other.body)
        && one.section.as_ref().map(folded) == other.section.as_ref().map(folded)
}

/// Returns a resolution as one names it: body, day and §.
pub(super) fn named(minutes: &Minutes) -> String {
    let section = minutes.section.as_ref();
    let section = section.map(|section| format!(" {section}"));
    format!(
        "{} {}{}",
        minutes.body,
        minutes.met_on,
        section.unwrap_or_default()
    )
}

/// Returns the place of the party's last decision on the version.
fn earlier(case: &Case, party: &PartyCode) -> Option<u64> {
    case.decisions(party).last().map(|known| known.seq)
}
