//! The list of documents: for each, when it was received or drawn up, its diary number, from whom to
//! whom, and what it is. For an authority's own register (offentlighets- och sekretesslagen 5 kap. 2 §).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::super::{Error, Office, sheet};
use super::{gather, words};
use crate::agreement::{AgreementId, Name, PartyCode, Sha256};
use crate::calendar::swedish_day;
use crate::register::{Entry, Event, Minutes, ReceivedPlace, Reissued};

/// A document that an entry names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentLine {
    /// The place of the entry.
    pub seq: u64,
    /// The Swedish day on which it was received or drawn up.
    pub day: NaiveDate,
    /// Whether it came from outside.
    pub way: Direction,
    /// The day that stands on it, where that is another thing.
    pub dated: Option<NaiveDate>,
    /// The diary number, as printed.
    pub diary_number: Option<Name>,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What it is, in Swedish.
    pub description: String,
    /// Its digest.
    pub digest: Sha256,
    /// The place of the entry that corrected the one that names it.
    pub corrected_by: Option<u64>,
    /// The Swedish day on which it was erased.
    pub erased_on: Option<NaiveDate>,
}

/// Where a document came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The office drew it up.
    DrawnUp,
    /// It came from outside.
    Received,
}

impl Direction {
    /// Returns the Swedish word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DrawnUp => "upprättad",
            Self::Received => "inkommen",
        }
    }
}

/// Returns the documents of an agreement, in the order of the entries that name them.
///
/// # Errors
/// As [`run`](super::run).
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    as_of: Option<NaiveDate>,
) -> Result<Vec<DocumentLine>, Error> {
    let Some(gathered) = gather(office, agreement, as_of).await? else {
        return Ok(Vec::new());
    };
    let names: BTreeMap<&PartyCode, &str> = gathered
        .seen
        .iter()
        .flat_map(|(position, _)| position.parties())
        .map(|party| (&party.code, party.name.as_str()))
        .collect();
    let office_name = gathered.seen.first();
    let office_name = office_name.map(|(position, _)| position.coordinator.clone());
    let list = List {
        names,
        office: office_name.unwrap_or_default(),
    };
    let mut lines: Vec<DocumentLine> = Vec::new();
    // Of what concerns the office's parties, only what concerns this agreement's.
    let is_of = |entry: &&Entry| {
        let party = entry.event.party();
        entry.agreement.is_some() || party.is_none_or(|party| list.names.contains_key(party))
    };
    for entry in gathered.entries.iter().filter(is_of) {
        match &entry.event {
            Event::Corrected(corrected) => {
                let named = lines.iter_mut().filter(|line| line.seq == corrected.entry);
                for line in named {
                    line.corrected_by = Some(entry.seq);
                }
                if let Some(instead) = &corrected.instead {
                    list.add(entry, instead, &mut lines);
                }
            }
            Event::Erased(erased) => {
                let named = lines.iter_mut();
                for line in named.filter(|line| erased.documents.contains(&line.digest)) {
                    line.erased_on.get_or_insert(swedish_day(entry.at));
                }
            }
            event => list.add(entry, event, &mut lines),
        }
    }
    Ok(lines)
}

/// Returns the list as CSV; the columns' names are for programs.
///
/// # Errors
/// [`Error::Sheet`], which does not happen for values of these types.
pub fn csv(lines: &[DocumentLine]) -> Result<Vec<u8>, Error> {
    sheet::csv(&rows(lines, |column| column.0))
}

/// Returns the list as a workbook; the columns' names are Swedish.
///
/// # Errors
/// As [`csv`].
pub fn xlsx(lines: &[DocumentLine]) -> Result<Vec<u8>, Error> {
    sheet::xlsx("Handlingar", &rows(lines, |column| column.1))
}

fn rows(
    lines: &[DocumentLine],
    name: fn(&(&'static str, &'static str)) -> &'static str,
) -> Vec<Vec<String>> {
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let header = COLUMNS.iter().map(|column| name(column).to_owned());
    let row = |line: &DocumentLine| {
        let diary_number = line.diary_number.as_ref();
        vec![
            line.seq.to_string(),
            line.day.to_string(),
            line.way.as_str().to_owned(),
            text(line.dated),
            diary_number.map(ToString::to_string).unwrap_or_default(),
            line.from.clone(),
            line.to.clone(),
            line.description.clone(),
            line.digest.to_string(),
            line.corrected_by
                .map(|seq| seq.to_string())
                .unwrap_or_default(),
            text(line.erased_on),
        ]
    };
    let header: Vec<String> = header.collect();
    [header].into_iter().chain(lines.iter().map(row)).collect()
}

/// Who is who.
struct List<'a> {
    names: BTreeMap<&'a PartyCode, &'a str>,
    office: String,
}

impl List<'_> {
    fn name(&self, party: &PartyCode) -> String {
        let name = self.names.get(party);
        name.map_or_else(|| party.to_string(), |name| (*name).to_owned())
    }

    /// Adds the documents that an event names.
    fn add(&self, entry: &Entry, event: &Event, lines: &mut Vec<DocumentLine>) {
        let line = |digest, description: String| DocumentLine {
            seq: entry.seq,
            day: swedish_day(entry.at),
            way: Direction::DrawnUp,
            dated: None,
            diary_number: None,
            from: self.office.clone(),
            to: String::new(),
            description,
            digest,
            corrected_by: None,
            erased_on: None,
        };
        let received = |from: String, digest, description| DocumentLine {
            from,
            to: self.office.clone(),
            way: Direction::Received,
            ..line(digest, description)
        };
        let extract = |from: String, minutes: &Minutes| {
            let digest = minutes.extract?;
            let section = minutes.section.as_ref();
            let section = section.map(|it| format!(" {it}")).unwrap_or_default();
            let body = words::body(minutes.body.as_str());
            let description = format!("protokollsutdrag {body} {}{section}", minutes.met_on);
            Some(DocumentLine {
                dated: Some(minutes.met_on),
                diary_number: minutes.diary_number.clone(),
                ..received(from, digest, description)
            })
        };
        let letter = |party: &PartyCode, dated, digest: Option<Sha256>, what: &str| {
            Some(DocumentLine {
                dated: Some(dated),
                ..received(self.name(party), digest?, what.to_owned())
            })
        };
        match event {
            Event::Authorised(it) => lines.extend(extract(self.name(&it.party), &it.source)),
            Event::Decided(it) => lines.extend(extract(self.name(&it.party), &it.minutes)),
            Event::Recommended(it) => lines.extend(extract(it.by.to_string(), &it.minutes)),
            Event::Declined(it) => {
                lines.extend(letter(&it.party, it.dated, it.document, "brev: avböjer"));
            }
            Event::Retracted(it) => {
                lines.extend(letter(
                    &it.party,
                    it.dated,
                    it.document,
                    "brev: tar tillbaka",
                ));
            }
            Event::Notified(it) => {
                let line = letter(&it.party, it.dated, it.document, "uppsägning");
                lines.extend(line.map(|line| DocumentLine {
                    day: it.received_on,
                    ..line
                }));
            }
            Event::Inked(it) => lines.push(DocumentLine {
                dated: Some(it.signed_on),
                ..received(
                    it.held_by.to_string(),
                    it.scan,
                    format!("skannat pappersoriginal, {}", it.copy),
                )
            }),
            Event::Issued(it) | Event::Reissued(Reissued { issued: it, .. }) => {
                let to: Vec<String> = it.parties.iter().map(|party| self.name(party)).collect();
                let to = match to.as_slice() {
                    [_, _, _, ..] => format!("{} parter", to.len()),
                    few => few.join(", "),
                };
                lines.push(DocumentLine {
                    to,
                    ..line(it.base, format!("exemplar för underskrift, {}", it.copy))
                });
            }
            Event::Published(it) => {
                let description = format!("fastställd avtalstext, version {}", it.version);
                lines.push(line(it.bundle, description));
            }
            Event::Received(it) => {
                let of = it.copy.as_ref().map(ToString::to_string);
                let of = match (of, it.place) {
                    (Some(copy), _) => copy,
                    (None, ReceivedPlace::Foreign | _) => "främmande fil".to_owned(),
                };
                let from: Vec<String> = it
                    .seats
                    .iter()
                    .filter_map(|seat| seat.seat.party().parse().ok())
                    .map(|party| self.name(&party))
                    .collect();
                let mut from = from;
                from.dedup();
                let description = format!("inkommen fil, {of}");
                lines.push(received(from.join(", "), it.file, description));
                lines.push(line(it.verdict, format!("utlåtande om inkommen fil, {of}")));
            }
            Event::Sealed(it) => {
                lines.push(line(
                    it.head_after,
                    format!("exemplar med sigill, {}", it.copy),
                ));
            }
            Event::Signed(it) => {
                let party = it.seat.party().parse().ok();
                let from = party.map(|party: PartyCode| self.name(&party));
                let description = format!("undertecknat exemplar, {} ({})", it.copy, it.seat);
                lines.push(received(
                    from.unwrap_or_default(),
                    it.head_after,
                    description,
                ));
            }
            Event::Extended(it) => {
                let description = format!("exemplar med kompletterade bevis, {}", it.copy);
                lines.push(line(it.head_after, description));
            }
            Event::Answered(it) => lines.extend(
                it.document
                    .map(|digest| received(it.by.to_string(), digest, "remissvar".to_owned())),
            ),
            Event::ConsultationOpened(it) => {
                let description = format!("remissversion av avtalstexten, version {}", it.version);
                lines.push(line(it.bundle, description));
            }
            Event::Lettered(it) => lines.extend(it.to.iter().map(|to| DocumentLine {
                to: self.name(&to.party),
                ..line(
                    to.pdf,
                    format!("{}, version {}", words::letter(it.letter), it.version),
                )
            })),
            Event::Confirmed(_)
            | Event::Considered(_)
            | Event::ConsultationClosed(_)
            | Event::Corrected(_)
            | Event::Erased(_)
            | Event::Opened(_)
            | Event::PartyChanged(_)
            | Event::Relieved(_)
            | Event::Restored(_)
            | Event::Sent(_)
            | Event::Settled(_)
            | Event::Voided(_)
            | Event::Withdrawn(_) => {}
        }
    }
}

/// Names for programs, and in Swedish.
const COLUMNS: [(&str, &str); 11] = [
    ("entry", "Post"),
    ("day", "Datum"),
    ("way", "Inkommen eller upprättad"),
    ("dated", "Daterad"),
    ("diary_number", "Diarienummer"),
    ("from", "Från"),
    ("to", "Till"),
    ("description", "Vad det är"),
    ("sha256", "Kontrollsumma (SHA-256)"),
    ("corrected_by", "Rättad av post"),
    ("erased_on", "Raderad"),
];
