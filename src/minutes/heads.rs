//! What the headers, the front page and the notice tell: who met, where, when, and when the minutes were approved and
//! announced.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::body::{self, Body};
use super::dates::dates;
use super::diary;
use super::labels::{ANNOUNCED, APPROVED, MET, after_label, goes_on};
use super::lines::{Cell, Line};
use super::parts::PartKind;
use super::sections::{Section, folded};
use crate::agreement::{OrgNumber, Party, PartyCode};

/// A value and the place in the document of the line that it stands on.
pub(super) type Placed<T> = (T, usize);

/// The lines that tell of the meeting, by their place in the document.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    /// Headers, footers, front pages.
    headers: BTreeSet<usize>,
    /// Notices: who signed the minutes, when they were approved and announced.
    notices: BTreeSet<usize>,
    /// What stands among those who get the extract, after whom a line may tell of the approval.
    recipients: BTreeSet<usize>,
    /// The parties' names, folded: words that a title may have.
    names: Vec<String>,
}

impl Heads {
    /// Returns the lines that tell of the meeting that a § belongs to.
    ///
    /// Where the text holds several meetings, those on the pages of the § alone.
    pub(super) fn of(
        lines: &[Line],
        sections: &[Section],
        chosen: &Section,
        parties: &[Party],
    ) -> Self {
        let first = sections.first().map_or(lines.len(), |first| first.from);
        let all = Self {
            headers: lines
                .iter()
                .enumerate()
                .filter(|(index, line)| {
                    // A meeting's own day at the beginning of a line is a header's, wherever it stands.
                    let tells_meeting = HEADER_BEGINS.is_match(&line.text);
                    (line.is_running || *index < first || tells_meeting) && !line.is_blank()
                })
                .map(|(index, _)| index)
                .collect(),
            notices: of_kind(sections, PartKind::Attestation),
            recipients: of_kind(sections, PartKind::Recipients),
            names: parties.iter().flat_map(names).collect(),
        };
        let days: BTreeSet<NaiveDate> = all
            .met_on(lines, None)
            .into_iter()
            .map(|(day, _)| day)
            .collect();
        let bodies: BTreeSet<Body> = all
            .bodies(lines)
            .into_iter()
            .map(|(body, _)| body)
            .collect();
        let is_one_meeting = days.len() == 1 || (days.is_empty() && bodies.len() <= 1);
        if is_one_meeting {
            return all;
        }
        let page = |index: usize| lines.get(index).map_or(0, |line| line.page);
        let last = chosen
            .parts
            .iter()
            .flat_map(|part| &part.lines)
            .map(|line| line.index)
            .max()
            .unwrap_or(chosen.from);
        let pages = page(chosen.from)..=page(last);
        Self {
            headers: all
                .headers
                .into_iter()
                .filter(|index| pages.contains(&page(*index)))
                .collect(),
            notices: of_kind([chosen], PartKind::Attestation),
            recipients: of_kind([chosen], PartKind::Recipients),
            names: all.names,
        }
    }

    /// Returns the days that the headers give as the meeting's; a day beside another body's name is another meeting's.
    pub(super) fn met_on(&self, lines: &[Line], body: Option<&Body>) -> Vec<Placed<NaiveDate>> {
        let mut found = Vec::new();
        for index in self.headers.iter().chain(&self.notices) {
            let Some(line) = lines.get(*index) else {
                continue;
            };
            if !APPROVED.is_match(&line.text) && !goes_on(lines, *index, &APPROVED) {
                found.extend(after_label(lines, *index, &MET, false));
            }
            if !self.headers.contains(index) {
                continue;
            }
            let cells = line.cells();
            let above = (*index).checked_sub(1).and_then(|above| lines.get(above));
            let above = above.map(Line::cells).unwrap_or_default();
            for cell in &cells {
                let days = dates(&cell.text);
                let [(day, _)] = days.as_slice() else {
                    continue;
                };
                let names_body = |cell: &Cell| {
                    let is_named = !body::bodies(&cell.text).is_empty();
                    (is_named && is_title(&cell.text, &self.names))
                        || MINUTES.contains(&folded(&cell.text).trim())
                };
                // The day alone, beside or under the body's name and under no label.
                let is_alone = is_filler(&without_days(&cell.text));
                let mut over = above
                    .iter()
                    .filter(|over| over.start < cell.end && cell.start < over.end)
                    .peekable();
                let is_under_label = over
                    .peek()
                    .is_some_and(|over| !is_title(&over.text, &self.names));
                let is_beside = cells.iter().any(names_body);
                let is_under = over.any(names_body);
                let is_other = body.is_some_and(|body| {
                    let named = body::bodies(&cell.text);
                    named.iter().any(|(named, _)| !named.agrees_with(body))
                });
                if is_other {
                    continue;
                }
                let is_told = MEETING.is_match(&cell.text) && is_title(&cell.text, &self.names);
                if is_told || (is_alone && !is_under_label && (is_beside || is_under)) {
                    found.push((*day, *index));
                }
            }
        }
        found
    }

    /// Returns the bodies that the headers name.
    pub(super) fn bodies(&self, lines: &[Line]) -> Vec<Placed<Body>> {
        let mut found = Vec::new();
        for index in self.headers.iter().chain(&self.notices) {
            let Some(line) = lines.get(*index) else {
                continue;
            };
            let is_header = self.headers.contains(index);
            for cell in line.cells() {
                let organ = ORGAN.find(&cell.text).map(|found| found.end());
                let text = organ.and_then(|end| cell.text.get(end..));
                let bodies = body::bodies(text.unwrap_or(&cell.text));
                let is_told = organ.is_some() || (is_header && is_title(&cell.text, &self.names));
                if let [(body, _)] = bodies.as_slice()
                    && is_told
                {
                    found.push((body.clone(), *index));
                }
            }
        }
        found
    }

    /// Returns the parties that the headers name; by name before organisation number before address.
    pub(super) fn parties(&self, lines: &[Line], parties: &[Party]) -> Vec<Placed<PartyCode>> {
        let mut named = Vec::new();
        let mut numbered = Vec::new();
        let mut addressed = Vec::new();
        for index in &self.recipients {
            let Some(line) = lines.get(*index) else {
                continue;
            };
            // Nobody is sent an extract by organisation number: it is the footer's.
            numbered.extend(numbered_in(line, parties).map(|code| (code, *index)));
        }
        for index in self.headers.iter().chain(&self.notices) {
            let Some(line) = lines.get(*index) else {
                continue;
            };
            numbered.extend(numbered_in(line, parties).map(|code| (code, *index)));
            for found in ADDRESS.captures_iter(&line.text) {
                let domain = found.name("domain").map_or("", |domain| domain.as_str());
                let owners = parties.iter().filter(|party| is_domain_of(domain, party));
                addressed.extend(owners.map(|party| (party.code.clone(), *index)));
            }
            let whole = folded(&line.text);
            let begins = |party: &&Party| {
                let names = names(party);
                names.iter().any(|name| whole.starts_with(name.as_str()))
            };
            let begun = parties.iter().filter(begins);
            named.extend(begun.map(|party| (party.code.clone(), *index)));
            for cell in line.cells() {
                let text = folded(&cell.text);
                let is_notice = text.contains(" anslagstavla");
                for party in parties {
                    let names = names(party);
                    let is_told = names.iter().any(|name| text.starts_with(name.as_str()))
                        || (names.iter().any(|name| text.contains(name.as_str()))
                            && is_title(&cell.text, &names))
                        // "… på Trollhättans Stads digitala anslagstavla".
                        || (is_notice
                            && names.iter().any(|name| {
                                text.contains(&format!("{}s ", name.trim_end()))
                            }));
                    if is_told {
                        named.push((party.code.clone(), *index));
                    }
                }
            }
        }
        [named, numbered, addressed]
            .into_iter()
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// Returns the diary numbers that the headers label so.
    pub(super) fn diary_numbers(&self, lines: &[Line]) -> Vec<Placed<String>> {
        let lines = self
            .headers
            .iter()
            .filter_map(|index| Some((*index, lines.get(*index)?)));
        let cells =
            lines.flat_map(|(index, line)| line.cells().into_iter().map(move |cell| (index, cell)));
        cells
            .flat_map(|(index, cell)| {
                let numbers = diary::labelled(&cell.text).into_iter();
                numbers.map(move |(number, _)| (number, index))
            })
            .collect()
    }

    /// Returns the days on which the minutes are said to be approved.
    pub(super) fn approved_on(&self, lines: &[Line]) -> Vec<Placed<NaiveDate>> {
        self.days(lines, &APPROVED, &APPROVED_TOLD)
    }

    /// Returns the days on which the approval is said to be announced.
    pub(super) fn announced_on(&self, lines: &[Line]) -> Vec<Placed<NaiveDate>> {
        self.days(lines, &ANNOUNCED, &ANNOUNCED_TOLD)
    }

    fn days(&self, lines: &[Line], label: &Regex, told: &Regex) -> Vec<Placed<NaiveDate>> {
        let mut found = Vec::new();
        let all = self.headers.iter().chain(&self.notices);
        for index in all.chain(&self.recipients) {
            let Some(line) = lines.get(*index) else {
                continue;
            };
            found.extend(after_label(lines, *index, label, true));
            for told in told.find_iter(&line.text) {
                let rest = line.text.get(told.end()..).unwrap_or_default();
                found.extend(
                    dates(rest)
                        .first()
                        .filter(|(_, range)| rest.get(..range.start).is_some_and(is_filler))
                        .map(|(day, _)| (*day, *index)),
                );
            }
        }
        found
    }
}

fn numbered_in(line: &Line, parties: &[Party]) -> impl Iterator<Item = PartyCode> {
    let numbers: Vec<OrgNumber> = ORG_NUMBER
        .find_iter(&line.text)
        .filter_map(|found| found.as_str().parse().ok())
        .collect();
    let owners = parties
        .iter()
        .filter(move |party| numbers.contains(&party.org_number));
    owners.map(|party| party.code.clone())
}

/// Returns a party's names, folded.
pub(super) fn names(party: &Party) -> [String; 2] {
    [
        folded(party.legal_name.as_str()),
        folded(party.styled_name.as_str()),
    ]
}

fn of_kind<'s>(sections: impl IntoIterator<Item = &'s Section>, kind: PartKind) -> BTreeSet<usize> {
    sections
        .into_iter()
        .flat_map(|section| &section.parts)
        .filter(|part| part.kind == kind)
        .flat_map(|part| &part.lines)
        .map(|line| line.index)
        .collect()
}

/// Returns whether a cell is a title: nothing in it but body, day, party and words such as "protokoll".
fn is_title(cell: &str, names: &[String]) -> bool {
    let mut rest = String::new();
    let mut from = 0;
    let bodies = body::bodies(cell).into_iter().map(|(_, range)| range);
    let mut ranges: Vec<_> = bodies
        .chain(dates(cell).into_iter().map(|(_, range)| range))
        .collect();
    ranges.sort_by_key(|range| range.start);
    for range in ranges {
        rest.push_str(cell.get(from..range.start).unwrap_or_default());
        rest.push(' ');
        from = range.end.max(from);
    }
    rest.push_str(cell.get(from..).unwrap_or_default());
    let mut rest = folded(&rest);
    for name in names {
        rest = rest.replace(name.as_str(), " ");
    }
    is_filler(&rest)
}

/// Returns a text without the days in it.
fn without_days(text: &str) -> String {
    let mut rest = String::new();
    let mut from = 0;
    for (_, range) in dates(text) {
        rest.push_str(text.get(from..range.start).unwrap_or_default());
        from = range.end;
    }
    rest.push_str(text.get(from..).unwrap_or_default());
    rest
}

fn is_filler(text: &str) -> bool {
    folded(text)
        .split_whitespace()
        .all(|word| FILLER.contains(&word) || word.chars().all(|found| found.is_ascii_digit()))
}

/// Returns whether a domain is a party's: its short name in letters without marks, under `.se`.
fn is_domain_of(domain: &str, party: &Party) -> bool {
    let plain: String = party
        .short_name
        .as_str()
        .to_lowercase()
        .chars()
        .filter_map(|found| match found {
            'å' | 'ä' => Some('a'),
            'ö' => Some('o'),
            'é' => Some('e'),
            ' ' | '-' => None,
            _ => Some(found),
        })
        .collect();
    let own = domain.to_lowercase().replace('-', "");
    let own = own.trim_start_matches("www.");
    own == format!("{plain}.se") || (plain == "vgr" && own == "vgregion.se")
}

/// What tells a meeting in a title.
static MEETING: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)protokoll|sammanträd|styrelse|nämnd|fullmäktige|utskott|direktion|^\s*möte",
    )
});

static APPROVED_TOLD: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:protokollet|paragrafen|paragraferna|^\s*)\b.{0,20}?\bjustera(?:t|d|de|ts|des)\b(?: (?:och|av) [^.\d]{1,60})?",
    )
});

static ANNOUNCED_TOLD: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:justeringen|protokollet)\b.{0,20}?\b(?:tillkännagavs|tillkännagivits|anslogs|anslagits|publicerades)\b(?: (?:på|genom) [^.\d]{1,60})?|\banslage[tn]\b",
    )
});

static HEADER_BEGINS: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"(?i)^\s*(?:sammanträdes ?datum|sammanträdesdag|mötesdatum|mötesdag)\b")
});

static ORGAN: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^(?:organ|nämnd/styrelse|styrelse/nämnd|nämnd|instans|beslutande organ)\b ?:? ?",
    )
});

static ORG_NUMBER: LazyLock<Regex> = LazyLock::new(|| super::pattern(r"\b2[13]2\d{3}-\d{4}\b"));

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)(?:www\.|@)(?P<domain>[a-zåäö0-9-]{1,40}\.se)\b"));

/// Words of a title that name nothing.
const FILLER: [&str; 44] = [
    "av",
    "dag",
    "den",
    "digitalt",
    "dnr",
    "elektroniskt",
    "extra",
    "för",
    "fredag",
    "fredagen",
    "från",
    "fört",
    "har",
    "i",
    "kl",
    "klockan",
    "lördagen",
    "med",
    "måndag",
    "måndagen",
    "möte",
    "nr",
    "onsdag",
    "onsdagen",
    "ordinarie",
    "organ",
    "protokoll",
    "protokollet",
    "protokollsutdrag",
    "sammanträde",
    "sammanträdesdatum",
    "sammanträdesprotokoll",
    "sid",
    "sida",
    "sidan",
    "sammanträdet",
    "tisdag",
    "tisdagen",
    "torsdag",
    "torsdagen",
    "ur",
    "utdrag",
    "vid",
    "till",
];

/// What a header calls the minutes, beside or over the meeting's day.
const MINUTES: [&str; 2] = ["protokoll", "sammanträdesprotokoll"];
