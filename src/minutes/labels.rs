//! Days that labels give: after the label on its line, under it in its column, or beside a label of two lines.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::dates::dates;
use super::heads::Placed;
use super::lines::{Cell, Line};

/// Returns the day that a label gives: after it on its line, or under it in its column.
pub(super) fn after_label(
    lines: &[Line],
    index: usize,
    label: &Regex,
    takes_first: bool,
) -> Option<Placed<NaiveDate>> {
    let line = lines.get(index)?;
    let Some(found) = label.find(&line.text) else {
        let below = goes_on_at(lines, index, label);
        return match below.as_deref() {
            Some([day]) => Some((*day, index)),
            _ => divided_label(lines, index, label),
        };
    };
    let rest = line.text.get(found.end()..)?;
    let rest = OTHER_LABEL
        .find(rest)
        .and_then(|other| rest.get(..other.start()))
        .unwrap_or(rest);
    let days = dates(rest);
    match days.as_slice() {
        [(day, _)] => return Some((*day, index)),
        [(day, _), ..] if takes_first => return Some((*day, index)),
        [] => {}
        _ => return None,
    }
    if !rest.trim_matches([' ', ':', '.']).is_empty() && !takes_below(rest) {
        return None;
    }
    // The label of a page number may stand between: its value is no day.
    let (below_index, below) = lines
        .iter()
        .enumerate()
        .skip(index.saturating_add(1))
        .take(LINES_BELOW)
        .find(|(_, line)| !line.is_blank() && !PAGE_LABEL.is_match(&line.text))?;
    let column = |byte: usize| {
        line.text
            .get(..byte)
            .map_or(0, |before| before.chars().count())
    };
    let (start, end) = (column(found.start()), column(found.end()));
    let cells = below.cells();
    let is_under = |cell: &&Cell| {
        cell.start < end.saturating_add(COLUMN_SLACK)
            && cell.end.saturating_add(COLUMN_SLACK) > start
    };
    let has_one_cell = cells.len() == 1 && line.cells().len() == 1;
    let under: Vec<_> = cells
        .iter()
        .filter(|cell| has_one_cell || is_under(cell))
        .filter(|cell| !OTHER_LABEL.is_match(&cell.text) && !is_labelled(&cell.text))
        .flat_map(|cell| dates(&cell.text))
        .collect();
    match under.as_slice() {
        [(day, _)] => Some((*day, below_index)),
        _ => None,
    }
}

/// Returns whether what follows a label on its line is only more labels, so that the values stand below.
fn takes_below(rest: &str) -> bool {
    rest.split_whitespace().count() <= 3 && !rest.chars().any(|found| found.is_ascii_digit())
}

/// Returns whether a text is labelled itself.
fn is_labelled(text: &str) -> bool {
    [&*MET, &*APPROVED, &*ANNOUNCED]
        .iter()
        .any(|label| label.is_match(text))
}

/// Returns the day beside a label that takes two lines of its column: "Datum då" over "anslaget sätts upp".
fn divided_label(lines: &[Line], index: usize, label: &Regex) -> Option<Placed<NaiveDate>> {
    let cells = lines.get(index)?.cells();
    let below = lines.get(index.saturating_add(1))?.cells();
    for (at, cell) in cells.iter().enumerate() {
        if !DIVIDED.is_match(&cell.text) {
            continue;
        }
        let under = below
            .iter()
            .find(|under| under.start.abs_diff(cell.start) <= COLUMN_SLACK)?;
        let whole = format!("{} {}", cell.text, under.text);
        let Some(found) = label.find(&whole) else {
            continue;
        };
        let own = whole.get(found.end()..).map(dates).unwrap_or_default();
        let beside = cells
            .get(at.saturating_add(1))
            .map(|cell| dates(&cell.text));
        let days = if own.is_empty() {
            beside.unwrap_or_default()
        } else {
            own
        };
        if let [(day, _)] = days.as_slice() {
            return Some((*day, index));
        }
    }
    None
}

/// Returns whether a line's first cell goes on with a label that the line above begins: "Justeringens" over "plats och tid".
pub(super) fn goes_on(lines: &[Line], index: usize, label: &Regex) -> bool {
    goes_on_at(lines, index, label).is_some()
}

fn goes_on_at(lines: &[Line], index: usize, label: &Regex) -> Option<Vec<NaiveDate>> {
    let above = index.checked_sub(1).and_then(|above| lines.get(above))?;
    let cells = lines.get(index)?.cells();
    for over in above.cells() {
        if !DIVIDED.is_match(&over.text) {
            continue;
        }
        let at = cells
            .iter()
            .position(|cell| cell.start.abs_diff(over.start) <= COLUMN_SLACK);
        let Some(cell) = at.and_then(|at| cells.get(at)) else {
            continue;
        };
        let whole = format!("{} {}", over.text, cell.text);
        let Some(found) = label.find(&whole) else {
            continue;
        };
        let own = whole.get(found.end()..).unwrap_or_default();
        let next = at.and_then(|at| cells.get(at.saturating_add(1)));
        let next =
            next.filter(|next| !OTHER_LABEL.is_match(&next.text) && !is_labelled(&next.text));
        let days = [own, next.map_or("", |next| next.text.as_str())]
            .map(dates)
            .concat();
        return Some(days.into_iter().map(|(day, _)| day).collect());
    }
    None
}

static PAGE_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"(?i)^\s*(?:sida|sidan|sid|sidnr|blad|paragraf(?:er)?)\s*:?\s*$")
});

/// Labels of the day of the meeting.
pub(super) static MET: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)(?:\b(?:sammanträdes ?datum|sammanträdes ?dag|sammanträdets datum|sammanträdestid|mötes ?datum|mötesdag|datum för sammanträdet?|plats och tid(?: för (?:sammanträdet|mötet))?|tid och plats(?: för (?:sammanträdet|mötet))?|sammanträdet? den)|(?:^|\s{2})\s*(?:mötes|sammanträdes)?tid(?:punkt)?)\b",
    )
});

/// Labels of the day of the approval.
pub(super) static APPROVED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:justeringens? (?:plats och tid|tid och plats|plats och datum|datum|dag|tid)|(?:plats och (?:tid|dag|datum)|tid och plats|tid|dag|datum) för (?:protokolls)?justering(?:en)?|(?:protokolls)?justerings(?:datum|dag|tid)|justering, (?:plats och tid|datum))\b|(?:^|\s{2})\s*(?:protokolls)?justering(?:\s{2,}|\s?:)",
    )
});

/// Labels of the day of the announcement.
pub(super) static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:datum (?:då|när|för) (?:anslag(?:et)?s?|protokollet|tillkännagivandet|justeringen) (?:sätts upp|sattes upp|satts upp|uppsättande|uppsättning|anslås|anslogs|publiceras|publicerades|publicering|tillkännages|tillkännagavs)|datum för (?:anslag|tillkännagivande|uppsättande|publicering)|anslag(?:et)? (?:sätts upp|sattes upp|har satts upp|uppsatt|uppsattes|publiceras|publicerat)|anslagsdatum|anslagsdag|anslagstid|anslaget? (?:den|från)|anslagsdatum|uppsatt(?: den)?|anslås(?: den| från)?|anslogs(?: den)?|tillkännagivande(?:datum|dag)|tillkännages(?: den| från)?|tillkännagavs(?: den)?|tillkännagivet(?: den)?)\b",
    )
});

/// Labels whose day is another.
static OTHER_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)(?:datum (?:då|när|för)|anslag(?:et)?s?) (?:anslag(?:et)?s? )?(?:tas|togs|nedtag|ned|avpublic|överklag)\p{L}*|nedtag\p{L}*|tas ne[dr]|\bsista dag|förvaring|underskrift|utskrift|utskriv|paragrafer|sekreterare|\bkallelse|\bdatum (?:då|när|för)\b|\bdatum$",
    )
});

static DIVIDED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)(?:^|\s)(?:datum (?:då|när|för)(?: anslag(?:et)?s?)?|justeringens|plats och tid för)$",
    )
});

/// How far a value may stand beside its label's column.
const COLUMN_SLACK: usize = 3;
/// How many lines under a label its value may stand.
const LINES_BELOW: usize = 3;
