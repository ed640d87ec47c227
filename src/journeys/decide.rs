//! Decide: enters what a party's body decided on a version, as its minutes have it.
//!
//! Several steps of one party are entered one by one: working committee, board, council. What a working
//! committee or an association says prepares the matter and is entered as that.

use serde::Serialize;

use super::act::{
    About, Act, ActError, Case, Note, OpenSeats, Planned, Resolution, check_condition, clean_some,
    level_note, note_numbers, perform,
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
    perform::<Plan>(office, request, request.dry_run).await
}

/// A decision that may be entered.
struct Plan {
    appeal: Option<AppealDays>,
    case: Case,
    condition: Option<String>,
    dissent: Option<String>,
    minutes: Minutes,
    party_name: String,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Decision;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let case = Case::open(office, store, &request.about).await?;
        let member = case.member(&request.party)?;
        let party_name = member.name.clone();
        let asked = case.subject.manifest.decision.get(&member.kind);
        let condition = condition(request.outcome, request.condition.as_deref())?;
        let dissent = clean_some("the dissent", request.dissent.as_deref())?;
        let checked = request.resolution.check(&case)?;
        let mut notes = checked.notes;
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
        Ok(Planned {
            agreement: Some(case.subject.agreement.clone()),
            notes,
            papers: checked.extract.into_iter().collect(),
            act: Self {
                appeal: checked.appeal,
                case,
                condition,
                dissent,
                minutes: checked.minutes,
                party_name,
            },
        })
    }

    async fn event(&mut self, store: &mut Store, request: &Request) -> Result<Event, Error> {
        Ok(Event::Decided(Decided {
            condition: store.commit_some(self.condition.as_deref()).await?,
            dissent: store.commit_some(self.dissent.as_deref()).await?,
            minutes: self.minutes.clone(),
            outcome: request.outcome,
            party: request.party.clone(),
            version: self.case.subject.manifest.version,
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Decision {
        let party = &request.party;
        Decision {
            seq,
            agreement: self.case.subject.agreement.clone(),
            version: self.case.subject.manifest.version,
            party: party.clone(),
            party_name: self.party_name,
            outcome: request.outcome,
            appeal: self.appeal,
            notes,
            copies: self.case.copies_of(party).count(),
            open_seats: self.case.open_seats(party),
            minutes: self.minutes,
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
