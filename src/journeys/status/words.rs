//! What status says in Swedish: one wording for terminal, page and spreadsheet.

use crate::agreement::{BodyKind, Form, Outcome};
use crate::register::{
    DecisionState, LetterKind, NextStep, PartyProgress, PartyState, Refusal, Required, Requirement,
    SeatState, Warning, Why,
};

/// Returns the name of a form.
#[must_use]
pub fn form(form: Form) -> &'static str {
    match form {
        Form::Bilateral => "tvåpartsexemplar",
        Form::Counterpart => "ett exemplar per part",
        Form::Joint => "gemensamt exemplar",
    }
}

/// Returns where a party stands, in a word or two.
#[must_use]
pub fn state(state: PartyState) -> &'static str {
    match state {
        PartyState::Complete => "klar",
        PartyState::Conditional => "villkor kvar",
        PartyState::Decided => "beslutat",
        PartyState::Declined => "avböjt",
        PartyState::Deferred => "uppskjutet",
        PartyState::NotIssued => "exemplar saknas",
        PartyState::Partly => "delvis",
        PartyState::Retracted => "återtaget",
        PartyState::Waiting => "väntar",
    }
}

/// Returns what it means that a party stands there, for a legend.
#[must_use]
pub fn state_meaning(state: PartyState) -> &'static str {
    match state {
        PartyState::Complete => "beslut och alla underskrifter finns",
        PartyState::Conditional => "godkänt med villkor som inte är avgjort",
        PartyState::Decided => "beslut finns, underskrift saknas",
        PartyState::Declined => "parten har sagt nej",
        PartyState::Deferred => "ärendet är återremitterat eller bordlagt",
        PartyState::NotIssued => "inget exemplar är utfärdat för parten",
        PartyState::Partly => "en del av underskrifterna finns, eller beslutet saknas",
        PartyState::Retracted => "parten har tagit tillbaka beslut och underskrift",
        PartyState::Waiting => "inget har kommit från parten",
    }
}

/// Returns the sign of a state: told apart by its shape, without colour.
#[must_use]
pub fn symbol(state: PartyState) -> char {
    match state {
        PartyState::Complete => '■',
        PartyState::Conditional => '▲',
        PartyState::Decided => '◧',
        PartyState::Declined => '✗',
        PartyState::Deferred => '‖',
        PartyState::NotIssued => '·',
        PartyState::Partly => '◩',
        PartyState::Retracted => '↩',
        PartyState::Waiting => '□',
    }
}

/// The states as they are listed: what is done first, then what is under way, then what stops.
pub const STATES: [PartyState; 9] = [
    PartyState::Complete,
    PartyState::Decided,
    PartyState::Partly,
    PartyState::Waiting,
    PartyState::NotIssued,
    PartyState::Conditional,
    PartyState::Deferred,
    PartyState::Declined,
    PartyState::Retracted,
];

/// Stands for the group of parties that belong to none.
pub const NO_GROUP: &str = "Utan delregion";

/// Returns what a body decided.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "godkänt",
        Outcome::ApprovedWithCondition => "godkänt med villkor",
        Outcome::Declined => "avslag",
        Outcome::Deferred => "återremiss eller bordlagt",
    }
}

/// Returns what a letter is called.
#[must_use]
pub fn letter(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::Acknowledgement => "bekräftelse på uppsägning",
        LetterKind::Ending => "meddelande om upphörande",
        LetterKind::Missive => "missiv",
        LetterKind::Prolongation => "meddelande om förlängning",
        LetterKind::Reminder => "påminnelse",
        LetterKind::Sending => "följebrev till exemplar",
    }
}

/// Returns a body by the letters in use for it, else by its name.
#[must_use]
pub fn body(name: &str) -> String {
    let lower = name.to_lowercase();
    let letters = match BodyKind::of(name) {
        _ if name.chars().count() <= 4 => name,
        Some(BodyKind::Council) if lower == "kommunfullmäktige" => "KF",
        Some(BodyKind::Council) if lower == "regionfullmäktige" => "RF",
        Some(BodyKind::ExecutiveBoard) if lower == "kommunstyrelsen" => "KS",
        Some(BodyKind::ExecutiveBoard) if lower == "regionstyrelsen" => "RS",
        _ => name,
    };
    letters.to_owned()
}

/// Returns a decision as it is cited: body, day and §.
#[must_use]
pub fn citation(decision: &DecisionState) -> String {
    let minutes = &decision.decided.minutes;
    let section = minutes.section.as_ref();
    let section = section.map(|it| format!(" {it}")).unwrap_or_default();
    format!(
        "{} {}{section}",
        body(minutes.body.as_str()),
        minutes.met_on
    )
}

/// Returns what became of a decision's condition; `None` where it has none.
#[must_use]
pub fn condition(decision: &DecisionState) -> Option<&'static str> {
    if decision.decided.outcome != Outcome::ApprovedWithCondition {
        return None;
    }
    Some(match &decision.settled {
        None => "villkoret är inte avgjort",
        Some(settled) if settled.is_resolved => "villkoret är uppfyllt",
        Some(_) => "villkoret godtas inte",
    })
}

/// Returns what a party lacks, shortest first; the copies of a party in many are counted, not listed.
#[must_use]
pub fn missing(party: &PartyProgress) -> Vec<String> {
    let unmet = party.requirements.iter().filter(|it| !it.is_met);
    let mut words = Vec::new();
    let mut open = Vec::new();
    let mut lacks_decision = false;
    for requirement in unmet {
        match &requirement.what {
            Required::Signatures { .. } => open.push(requirement),
            Required::CopyIssued => words.push(match &requirement.why {
                Why::SomeIssued { issued, planned } => {
                    format!("{} av {planned} exemplar", planned.saturating_sub(*issued))
                }
                _ => "exemplar".to_owned(),
            }),
            Required::Decision => {
                lacks_decision = true;
                words.push("beslut".to_owned());
            }
            // Without a decision there is none that could be clean.
            Required::CleanDecision if lacks_decision => {}
            Required::CleanDecision => words.push(match &requirement.why {
                Why::ConditionOpen => "avgjort villkor".to_owned(),
                _ => "ett beslut som säger ja".to_owned(),
            }),
        }
    }
    let copies = signature_requirements(party).count();
    match open.as_slice() {
        [] => {}
        [only] if copies == 1 => words.push(match &only.why {
            Why::Seats { filled, needed, .. } if *filled > 0 => {
                format!(
                    "{} av {needed} underskrifter",
                    needed.saturating_sub(*filled)
                )
            }
            _ => "underskrift".to_owned(),
        }),
        several => words.push(format!(
            "underskrift i {} av {copies} exemplar",
            several.len()
        )),
    }
    words
}

/// Returns the requirements of a party that are about signatures: one for each of its copies.
pub fn signature_requirements(party: &PartyProgress) -> impl Iterator<Item = &Requirement> {
    let requirements = party.requirements.iter();
    requirements.filter(|it| matches!(it.what, Required::Signatures { .. }))
}

/// Returns a requirement as a question that is answered yes or no.
#[must_use]
pub fn required(required: &Required) -> String {
    match required {
        Required::CleanDecision => "Beslutet är ett rent ja".to_owned(),
        Required::CopyIssued => "Exemplar är utfärdat".to_owned(),
        Required::Decision => "Beslut är infört".to_owned(),
        Required::Signatures { copy } => format!("Underskrifter i {copy}"),
    }
}

/// Returns why a requirement is met or not.
#[must_use]
pub fn why(why: &Why) -> String {
    match why {
        Why::ConditionOpen => "villkoret är inte avgjort".to_owned(),
        Why::ConditionRefused => "villkoret godtas inte".to_owned(),
        Why::Decided { seq, outcome: it } => format!("{}, post {seq}", outcome(*it)),
        Why::DeclinedByLetter { seq } => format!("avböjt i brev, post {seq}"),
        Why::Issued => "utfärdat".to_owned(),
        Why::Nothing => "inget är infört".to_owned(),
        Why::Retracted { seq } => format!("återtaget, post {seq}"),
        Why::SomeIssued { issued, planned } => format!("{issued} av {planned} är utfärdade"),
        Why::Seats {
            filled,
            needed,
            open,
        } => {
            let open: Vec<&str> = open.iter().map(|seat| seat.as_str()).collect();
            let open = match open.as_slice() {
                [] => String::new(),
                seats => format!(", öppna: {}", seats.join(", ")),
            };
            format!("{filled} av {needed} som behövs{open}")
        }
    }
}

/// Returns how a seat stands.
#[must_use]
pub fn seat(state: &SeatState) -> String {
    match state {
        SeatState::NotCounted => "underskriven av någon vars underskrift inte räknas".to_owned(),
        SeatState::Open => "öppen".to_owned(),
        SeatState::Paper {
            as_role,
            held_by,
            signed_on,
        } => format!("på papper {signed_on}, som {as_role}; originalet finns hos {held_by}"),
        SeatState::Signed {
            as_role,
            level,
            signed_on,
        } => format!("elektroniskt {signed_on}, som {as_role} ({level})"),
        SeatState::ToConfirm => "underskriven, ska bekräftas".to_owned(),
    }
}

/// Returns what an administrator should look at.
#[must_use]
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::AppealDayDiffers {
            computed,
            printed,
            seq,
        } => format!(
            "sista dag för överklagande är {printed} enligt protokollet men {computed} räknat från anslagsdagen (post {seq})"
        ),
        Warning::AuthorityTooLong { allowed_to, seq } => format!(
            "rätten att skriva under går längre än till {allowed_to}, som beslutet tillåter (post {seq})"
        ),
        Warning::NotFinal {
            final_on: Some(day),
        } => {
            format!("parten har skrivit under innan beslutet får laga kraft {day}")
        }
        Warning::NotFinal { final_on: None } => {
            "parten har skrivit under och det är inte känt när beslutet får laga kraft".to_owned()
        }
        Warning::PartyChanged { seq } => {
            format!("parten har ändrats sedan exemplaret utfärdades (post {seq})")
        }
        Warning::SignedLate { signed_on } => {
            format!("underskriften kom {signed_on}, efter att avtalstiden började")
        }
        Warning::SignedWithoutDecision => {
            "parten har skrivit under men inget beslut är infört".to_owned()
        }
        Warning::StrangerSigned { copy, seat } => {
            format!("en underskrift på {seat} i {copy} räknas inte")
        }
        Warning::WrongLevel {
            asked,
            decided,
            seq,
        } => format!("beslutet är fattat av {decided}, avtalet kräver {asked} (post {seq})"),
    }
}

/// Returns what is to be done next, in a word or two.
#[must_use]
pub fn next(next: &NextStep) -> &'static str {
    match next {
        NextStep::Confirm { .. } => "bekräfta",
        NextStep::Issue => "utfärda",
        NextStep::RecordDecision => "inhämta beslut",
        NextStep::Send => "skicka ut",
        NextStep::Settle { .. } => "avgör villkoret",
        NextStep::Sign { .. } => "skriva under",
        NextStep::Talk => "tala med parten",
    }
}

/// Returns what one more refusal would do; `names` tells the parties' names.
#[must_use]
pub fn refusal(
    refusal: &Refusal,
    names: impl Fn(&[crate::agreement::PartyCode]) -> String,
) -> String {
    match refusal {
        Refusal::BindsNobody => {
            "En vägran till skulle göra att avtalet inte binder någon.".to_owned()
        }
        Refusal::BindsNobodyIfOneOf { parties } => {
            let any = if parties.len() == 1 { "" } else { "någon av " };
            format!(
                "Om {any}{} vägrar binder avtalet ingen; andra kan vägra utan att avtalet faller.",
                names(parties)
            )
        }
        Refusal::LeavesItOut => {
            "En part som vägrar ställer sig själv utanför; övriga blir bundna.".to_owned()
        }
        Refusal::LeavesItOutIf { needed, left } => format!(
            "En part som vägrar ställer sig själv utanför, så länge {needed} av de {left} som är kvar skriver under."
        ),
        Refusal::NobodyLeft => "Ingen part är kvar som kan vägra.".to_owned(),
    }
}
