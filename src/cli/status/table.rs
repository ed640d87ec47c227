//! The position in the terminal: totals, then the parties, then what to look at.

use comfy_table::{Cell, CellAlignment};

use super::super::style::{DIM, HEADING, WARN, say, shown};
use super::{table, wide_table};
use crate::calendar::{swedish_day, swedish_time};
use crate::journeys::status::{Group, Overview, PartyLine, Position, words};
use crate::register::PartyState;

/// Prints a line for each agreement.
pub(super) fn overview(overview: &Overview) {
    if overview.rows.is_empty() {
        say("Det finns inga avtal här.");
        return;
    }
    let mut table = wide_table([
        "Avtal",
        "Version",
        "Form",
        "Klara parter",
        "Exemplar",
        "Utskickade",
        "Makulerade",
        "Underskrifter",
    ]);
    for row in &overview.rows {
        table.add_row([
            Cell::new(&row.agreement),
            Cell::new(
                row.version
                    .map_or_else(|| "–".to_owned(), |version| version.to_string()),
            ),
            Cell::new(row.form.map_or("inget utfärdat", words::form)),
            right(format!("{} av {}", row.parties_complete, row.parties)),
            right(row.copies.to_string()),
            right(row.sent.to_string()),
            right(row.voided.to_string()),
            right(format!(
                "{} av {}",
                row.signed.saturating_add(row.on_paper),
                row.seats
            )),
        ]);
    }
    say(&table.to_string());
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Prints name and totals of a version in a form, and whether it binds.
pub(super) fn head(position: &Position) {
    let totals = &position.totals;
    say(&format!("{HEADING}{}{HEADING:#}", position.name));
    let as_of = position
        .as_of
        .map(|day| format!("läget vid slutet av {day}"))
        .unwrap_or_else(|| "läget nu".to_owned());
    say(&format!(
        "Version {} · {} · {as_of} · fastställd {} · kontrollsumma {}",
        position.version,
        words::form(position.form),
        swedish_day(position.published_at),
        position.text_digest.short(),
    ));
    say("");
    for sentence in position.binding_sentences() {
        say(&sentence);
    }
    say("");
    let of = |some: usize, all: usize, what: &str| {
        say(&format!("  {some:>4} av {all:<4} {what}"));
    };
    of(
        count(position, PartyState::Complete),
        totals.parties,
        "parter klara",
    );
    for state in words::STATES.into_iter().skip(1) {
        let some = count(position, state);
        if some > 0 {
            say(&format!(
                "  {some:>4}         {} {} {DIM}({}){DIM:#}",
                words::symbol(state),
                words::state(state),
                words::state_meaning(state)
            ));
        }
    }
    of(totals.issued, totals.copies, "exemplar utfärdade");
    of(
        totals.sent,
        totals.issued,
        "utskickade till alla sina parter",
    );
    say(&format!("  {:>4}         makulerade", totals.voided));
    let filled = totals.signed.saturating_add(totals.on_paper);
    of(
        filled,
        totals.seats,
        &format!("platser för underskrift undertecknade {DIM}(enligt registret){DIM:#}"),
    );
    if totals.on_paper > 0 {
        say(&format!(
            "  {:>4}         av dem på papper",
            totals.on_paper
        ));
    }
    of(
        totals.fulfilled,
        totals.issued,
        "exemplar undertecknade av alla sina parter",
    );
}

/// Prints every party with its state, its decision and what is missing.
pub(super) fn parties(position: &Position) {
    for group in &position.groups {
        group_head(group);
        let mut table = table(["Kod", "Part", "Läge", "Beslut", "Platser", "Saknas"]);
        for party in &group.parties {
            let progress = &party.progress;
            let decision = progress.decision.as_ref();
            let mark = if progress.warnings.is_empty() {
                ""
            } else {
                " (!)"
            };
            let state = format!(
                "{} {}{mark}",
                words::symbol(progress.state),
                words::state(progress.state)
            );
            table.add_row([
                Cell::new(&party.code),
                Cell::new(shown(&party.name)),
                Cell::new(state),
                Cell::new(decision.map(words::citation).unwrap_or_default()),
                Cell::new(seats(party)),
                Cell::new(missing(party)),
            ]);
        }
        say(&table.to_string());
    }
}

/// Prints every party's copies.
pub(super) fn copies(position: &Position) {
    for group in &position.groups {
        group_head(group);
        let mut table = table(["Kod", "Part", "Exemplar", "Utskickat", "Platser"]);
        for party in &group.parties {
            table.add_row([
                party.code.to_string(),
                shown(&party.name),
                copy_names(party),
                sent(party),
                seats(party),
            ]);
        }
        say(&table.to_string());
    }
}

fn group_head(group: &Group) {
    say("");
    let complete = group.states.get(&PartyState::Complete);
    say(&format!(
        "{HEADING}{}{HEADING:#}  {} av {} parter klara",
        group.name.as_deref().unwrap_or(words::NO_GROUP),
        complete.copied().unwrap_or_default(),
        group.parties.len()
    ));
}

/// Prints what to look at, what others say, and how to ask for more.
pub(super) fn foot(position: &Position) {
    let lists = [
        ("Att se över", '!', position.warning_sentences()),
        (
            "Ställningstaganden av andra än parterna",
            '–',
            position.recommendation_sentences(),
        ),
        ("Uppsägningar", '–', position.notice_sentences()),
    ];
    for (name, sign, lines) in lists {
        if lines.is_empty() {
            continue;
        }
        say("");
        say(&format!("{HEADING}{name}{HEADING:#}"));
        for line in lines {
            say(&format!("  {WARN}{sign}{WARN:#} {}", shown(&line)));
        }
    }
    say("");
    let waiting = position
        .parties()
        .find(|party| party.progress.next.is_some());
    if let Some(party) = waiting {
        say(&format!(
            "Varför, och nästa steg: sigill status {} --why {}",
            position.agreement, party.code
        ));
        say("");
    }
}

fn count(position: &Position, state: PartyState) -> usize {
    let states = &position.totals.states;
    states.get(&state).copied().unwrap_or_default()
}

fn copy_names(party: &PartyLine) -> String {
    let voided = match party.voided.len() {
        0 => String::new(),
        voided => format!(", {voided} makulerade"),
    };
    match party.copies.as_slice() {
        [] => format!("saknas{voided}"),
        [only] if party.copies_planned == 1 => format!("{}{voided}", only.copy),
        several => format!("{} av {}{voided}", several.len(), party.copies_planned),
    }
}

fn sent(party: &PartyLine) -> String {
    let sent: Vec<_> = party
        .copies
        .iter()
        .filter_map(|copy| copy.sent_at)
        .collect();
    match (sent.iter().max(), party.copies.len()) {
        (None, 0) => String::new(),
        (None, _) => "nej".to_owned(),
        (Some(last), all) if sent.len() == all => swedish_time(*last).chars().take(16).collect(),
        (Some(_), all) => format!("{} av {all}", sent.len()),
    }
}

fn seats(party: &PartyLine) -> String {
    let (filled, seats) = party.seats();
    if seats == 0 {
        String::new()
    } else {
        format!("{filled} av {seats}")
    }
}

fn missing(party: &PartyLine) -> String {
    let mut missing = words::missing(&party.progress);
    let copies = party.copies.iter();
    let waiting: usize = copies.map(|copy| copy.to_confirm.len()).sum();
    if waiting > 0 {
        missing.push(format!("{waiting} att bekräfta"));
    }
    missing.join(", ")
}
