//! Positions as a spreadsheet: a line per party and copy, and one for a party without any.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::super::sheet;
use super::{CopyLine, Error, Group, PartyLine, Position, words};
use crate::register::DecisionState;

/// Returns positions as CSV; the columns' names are for programs.
///
/// # Errors
/// [`Error::Sheet`], which does not happen for values of these types.
pub fn csv(positions: &[Position]) -> Result<Vec<u8>, Error> {
    sheet::csv(&rows(positions, |column| column.0))
}

/// Returns positions as a workbook with one sheet; the columns' names are Swedish.
///
/// # Errors
/// As [`csv`].
pub fn xlsx(positions: &[Position]) -> Result<Vec<u8>, Error> {
    sheet::xlsx("Läge", &rows(positions, |column| column.1))
}

fn rows(
    positions: &[Position],
    name: fn(&(&'static str, &'static str)) -> &'static str,
) -> Vec<Vec<String>> {
    let header = COLUMNS.iter().map(|column| name(column).to_owned());
    let mut rows: Vec<Vec<String>> = vec![header.collect()];
    for position in positions {
        let parties = position
            .groups
            .iter()
            .flat_map(|group| group.parties.iter().map(move |party| (group, party)));
        for (group, party) in parties {
            match party.copies.as_slice() {
                [] => rows.push(row(position, group, party, None)),
                copies => {
                    let copies = copies.iter();
                    rows.extend(copies.map(|copy| row(position, group, party, Some(copy))));
                }
            }
        }
    }
    rows
}

fn row(
    position: &Position,
    group: &Group,
    party: &PartyLine,
    copy: Option<&CopyLine>,
) -> Vec<String> {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let progress = &party.progress;
    let seats = copy.and_then(|copy| {
        let mut copies = progress.copies.iter();
        copies.find(|known| known.copy == copy.copy)
    });
    let on_paper = seats.map(|copy| {
        let is_paper = |state| matches!(state, &crate::register::SeatState::Paper { .. });
        copy.seats
            .iter()
            .filter(|seat| is_paper(&seat.state))
            .count()
    });
    let mut row = vec![
        position.agreement.to_string(),
        position.version.to_string(),
        position.form.as_str().to_owned(),
        group.name.clone().unwrap_or_default(),
        party.code.to_string(),
        party.name.clone(),
        or_empty(copy.map(|copy| &copy.copy)),
        or_empty(copy.map(|copy| instant(copy.issued_at))),
        or_empty(copy.and_then(|copy| copy.sent_at).map(instant)),
        or_empty(copy.map(|copy| copy.seats.len())),
        or_empty(copy.map(|copy| copy.signed.len())),
        or_empty(on_paper),
        words::state(progress.state).to_owned(),
    ];
    row.extend(decision(progress.decision.as_ref()));
    row.push(words::missing(progress).join("; "));
    let warnings: Vec<String> = progress.warnings.iter().map(words::warning).collect();
    row.push(warnings.join("; "));
    row.push(
        progress
            .next
            .as_ref()
            .map(words::next)
            .unwrap_or_default()
            .to_owned(),
    );
    row.push(or_empty(progress.bound_from));
    row
}

/// Returns the columns of the decision that rules.
fn decision(decision: Option<&DecisionState>) -> [String; 9] {
    let Some(decision) = decision else {
        return Default::default();
    };
    let minutes = &decision.decided.minutes;
    [
        words::outcome(decision.decided.outcome).to_owned(),
        words::condition(decision).unwrap_or_default().to_owned(),
        minutes.met_on.to_string(),
        minutes.body.to_string(),
        or_empty(minutes.section.as_ref()),
        or_empty(minutes.diary_number.as_ref()),
        or_empty::<NaiveDate>(decision.appeal_until),
        or_empty::<NaiveDate>(minutes.appeal_until),
        or_empty::<NaiveDate>(decision.final_on),
    ]
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Names for programs, and in Swedish; the first eleven are as they always were.
const COLUMNS: [(&str, &str); 26] = [
    ("agreement", "Avtal"),
    ("version", "Version"),
    ("form", "Form"),
    ("grouping", "Delregion"),
    ("code", "Kod"),
    ("name", "Part"),
    ("copy", "Exemplar"),
    ("issued_at", "Utfärdat (UTC)"),
    ("sent_at", "Utskickat (UTC)"),
    ("seats", "Platser för underskrift"),
    ("signed", "Elektroniska underskrifter"),
    ("on_paper", "Underskrifter på papper"),
    ("state", "Läge"),
    ("outcome", "Beslut"),
    ("condition", "Villkor"),
    ("met_on", "Beslutsdatum"),
    ("body", "Organ"),
    ("section", "Paragraf"),
    ("diary_number", "Diarienummer"),
    ("appeal_until", "Kan överklagas till och med (räknat)"),
    (
        "appeal_until_printed",
        "Kan överklagas till och med (enligt protokollet)",
    ),
    ("final_on", "Laga kraft (räknat, om ingen överklagar)"),
    ("missing", "Saknas"),
    ("warnings", "Att se över"),
    ("next_step", "Nästa steg"),
    ("bound_from", "Bunden från"),
];
