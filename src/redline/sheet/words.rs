//! The words for what happened.

use crate::redline::model::{ClauseChange, Redline, UnseenKind};
use crate::redline::summary::{ClauseSummary, Happening};

/// Returns one sentence for a whole redline.
pub(super) fn conclusion(redline: &Redline, summary: &[ClauseSummary]) -> String {
    if redline.is_empty() {
        return "Versionerna är lika: samma text, samma inställningar och samma utseende."
            .to_owned();
    }
    let count = |happening| {
        let of = summary.iter();
        of.filter(|clause| clause.happened.contains(&happening))
            .count()
    };
    let counts = [
        (Happening::Added, "tillagd", "tillagda"),
        (Happening::Removed, "struken", "strukna"),
        (Happening::Changed, "ändrad", "ändrade"),
        (Happening::Moved, "flyttad", "flyttade"),
        (Happening::Renumbered, "omnumrerad", "omnumrerade"),
        (Happening::Unchanged, "oförändrad", "oförändrade"),
    ];
    let parts = counts
        .into_iter()
        .filter_map(|(happening, one, many)| match count(happening) {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        });
    let parts: Vec<String> = parts.collect();
    let unseen = match redline.unseen.len() {
        0 => String::new(),
        1 => " En ändring syns inte i texten.".to_owned(),
        count => format!(" {count} ändringar syns inte i texten."),
    };
    format!(
        "Av {} paragrafer och bilagor: {}.{unseen}",
        summary.len(),
        listed(&parts)
    )
}

/// Returns what happened to a clause.
pub(super) fn clause(clause: &ClauseSummary) -> String {
    let words = || {
        let count = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 ord {one}")),
            count => Some(format!("{count} ord {many}")),
        };
        let counts = [
            count(clause.inserted_words, "tillagt", "tillagda"),
            count(clause.deleted_words, "struket", "strukna"),
            match clause.moved_blocks {
                0 => None,
                1 => Some("1 stycke flyttat".to_owned()),
                count => Some(format!("{count} stycken flyttade")),
            },
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        if counts.is_empty() {
            "ändrad".to_owned()
        } else {
            format!("ändrad: {}", counts.join(", "))
        }
    };
    let happened = clause.happened.iter().map(|happened| match happened {
        Happening::Added => "ny".to_owned(),
        Happening::Changed => words(),
        Happening::Moved => "flyttad".to_owned(),
        Happening::Removed => "struken".to_owned(),
        Happening::Renumbered => "omnumrerad".to_owned(),
        Happening::Unchanged => "oförändrad".to_owned(),
    });
    let mut all: Vec<String> = happened.collect();
    // Its own words go last, for they have a colon.
    all.sort_by_key(|what| what.starts_with("ändrad"));
    capital(&all.join(", "))
}

/// Returns what is said beside a clause's heading; empty where nothing is.
pub(super) fn note(clause: &ClauseChange) -> String {
    match (&clause.old, &clause.new) {
        (None, _) => "ny".to_owned(),
        (_, None) => "struken".to_owned(),
        (Some(old), Some(_)) if clause.is_moved && old.number.is_empty() => "flyttad".to_owned(),
        (Some(old), Some(_)) if clause.is_moved => format!("flyttad, tidigare {}", old.number),
        (Some(old), Some(new)) if old.number != new.number => format!("tidigare {}", old.number),
        _ => String::new(),
    }
}

/// Returns what is said where a clause stood that moved.
pub(super) fn note_where_it_was(clause: &ClauseChange) -> String {
    match &clause.new {
        Some(new) if !new.number.is_empty() => format!("flyttad, nu {}", new.number),
        _ => "flyttad".to_owned(),
    }
}

/// Returns what kind of thing changed without being seen.
pub(super) fn unseen(kind: UnseenKind) -> &'static str {
    match kind {
        UnseenKind::Computed => "Beräknad text ändrad, visas inte i jämförelsen",
        UnseenKind::Formatting => "Orden är markerade på annat sätt",
        UnseenKind::Link => "Länkens mål ändrat",
        UnseenKind::NumberFormat => "Samma värde, annat skrivsätt",
        UnseenKind::Reference => "Hänvisningen går till en annan bestämmelse",
        UnseenKind::Setting => "Inställning ändrad",
        UnseenKind::SharedFile => "Gemensam fil ändrad",
        UnseenKind::Spacing => "Mellanrum eller tecken som ser likadant ut",
    }
}

/// Returns what a key of version.toml is about.
pub(super) fn setting(key: &str) -> String {
    let found = SETTINGS.iter().find(|(known, _)| *known == key);
    let of_group = || {
        let mut groups = SETTING_GROUPS.iter();
        groups.find(|(known, _)| {
            key.strip_prefix(known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    let of_party = key.strip_prefix("parties.");
    if let Some((code, field)) = of_party.and_then(|rest| rest.split_once('.')) {
        return format!("Part {code}: uppgift {field}");
    }
    let of_day = key.strip_prefix("follow_up.");
    // What it is called may hold a full stop, what is said of it does not.
    if let Some((title, _)) = of_day.and_then(|rest| rest.rsplit_once('.')) {
        return format!("Uppföljning: {title}");
    }
    match found.or_else(of_group) {
        Some((_, words)) => (*words).to_owned(),
        None => key.to_owned(),
    }
}

/// Returns a value of version.toml as it is read.
pub(super) fn value(key: &str, value: &str) -> String {
    let plain = value.trim_matches('"');
    let words = match (key, plain) {
        (_, "true") => "ja",
        (_, "false") => "nej",
        ("status", "adopted") => "fastställd",
        ("status", "consultation") => "remissversion",
        ("status", "draft") => "utkast",
        ("form.kind", "bilateral") => "ett exemplar för varje par av parter",
        ("form.kind", "counterpart") => "ett exemplar för varje part",
        ("form.kind", "joint") => "ett gemensamt exemplar",
        ("binds.rule", "all") => "när alla har undertecknat",
        ("binds.rule", "at_least") => "när så många som anges har undertecknat",
        ("binds.rule", "named") => "när de som anges har undertecknat",
        ("binds.rule", "pairwise") => "parvis, när båda har undertecknat",
        ("term.prolongation", "none") => "aldrig",
        ("term.prolongation", "once") => "en gång",
        ("term.prolongation", "repeated") => "varje gång ingen säger upp",
        ("term.notice_ends", "all") => "för alla parter",
        ("term.notice_ends", "giver") => "för den som säger upp",
        ("term.late_notice", "kept") => "den avslutar ingenting",
        ("term.late_notice", "next_end") => "den gäller till nästa periods slut",
        ("term.late_signature", "from_signature") => "från den dag parten undertecknar",
        ("term.late_signature", "from_start") => "från avtalstidens första dag",
        ("relation.kind", "amends") => "tilläggsavtal till",
        ("relation.kind", "replaces") => "ersätter",
        ("relation.kind", "under") => "lokal överenskommelse under",
        _ => plain,
    };
    words.to_owned()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} och {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Keys of agreement.toml and version.toml.
const SETTINGS: &[(&str, &str)] = &[
    (
        "accords.required",
        "Tjänst som varje lokal överenskommelse har",
    ),
    ("accords.services", "Tjänster i en lokal överenskommelse"),
    ("agreement.coordinator", "Samordnas av"),
    ("agreement.name", "Avtalets namn"),
    ("appearance_font", "Typsnitt i underskrifternas bild"),
    ("binds.count", "Hur många som ska ha undertecknat"),
    ("binds.rule", "När avtalet binder"),
    ("dated", "Dagtecknad"),
    ("form.kind", "Avtalets form"),
    ("form.with", "Part i varje exemplar"),
    ("pdf", "PDF-standard"),
    ("relation.agreement", "Förhållande till ett annat avtal"),
    ("relation.kind", "Förhållande till en annan version"),
    ("relation.version", "Förhållande till en annan version"),
    ("signing.certify", "Om utfärdarens stämpel låser filen"),
    ("signing.order", "Ordning för underskrifterna"),
    ("status", "Status"),
    ("term.end", "Avtalstidens sista dag"),
    ("term.late_notice", "Vad en sen uppsägning leder till"),
    ("term.late_signature", "När en sen underskrift binder"),
    ("term.notice_ends", "För vem en uppsägning avslutar avtalet"),
    ("term.notice_months", "Uppsägningstid i månader"),
    ("term.prolongation", "Hur ofta avtalet förlängs"),
    ("term.prolongation_months", "Förlängning i månader"),
    ("term.start", "Avtalstidens första dag"),
];

/// Keys with others below them.
const SETTING_GROUPS: &[(&str, &str)] = &[
    ("accord", "Lokal överenskommelse"),
    ("accords", "Lokala överenskommelser"),
    ("agreement", "Uppgift om avtalet"),
    ("amended", "Vad tillägget ändrar"),
    ("binds", "När avtalet binder"),
    ("clauses", "Ordning för paragraferna"),
    ("decision", "Vem som beslutar"),
    ("fields", "Uppgifter om parterna"),
    ("follow_up", "Uppföljning"),
    ("form", "Avtalets form"),
    ("least", "Lägsta värde i en lokal överenskommelse"),
    ("parties", "Parter"),
    ("relation", "Förhållande till en annan version"),
    ("seats", "Platser för underskrift"),
    ("signing", "Hur avtalet undertecknas"),
    ("term", "Avtalstid"),
    ("values", "Värde i texten"),
];
