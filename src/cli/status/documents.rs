//! The list of documents in the terminal.

use super::super::style::{say, shown};
use super::table;
use crate::journeys::status::documents::DocumentLine;

/// Prints a line for each document.
pub(super) fn print(lines: &[DocumentLine]) {
    if lines.is_empty() {
        say("Inga handlingar är införda.");
        return;
    }
    let mut table = table([
        "Post",
        "Datum",
        "",
        "Diarienummer",
        "Från",
        "Vad det är",
        "Kontrollsumma",
    ]);
    for line in lines {
        let diary_number = line.diary_number.as_ref();
        let note = match (line.erased_on, line.corrected_by) {
            (Some(day), _) => format!(" (raderad {day})"),
            (None, Some(seq)) => format!(" (rättad av post {seq})"),
            (None, None) => String::new(),
        };
        let digest = line.digest.to_string();
        table.add_row([
            line.seq.to_string(),
            line.day.to_string(),
            line.way.as_str().to_owned(),
            shown(&diary_number.map(ToString::to_string).unwrap_or_default()),
            shown(&line.from),
            format!("{}{note}", shown(&line.description)),
            digest.chars().take(12).collect(),
        ]);
    }
    say(&table.to_string());
    say("Hela kontrollsummor och mottagare: --csv, --xlsx eller --json");
}
