//! Which of a party's decisions rules.

use chrono::{Days, NaiveDate};

use super::super::{Decided, Entered, PartyLetter, Settled, Tally};
use super::{DecisionState, PartyTerms, Terms, Warning};
use crate::agreement::{BodyKind, Name, Outcome};
use crate::calendar::{appeal_days, swedish_day};

/// What a party said last.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ruling<'a> {
    /// It said no in a letter, and nothing after that.
    Declined(&'a Entered<PartyLetter>),
    /// It decided.
    Decided {
        decision: &'a Entered<Decided>,
        settled: Option<&'a Entered<Settled>>,
    },
    /// It said nothing that can bind it.
    Nothing,
    /// It took everything back, and did nothing after that.
    Retracted(&'a Entered<PartyLetter>),
}

/// How a party answered, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Cleanly since a day: that of the meeting, or that on which the condition was settled.
    Clean { since: NaiveDate },
    /// On a condition that nobody settled.
    Conditional,
    /// With no.
    Declined,
    /// Later.
    Deferred,
    /// Not yet.
    None,
    /// It took its answer back.
    Retracted,
}

/// A decision of a body that can bind the party, and how high that body stands.
struct Candidate<'a> {
    decision: &'a Entered<Decided>,
    rank: Rank,
}

impl<'a> Ruling<'a> {
    /// Finds what rules among all that a party said of the version.
    pub(super) fn of(tally: &'a Tally, terms: &Terms, party: &PartyTerms) -> Self {
        let (agreement, version) = (&terms.agreement, terms.version);
        let retractions = tally.retractions(agreement, version, &party.code);
        let asked = Asked::new(party.decides.as_ref());
        let candidates: Vec<Candidate<'_>> = tally
            .decisions(agreement, version, &party.code)
            .iter()
            .filter(|it| outlives(retractions, it.seq, it.body.minutes.met_on))
            .filter_map(|decision| {
                let rank = asked.rank(&decision.body.minutes.body)?;
                Some(Candidate { decision, rank })
            })
            .collect();
        let letters = tally.declines(agreement, version, &party.code).iter();
        let letter = letters
            .filter(|it| outlives(retractions, it.seq, it.body.dated))
            .max_by_key(|it| (it.body.dated, it.seq));
        if let Some(letter) = letter {
            let is_reversed = candidates.iter().any(|it| {
                is_approval(it.decision.body.outcome) && it.when() > (letter.body.dated, letter.seq)
            });
            if !is_reversed {
                return Self::Declined(letter);
            }
        }
        match ruling(&candidates, asked.least()) {
            Some(decision) => Self::Decided {
                decision,
                settled: tally.settlement(decision),
            },
            None => match retractions.iter().max_by_key(|it| it.seq) {
                Some(retraction) => Self::Retracted(retraction),
                None => Self::Nothing,
            },
        }
    }

    /// Returns how the party answered.
    pub(super) fn answer(self) -> Answer {
        let (decision, settled) = match self {
            Self::Declined(_) => return Answer::Declined,
            Self::Decided { decision, settled } => (decision, settled),
            Self::Nothing => return Answer::None,
            Self::Retracted(_) => return Answer::Retracted,
        };
        let met_on = decision.body.minutes.met_on;
        match (decision.body.outcome, settled) {
            (Outcome::Approved, _) => Answer::Clean { since: met_on },
            (Outcome::ApprovedWithCondition, None) => Answer::Conditional,
            (Outcome::ApprovedWithCondition, Some(settled)) if settled.body.is_resolved => {
                Answer::Clean {
                    since: met_on.max(swedish_day(settled.at)),
                }
            }
            (Outcome::ApprovedWithCondition, Some(_)) | (Outcome::Declined, _) => Answer::Declined,
            (Outcome::Deferred, _) => Answer::Deferred,
        }
    }
}

/// Tells whether something that a party did stands in spite of what it took back: done later, and entered
/// later.
pub(super) fn outlives(retractions: &[Entered<PartyLetter>], seq: u64, day: NaiveDate) -> bool {
    retractions
        .iter()
        .all(|retraction| retraction.seq < seq && retraction.body.dated <= day)
}

/// Returns a decision as it stands.
pub(super) fn state(tally: &Tally, decision: &Entered<Decided>) -> DecisionState {
    let minutes = &decision.body.minutes;
    let computed = minutes.announced_on.map(appeal_days);
    let printed = minutes.appeal_until;
    DecisionState {
        seq: decision.seq,
        at: decision.at,
        decided: decision.body.clone(),
        appeal_until: computed.map(|days| days.appeal.last_day),
        final_on: computed
            .map(|days| days.final_on)
            .or_else(|| printed?.checked_add_days(Days::new(1))),
        settled: tally.settlement(decision).map(|it| it.body.clone()),
    }
}

/// Returns what an administrator should look at in a decision.
pub(super) fn warnings(
    decision: &DecisionState,
    asked: Option<&Name>,
    is_signed: bool,
    day: NaiveDate,
) -> Vec<Warning> {
    let (decided, seq) = (&decision.decided, decision.seq);
    let mut warnings = Vec::new();
    if let (Some(computed), Some(printed)) = (decision.appeal_until, decided.minutes.appeal_until)
        && computed != printed
    {
        warnings.push(Warning::AppealDayDiffers {
            computed,
            printed,
            seq,
        });
    }
    let final_on = decision.final_on;
    if is_signed && is_approval(decided.outcome) && final_on.is_none_or(|final_on| day < final_on) {
        warnings.push(Warning::NotFinal { final_on });
    }
    if let Some(asked) = asked
        && is_below(&decided.minutes.body, asked)
    {
        warnings.push(Warning::WrongLevel {
            asked: asked.clone(),
            decided: decided.minutes.body.clone(),
            seq,
        });
    }
    warnings
}

/// A body's later decision takes the place of its earlier one, and a council's that of a board's; one that put
/// the matter off, that of none that came after it.
fn ruling<'a>(candidates: &[Candidate<'a>], least: Rank) -> Option<&'a Entered<Decided>> {
    let is_answered = |deferral: &Candidate<'_>| {
        let least = deferral.rank.min(least);
        let mut later = candidates.iter().filter(|it| it.when() > deferral.when());
        later.any(|it| it.rank >= least)
    };
    candidates
        .iter()
        .filter(|it| it.decision.body.outcome != Outcome::Deferred || !is_answered(it))
        .max_by_key(|it| (it.rank, it.when()))
        .map(|it| it.decision)
}

impl Candidate<'_> {
    fn when(&self) -> (NaiveDate, u64) {
        (self.decision.body.minutes.met_on, self.decision.seq)
    }
}

fn is_approval(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Approved | Outcome::ApprovedWithCondition)
}

/// How high a body stands among those that can bind a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It prepares matters, but the agreement asks for its like.
    Preparing,
    /// A committee, or a body of which nothing tells where it stands.
    Committee,
    Board,
    Council,
}

/// The body that the agreement asks for.
struct Asked<'a> {
    kind: Option<BodyKind>,
    name: Option<&'a Name>,
}

impl<'a> Asked<'a> {
    fn new(name: Option<&'a Name>) -> Self {
        Self {
            kind: name.and_then(|name| BodyKind::of(name.as_str())),
            name,
        }
    }

    /// Returns how high a body stands; `None` for one that only prepares, unless its like is asked for.
    fn rank(&self, body: &Name) -> Option<Rank> {
        match BodyKind::of(body.as_str()) {
            Some(kind @ (BodyKind::Association | BodyKind::WorkingCommittee)) => {
                (self.kind == Some(kind)).then_some(Rank::Preparing)
            }
            Some(BodyKind::Committee) => Some(Rank::Committee),
            Some(BodyKind::Council) => Some(Rank::Council),
            Some(BodyKind::ExecutiveBoard) => Some(Rank::Board),
            None if self.name.is_some_and(|name| is_same_name(name, body)) => Some(Rank::Board),
            None => Some(Rank::Committee),
        }
    }

    /// Returns how high the body stands that is asked for; the lowest where any will do.
    fn least(&self) -> Rank {
        self.name
            .and_then(|name| self.rank(name))
            .unwrap_or(Rank::Preparing)
    }
}

/// How a body stands to the one that an agreement asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Competence {
    /// It stands below that.
    Below,
    /// It is that, or stands above it; or the agreement asks for none.
    Enough,
    /// It prepares the matter for others, and binds no party.
    Prepares,
    /// Its name does not tell.
    Unknown,
}

/// Returns how a body stands to the one that an agreement asks for.
#[must_use]
pub fn competence(body: &Name, asked: Option<&Name>) -> Competence {
    if Asked::new(asked).rank(body).is_none() {
        return Competence::Prepares;
    }
    match asked {
        Some(asked) if is_below(body, asked) => match BodyKind::of(body.as_str()) {
            Some(_) => Competence::Below,
            None => Competence::Unknown,
        },
        _ => Competence::Enough,
    }
}

/// Tells whether another body than the one asked for decided, and none above it.
fn is_below(decided: &Name, asked: &Name) -> bool {
    let kinds = (BodyKind::of(decided.as_str()), BodyKind::of(asked.as_str()));
    match kinds {
        (Some(decided), Some(asked)) => decided != asked && height(decided) < height(asked),
        _ => !is_same_name(decided, asked),
    }
}

fn height(kind: BodyKind) -> u8 {
    match kind {
        BodyKind::Association => 0,
        BodyKind::WorkingCommittee => 1,
        BodyKind::Committee => 2,
        BodyKind::ExecutiveBoard => 3,
        BodyKind::Council => 4,
    }
}

fn is_same_name(one: &Name, other: &Name) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}
