//! The map of squares in the terminal: a sign, a code and a name for each party; colour only on top.

use anstyle::{AnsiColor, Style};

use super::super::style::{DIM, say, shown};
use crate::journeys::status::map::map;
use crate::journeys::status::{PartyLine, Position, words};
use crate::register::PartyState;

/// Ten squares fit in a hundred columns.
const WIDTH: usize = 9;

/// Prints the map, who is beside it, and what the signs mean.
pub(super) fn print(position: &Position) {
    let map = map(position);
    say("");
    for row in &map.rows {
        let line = |cell: fn(&PartyLine) -> String| {
            let mut line = String::new();
            for party in row {
                let (style, text) = match party {
                    Some(party) => (style(party.progress.state), cell(party)),
                    None => (Style::new(), String::new()),
                };
                let text: String = text.chars().take(WIDTH).collect();
                let pad = WIDTH.saturating_add(1).saturating_sub(text.chars().count());
                line.push_str(&format!("{style}{text}{style:#}{:pad$}", ""));
            }
            line.trim_end().to_owned()
        };
        say(&line(|party| {
            format!("{} {}", words::symbol(party.progress.state), party.code)
        }));
        say(&line(|party| short(&shown(&party.short_name))));
        say("");
    }
    if map.rows.is_empty() {
        say("Ingen av parterna har en ruta på kartan.");
        say("");
    } else if !map.beside.is_empty() {
        let beside = map.beside.iter().map(|party| {
            let state = party.progress.state;
            format!(
                "{} {} ({})",
                words::symbol(state),
                shown(&party.short_name),
                words::state(state)
            )
        });
        let beside: Vec<String> = beside.collect();
        say(&format!("Utanför kartan: {}", beside.join(", ")));
        say("");
    }
    for state in words::STATES {
        say(&format!(
            "  {style}{}{style:#} {:<15} {DIM}{}{DIM:#}",
            words::symbol(state),
            words::state(state),
            words::state_meaning(state),
            style = style(state)
        ));
    }
}

/// Returns a name that fits in its square.
fn short(name: &str) -> String {
    if name.chars().count() <= WIDTH {
        return name.to_owned();
    }
    let cut: String = name.chars().take(WIDTH.saturating_sub(1)).collect();
    format!("{cut}.")
}

fn style(state: PartyState) -> Style {
    let color = match state {
        PartyState::Complete => AnsiColor::Green,
        PartyState::Conditional | PartyState::Deferred => AnsiColor::Yellow,
        PartyState::Decided | PartyState::Partly => AnsiColor::Cyan,
        PartyState::Declined | PartyState::Retracted => AnsiColor::Red,
        PartyState::NotIssued | PartyState::Waiting => return Style::new(),
    };
    color.on_default()
}
