//! What changed that no page shows, or that a reader might take for another text.

use std::collections::{BTreeMap, BTreeSet};

use super::lexemes::{Lexeme, MONTHS, Sort, is_space};
use super::model::{BlockKind, Marks, Redline, Unseen, UnseenKind};
use super::summary::Happening;
use super::words::Hunk;
use super::{Compared, settings};
use crate::agreement::ClauseId;
use crate::template::LISTED_PARTIES;

/// Notes what a block's lexemes hide: marks on words that stayed, and changes that look or mean the same.
pub(super) fn note(
    place: &ClauseId,
    old: &[Lexeme<'_>],
    new: &[Lexeme<'_>],
    hunks: &[Hunk],
    noted: &mut Vec<Unseen>,
) {
    let mut at = (0_usize, 0_usize);
    let end = Hunk {
        old: old.len()..old.len(),
        new: new.len()..new.len(),
    };
    for hunk in hunks.iter().chain([&end]) {
        let before = old.get(at.0..hunk.old.start).unwrap_or_default();
        let after = new.get(at.1..hunk.new.start).unwrap_or_default();
        note_marks(place, before, after, noted);
        note_hunk(place, old, new, hunk, noted);
        at = (hunk.old.end, hunk.new.end);
    }
}

/// Notes that a block is set as something else, such as a paragraph that became an item of a list.
pub(super) fn note_kind(place: &ClauseId, old: BlockKind, new: BlockKind, noted: &mut Vec<Unseen>) {
    let (old, new) = (kind_name(old), kind_name(new));
    if old != new {
        noted.push(Unseen {
            kind: UnseenKind::Formatting,
            place: place.to_string(),
            old: Some(old),
            new: Some(new),
        });
    }
}

/// Returns what a block is called, in Swedish.
fn kind_name(kind: BlockKind) -> String {
    match kind {
        BlockKind::Cell { is_head: false, .. } => "cell".to_owned(),
        BlockKind::Cell { .. } => "cell i tabellhuvud".to_owned(),
        BlockKind::Heading { level } => format!("rubrik på nivå {level}"),
        BlockKind::Item {
            depth,
            is_numbered: false,
        } => format!("punkt på nivå {depth}"),
        BlockKind::Item { depth, .. } => format!("numrerad punkt på nivå {depth}"),
        BlockKind::Paragraph { depth: 0 } => "stycke".to_owned(),
        BlockKind::Paragraph { depth } => format!("stycke under en punkt på nivå {depth}"),
        BlockKind::Term { .. } => "begrepp".to_owned(),
    }
}

/// Adds what differs outside the words: settings, shared files, and whatever else has no other sign.
pub(super) fn complete(redline: &mut Redline, old: &Compared<'_>, new: &Compared<'_>) {
    let of = |side: &Compared<'_>, id: &ClauseId| side.code.get(id).cloned();
    let ids: BTreeSet<&ClauseId> = old.code.keys().chain(new.code.keys()).collect();
    for id in ids {
        let (before, after) = (of(old, id), of(new, id));
        let is_in_both = before.is_some() && after.is_some();
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let mut add = |kind, before: &[String], after: &[String]| {
            if before != after {
                redline.unseen.push(Unseen {
                    kind,
                    place: id.to_string(),
                    old: only_in(before, after),
                    new: only_in(after, before),
                });
            }
        };
        add(UnseenKind::Computed, &before.computed, &after.computed);
        if is_in_both {
            add(UnseenKind::Formatting, &before.layout, &after.layout);
        }
    }
    settings::compare(old, new, &mut redline.unseen);
    // What these say is told value by value.
    let is_told = |path: &str| matches!(path, "agreement.toml" | LISTED_PARTIES | "version.toml");
    let is_shared = |path: &str| !path.starts_with("clauses/") && !is_told(path);
    files(redline, old, new, is_shared);
    untold(redline, old, new);
    if redline.is_empty() && redline.old.text_digest != redline.new.text_digest {
        files(redline, old, new, |path| !is_shared(path));
    }
    redline.unseen.dedup();
}

/// Notes what differs in the source of a clause of which nothing else was told.
fn untold(redline: &mut Redline, old: &Compared<'_>, new: &Compared<'_>) {
    let changed = redline.summary();
    let changed = changed
        .iter()
        .filter(|clause| clause.happened.contains(&Happening::Changed));
    let mut told: BTreeSet<String> = changed.map(|clause| clause.id.to_string()).collect();
    told.extend(redline.unseen.iter().map(|unseen| unseen.place.clone()));
    let mut paths: BTreeSet<&str> = new
        .code
        .iter()
        .filter(|(id, _)| told.contains(id.as_str()))
        .map(|(_, code)| code.path.as_str())
        .collect();
    for (id, after) in &new.code {
        let Some(before) = old.code.get(id) else {
            continue;
        };
        let mut add = |before: &[String], after: &[String]| {
            if before != after {
                redline.unseen.push(Unseen {
                    kind: UnseenKind::SharedFile,
                    place: new
                        .code
                        .get(id)
                        .map_or_else(String::new, |code| code.path.clone()),
                    old: only_in(before, after),
                    new: only_in(after, before),
                });
            }
        };
        if !told.contains(id.as_str()) {
            add(&before.source, &after.source);
        }
        if paths.insert(&after.path) {
            add(&before.prelude, &after.prelude);
        }
    }
}

fn files(
    redline: &mut Redline,
    old: &Compared<'_>,
    new: &Compared<'_>,
    is_of_interest: impl Fn(&str) -> bool,
) {
    let paths: BTreeSet<&String> = old.files.keys().chain(new.files.keys()).collect();
    for path in paths.into_iter().filter(|path| is_of_interest(path)) {
        let (before, after) = (old.files.get(path), new.files.get(path));
        if before != after {
            redline.unseen.push(Unseen {
                kind: UnseenKind::SharedFile,
                place: path.clone(),
                old: before.map(ToString::to_string),
                new: after.map(ToString::to_string),
            });
        }
    }
}

/// Returns what stands more often in one list than in another.
fn only_in(list: &[String], other: &[String]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in other {
        let count = counts.entry(line).or_default();
        *count = count.saturating_add(1);
    }
    let mut only = Vec::new();
    for line in list {
        match counts.get_mut(line.as_str()) {
            Some(count) if *count > 0 => *count = count.saturating_sub(1),
            _ => only.push(line.as_str()),
        }
    }
    (!only.is_empty()).then(|| only.join("; "))
}

/// Notes marks that changed on words that stayed: neighbours with the same change are told as one.
fn note_marks(place: &ClauseId, old: &[Lexeme<'_>], new: &[Lexeme<'_>], noted: &mut Vec<Unseen>) {
    let pairs: Vec<(&Lexeme<'_>, &Lexeme<'_>)> = old.iter().zip(new).collect();
    for run in pairs.chunk_by(|a, b| a.0.marks == b.0.marks && a.1.marks == b.1.marks) {
        let Some((before, after)) = run.first().map(|(old, new)| (old.marks, new.marks)) else {
            continue;
        };
        let words: String = run.iter().map(|(_, new)| new.text).collect();
        let mut add = |kind, old, new| {
            noted.push(Unseen {
                kind,
                place: place.to_string(),
                old,
                new,
            });
        };
        if before.link != after.link {
            add(UnseenKind::Link, before.link.clone(), after.link.clone());
        }
        if before.reference != after.reference {
            let id = |marks: &Marks| marks.reference.as_ref().map(ToString::to_string);
            add(UnseenKind::Reference, id(before), id(after));
        }
        if (before.strong, before.emphasised) != (after.strong, after.emphasised)
            && !words.trim().is_empty()
        {
            add(
                UnseenKind::Formatting,
                Some(marked(&words, before)),
                Some(marked(&words, after)),
            );
        }
    }
}

/// Returns words with their marks as they are typed.
fn marked(words: &str, marks: &Marks) -> String {
    let mut marked = words.trim().to_owned();
    if marks.emphasised {
        marked = format!("_{marked}_");
    }
    if marks.strong {
        marked = format!("*{marked}*");
    }
    marked
}

fn note_hunk(
    place: &ClauseId,
    old: &[Lexeme<'_>],
    new: &[Lexeme<'_>],
    hunk: &Hunk,
    noted: &mut Vec<Unseen>,
) {
    let before = old.get(hunk.old.clone()).unwrap_or_default();
    let after = new.get(hunk.new.clone()).unwrap_or_default();
    let (from, to) = (first_link(before), first_link(after));
    if from != to {
        noted.push(Unseen {
            kind: UnseenKind::Link,
            place: place.to_string(),
            old: from,
            new: to,
        });
    }
    let mut add = |kind, old, new| {
        noted.push(Unseen {
            kind,
            place: place.to_string(),
            old: Some(old),
            new: Some(new),
        });
    };
    if let (Some(from), Some(to)) = (only_reference(before), only_reference(after))
        && from != to
    {
        add(UnseenKind::Reference, from.to_string(), to.to_string());
        return;
    }
    let (was, is) = (words(before), words(after));
    let spans_blocks = before
        .iter()
        .chain(after)
        .any(|lexeme| lexeme.sort == Sort::Mark);
    if spans_blocks || was.is_empty() && is.is_empty() {
        return;
    }
    if let (Some(from), Some(to)) = (value(&was), value(&is))
        && from == to
    {
        add(UnseenKind::NumberFormat, was, is);
    } else if look(&was) == look(&is) {
        let context = |lexemes: &[Lexeme<'_>], start: usize, end: usize| {
            // A space alone says nothing: it is told with the words beside it.
            let more = usize::from(!before.iter().chain(after).any(Lexeme::is_word));
            let first = start.saturating_sub(more);
            let around = lexemes.get(first..end.saturating_add(more).min(lexemes.len()));
            named(&words(around.unwrap_or_default()))
        };
        add(
            UnseenKind::Spacing,
            context(old, hunk.old.start, hunk.old.end),
            context(new, hunk.new.start, hunk.new.end),
        );
    }
}

/// Returns where the first link among a change's words leads.
fn first_link(lexemes: &[Lexeme<'_>]) -> Option<String> {
    lexemes.iter().find_map(|lexeme| lexeme.marks.link.clone())
}

/// Returns the clause that a change refers to, where it holds one reference.
fn only_reference<'t>(lexemes: &[Lexeme<'t>]) -> Option<&'t ClauseId> {
    let mut references = lexemes
        .iter()
        .filter_map(|lexeme| lexeme.marks.reference.as_ref());
    let first = references.next()?;
    references.next().is_none().then_some(first)
}

fn words(lexemes: &[Lexeme<'_>]) -> String {
    lexemes.iter().map(|lexeme| lexeme.text).collect()
}

/// Returns what a number or a day says, however it is written; `None` for other words.
fn value(words: &str) -> Option<String> {
    let words = words.strip_prefix("den ").unwrap_or(words).trim();
    day(words).or_else(|| number(words))
}

fn number(words: &str) -> Option<String> {
    let digits: String = words.chars().filter(|c| !is_space(*c)).collect();
    let (whole, decimals) = digits.split_once(',').unwrap_or((&digits, ""));
    let is_number = !whole.is_empty()
        && [whole, decimals]
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    is_number.then(|| {
        let whole = whole.trim_start_matches('0');
        format!("{whole},{}", decimals.trim_end_matches('0'))
    })
}

/// Returns a day as `2024-03-01`.
fn day(words: &str) -> Option<String> {
    let parts: Vec<&str> = words.split(is_space).collect();
    let (year, month, day) = match parts.as_slice() {
        [day, month, year] => {
            let month = MONTHS.iter().position(|name| name == month)?;
            (*year, month.saturating_add(1).to_string(), *day)
        }
        [iso] => {
            let (year, rest) = iso.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            (year, month.to_owned(), day)
        }
        _ => return None,
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let is_year = year.len() == 4;
    let (year, month, day) = (number(year)?, number(&month)?, number(day)?);
    is_year.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Returns words as they look at a glance: one kind of space, one kind of hyphen, nothing that does not print.
fn look(words: &str) -> String {
    let seen = words
        .chars()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{200b}'));
    seen.map(|c| match c {
        '\u{2010}' | '\u{2011}' | '–' | '—' | '\u{2212}' => '-',
        c if is_space(c) => ' ',
        c => c,
    })
    .collect::<String>()
    .split(' ')
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" ")
}

/// Returns words in which what looks the same is told by its name.
fn named(words: &str) -> String {
    let mut named = String::new();
    for c in words.trim_matches(' ').chars() {
        let name = NAMES.iter().find(|(named, _)| *named == c);
        match name {
            Some((_, name)) => named.push_str(&format!("[{name}]")),
            None => named.push(c),
        }
    }
    named
}

/// What characters are called that cannot be told from others by eye, in Swedish.
const NAMES: [(char, &str); 9] = [
    (' ', "mellanslag"),
    ('\u{a0}', "hårt mellanslag"),
    ('\u{ad}', "mjukt bindestreck"),
    ('\u{200b}', "brytmöjlighet"),
    ('\u{202f}', "smalt hårt mellanslag"),
    ('\u{2009}', "smalt mellanslag"),
    ('\u{2011}', "hårt bindestreck"),
    ('–', "tankstreck"),
    ('-', "bindestreck"),
];
