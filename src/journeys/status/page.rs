//! Positions as one page: self-contained, without scripts, to read, to print and to hear.
//!
//! The table comes first and says everything in words; the map repeats it. Follows WCAG 2.1 as EN 301 549
//! V3.2.1 asks of web pages: language (3.1.1), title (2.4.2), table headers (1.3.1), no meaning by colour
//! alone (1.4.1), contrast (1.4.3).

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::map::map;
use super::{Error, Group, PartyLine, Position, words};
use crate::agreement::{AgreementId, Sha256};
use crate::calendar::swedish_day;
use crate::register::{PartyState, SeatState};

/// Returns positions as a page in Swedish.
///
/// Nothing on it is personal data: no names of persons, no words of conditions or reasons.
///
/// # Errors
/// [`Error::Page`], which does not happen for values of these types.
pub fn html(agreement: &AgreementId, positions: &[Position]) -> Result<Vec<u8>, Error> {
    let page = Page::of(agreement, positions);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    // What ends so is escaped as HTML.
    let text = environment.render_named_str("page.html", TEMPLATE, Value::from(Serde(&page)))?;
    Ok(text.into_bytes())
}

const TEMPLATE: &str = include_str!("page.html");

#[derive(Serialize)]
struct Page {
    as_of: bool,
    /// Of the widest map.
    columns: usize,
    coordinator: String,
    day: String,
    legend: Vec<State>,
    name: String,
    positions: Vec<Version>,
}

#[derive(Serialize)]
struct State {
    class: &'static str,
    meaning: &'static str,
    name: &'static str,
    symbol: char,
}

#[derive(Serialize)]
struct Version {
    beside: String,
    binding: Vec<String>,
    count: usize,
    digest: Sha256,
    form: &'static str,
    groups: Vec<Part>,
    notices: Vec<String>,
    published_on: String,
    recommendations: Vec<String>,
    states: Vec<usize>,
    tiles: Vec<Tile>,
    totals: Vec<Total>,
    version: String,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Total {
    number: String,
    what: &'static str,
}

#[derive(Serialize)]
struct Part {
    complete: usize,
    count: usize,
    name: String,
    parties: Vec<Row>,
    states: Vec<usize>,
}

#[derive(Serialize)]
struct Row {
    bound_from: Option<String>,
    class: &'static str,
    code: String,
    condition: Option<&'static str>,
    decision: Option<String>,
    diary_number: Option<String>,
    filled: usize,
    final_on: Option<String>,
    missing: String,
    name: String,
    outcome: Option<&'static str>,
    paper: usize,
    /// The last day of appeal as printed, where it is another than the computed one.
    printed: Option<String>,
    seats: usize,
    state: &'static str,
    symbol: char,
}

#[derive(Serialize)]
struct Tile {
    class: &'static str,
    column: usize,
    name: String,
    row: usize,
    state: &'static str,
    symbol: char,
}

impl Page {
    fn of(agreement: &AgreementId, positions: &[Position]) -> Self {
        let first = positions.first();
        let state = |state| State {
            class: class(state),
            meaning: words::state_meaning(state),
            name: words::state(state),
            symbol: words::symbol(state),
        };
        let columns = |position| map(position).rows.first().map_or(0, Vec::len);
        Self {
            as_of: first.is_some_and(|position| position.as_of.is_some()),
            columns: positions
                .iter()
                .map(columns)
                .max()
                .unwrap_or_default()
                .max(1),
            coordinator: first.map(|it| it.coordinator.clone()).unwrap_or_default(),
            day: first.map(|it| it.day().to_string()).unwrap_or_default(),
            legend: words::STATES.into_iter().map(state).collect(),
            name: first.map_or_else(|| agreement.to_string(), |position| position.name.clone()),
            positions: positions.iter().map(Version::of).collect(),
        }
    }
}

impl Version {
    fn of(position: &Position) -> Self {
        let map = map(position);
        let mut tiles = Vec::new();
        for (row, squares) in (1..).zip(&map.rows) {
            for (column, party) in (1..).zip(squares) {
                let Some(party) = party else { continue };
                let state = party.progress.state;
                tiles.push(Tile {
                    class: class(state),
                    column,
                    name: party.short_name.clone(),
                    row,
                    state: words::state(state),
                    symbol: words::symbol(state),
                });
            }
        }
        let beside = map.beside.iter().map(|party| {
            let state = words::state(party.progress.state);
            format!("{} ({state})", party.short_name)
        });
        let beside: Vec<String> = beside.collect();
        let counts = words::STATES
            .iter()
            .map(|state| count(&position.totals.states, *state));
        Self {
            beside: beside.join(", "),
            binding: position.binding_sentences(),
            count: position.totals.parties,
            digest: position.text_digest,
            form: words::form(position.form),
            groups: position.groups.iter().map(Part::of).collect(),
            notices: position.notice_sentences(),
            published_on: swedish_day(position.published_at).to_string(),
            recommendations: position.recommendation_sentences(),
            states: counts.collect(),
            tiles,
            totals: totals(position),
            version: position.version.to_string(),
            warnings: position.warning_sentences(),
        }
    }
}

impl Part {
    fn of(group: &Group) -> Self {
        let counts = words::STATES
            .iter()
            .map(|state| count(&group.states, *state));
        Self {
            complete: count(&group.states, PartyState::Complete),
            count: group.parties.len(),
            name: group
                .name
                .clone()
                .unwrap_or_else(|| words::NO_GROUP.to_owned()),
            parties: group.parties.iter().map(Row::of).collect(),
            states: counts.collect(),
        }
    }
}

impl Row {
    fn of(party: &PartyLine) -> Self {
        let progress = &party.progress;
        let decision = progress.decision.as_ref();
        let minutes = decision.map(|decision| &decision.decided.minutes);
        let printed = minutes.and_then(|minutes| minutes.appeal_until);
        let computed = decision.and_then(|decision| decision.appeal_until);
        let (filled, seats) = party.seats();
        let all = progress.copies.iter().flat_map(|copy| &copy.seats);
        let on_paper = all.filter(|seat| matches!(seat.state, SeatState::Paper { .. }));
        Self {
            bound_from: progress.bound_from.map(|day| day.to_string()),
            class: class(progress.state),
            code: party.code.to_string(),
            condition: decision.and_then(words::condition),
            decision: decision.map(words::citation),
            diary_number: minutes
                .and_then(|minutes| minutes.diary_number.as_ref())
                .map(ToString::to_string),
            filled,
            final_on: decision
                .and_then(|decision| decision.final_on)
                .map(|day| day.to_string()),
            missing: words::missing(progress).join(", "),
            name: party.name.clone(),
            outcome: decision.map(|decision| words::outcome(decision.decided.outcome)),
            paper: on_paper.count(),
            printed: printed
                .filter(|_| printed != computed)
                .map(|day| day.to_string()),
            seats,
            state: words::state(progress.state),
            symbol: words::symbol(progress.state),
        }
    }
}

fn totals(position: &Position) -> Vec<Total> {
    let totals = &position.totals;
    let of = |some: usize, all: usize| format!("{some} av {all}");
    let complete = count(&totals.states, PartyState::Complete);
    let filled = totals.signed.saturating_add(totals.on_paper);
    let lines = [
        (of(complete, totals.parties), "parter är klara"),
        (of(totals.issued, totals.copies), "exemplar är utfärdade"),
        (
            of(totals.sent, totals.issued),
            "exemplar är utskickade till alla sina parter",
        ),
        (
            of(filled, totals.seats),
            "platser för underskrift är undertecknade",
        ),
        (totals.on_paper.to_string(), "av dem på papper"),
        (
            of(totals.fulfilled, totals.issued),
            "exemplar är undertecknade av alla sina parter",
        ),
    ];
    lines
        .into_iter()
        .map(|(number, what)| Total { number, what })
        .collect()
}

fn count(states: &std::collections::BTreeMap<PartyState, usize>, state: PartyState) -> usize {
    states.get(&state).copied().unwrap_or_default()
}

fn class(state: PartyState) -> &'static str {
    match state {
        PartyState::Complete => "complete",
        PartyState::Conditional => "conditional",
        PartyState::Decided => "decided",
        PartyState::Declined => "declined",
        PartyState::Deferred => "deferred",
        PartyState::NotIssued => "not_issued",
        PartyState::Partly => "partly",
        PartyState::Retracted => "retracted",
        PartyState::Waiting => "waiting",
    }
}
