//! Redact: makes a public copy, without signature data and personal identity numbers.
//!
//! The agreement is typeset anew from the bundle that it was published as, behind a sheet that says what it
//! is a copy of. Nothing is taken over from the signed file but what its verdict says of who signed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::evidence::EvidenceError;
use super::judge::Judge;
use super::press::Press;
use super::publish::read_bundle;
use super::report::{make_shown, spaced};
use super::typeset::PublicOrder;
use super::{Error, Office, Terms, init};
use crate::agreement::{
    CopyData, CopyId, CopyParty, CopySeat, Party, SEAL_FIELD, SeatId, Sha256, personal_numbers,
    to_canonical_json, without_personal_numbers,
};
use crate::calendar::{swedish_day, swedish_time};
use crate::outside::now;
use crate::register::{CopyState, Inked, Tally};
use crate::store::{read_limited, write_file};
use crate::template::{Bundle, is_text};
use crate::validation::{SignatureVerdict, Verdict, words};

/// Of what a public copy is made.
#[derive(Debug, Clone)]
pub enum Original {
    /// The newest head of a copy.
    Copy(CopyId),
    /// A file that is a known state of a copy.
    File(PathBuf),
}

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Request {
    /// Of what.
    pub original: Original,
    /// The instant, UTC, as of which the original is judged and the copy is made; the present when absent.
    pub at: Option<DateTime<Utc>>,
    /// The file; beside the copies under out/ if not said.
    pub out: Option<PathBuf>,
}

/// A public copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicCopy {
    /// The copy that it was made of.
    pub copy: CopyId,
    /// The original's digest.
    pub original: Sha256,
    /// The file.
    pub path: PathBuf,
    /// The file's digest.
    pub sha256: Sha256,
    /// How many signatures the original has in its seats.
    pub signatures: usize,
}

/// Makes a public copy.
///
/// # Errors
/// [`EvidenceError`] for a file that is no state of a copy and for a text that itself shows a personal
/// identity number; else what the register says.
pub async fn run(office: &Office, request: &Request) -> Result<PublicCopy, Error> {
    let mut store = office
        .read_store()
        .await?
        .ok_or(EvidenceError::EmptyRegister)?;
    let tally = Tally::fold(&store.records.entries(None).await?);
    let (copy, digest) = match &request.original {
        Original::Copy(id) => {
            let copy = tally.copies.get(id).ok_or_else(|| Error::Copy {
                copy: id.clone(),
                problem: "is not in the register",
            })?;
            (copy, copy.head())
        }
        Original::File(path) => {
            let digest = Sha256::of(&read_limited(path, MAX_FILE_BYTES)?);
            let found = tally.copy_with_head(digest);
            let (copy, _) = found.ok_or_else(|| EvidenceError::UnknownFile {
                path: path.clone(),
                digest,
            })?;
            (copy, digest)
        }
    };
    let at = request.at.unwrap_or_else(now);
    let terms = Terms {
        at: Some(at),
        ..Terms::default()
    };
    let judge = Judge::open(Some(office), &terms).await?;
    let bytes = store.documents.get(digest).await?;
    let verdict = judge.judge(&bytes).await?.verdict;
    let agreement = &copy.agreement;
    let version = tally.version(agreement, copy.issued.version);
    let version = version.ok_or_else(|| Error::UnknownVersion {
        agreement: agreement.clone(),
        version: copy.issued.version,
    })?;
    let bundle = read_bundle(&store, &version.published).await?;
    let data: CopyData = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
    let paper: Vec<Inked> = copy.inked.iter().map(|inked| inked.body.clone()).collect();
    let parties = office.parties().unwrap_or_default();
    let subject = Subject {
        bundle: &bundle,
        data: &data,
        paper: &paper,
        parties: &parties,
        verdict: &verdict,
    };
    let order = subject.order(at)?;
    let mut press = Press::public_copies(&office.workshop, &bundle, vec![order])?;
    let finished = press.next().await?.ok_or(Error::Unanswered)?;
    let pdf = finished.parts.into_iter().next().ok_or(Error::Unanswered)?;
    let path = request.out.clone().unwrap_or_else(|| {
        let folder = office.out().join(FOLDER);
        folder.join(file_name(copy))
    });
    write_file(&path, &pdf)?;
    Ok(PublicCopy {
        copy: copy.issued.copy.clone(),
        original: digest,
        path,
        sha256: Sha256::of(&pdf),
        signatures: verdict
            .signatures
            .iter()
            .filter(|signature| signature.signatory.is_some())
            .count(),
    })
}

/// Returns the name of a copy's public copy.
pub(super) fn file_name(copy: &CopyState) -> String {
    let name = &copy.issued.file_name;
    let stem = name.strip_suffix(".pdf").unwrap_or(name);
    format!("{stem}-KOPIA.pdf")
}

/// What a public copy is made of.
pub(super) struct Subject<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) data: &'a CopyData,
    /// What was entered of signatures on paper.
    pub(super) paper: &'a [Inked],
    /// As signatories/ has them today, for the titles of roles.
    pub(super) parties: &'a [Party],
    pub(super) verdict: &'a Verdict,
}

/// A line of the table of signatures; every text is ready.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// The seat, or the seal's field.
    pub(super) place: String,
    pub(super) party: String,
    pub(super) title: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) day: String,
    pub(super) proof: &'static str,
    pub(super) level: &'static str,
    pub(super) judged: &'static str,
    pub(super) counts: &'static str,
}

/// What is attached to a public copy. Fields stand in canonical order.
#[derive(Serialize)]
struct Facts<'a> {
    agreement: &'a str,
    copy: &'a CopyId,
    made_at: String,
    original: OriginalFacts,
    schema: &'static str,
    signatures: &'a [Row],
    text_digest: Sha256,
    version: String,
}

#[derive(Serialize)]
struct OriginalFacts {
    sha256: Sha256,
    size_bytes: usize,
}

impl Subject<'_> {
    /// Returns what is to be typeset.
    pub(super) fn order(&self, at: DateTime<Utc>) -> Result<PublicOrder, Error> {
        self.refuse_personal_numbers()?;
        let rows = self.rows();
        let facts = Facts {
            agreement: self.data.agreement.as_str(),
            copy: &self.data.copy,
            made_at: at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            original: OriginalFacts {
                sha256: self.verdict.sha256,
                size_bytes: self.verdict.size_bytes,
            },
            schema: SCHEMA,
            signatures: &rows,
            text_digest: self.data.text_digest,
            version: self.data.version.to_string(),
        };
        let facts = String::from_utf8_lossy(&to_canonical_json(&facts)?).into_owned();
        Ok(PublicOrder {
            data: self.data.clone(),
            dated: swedish_day(at),
            facts,
            identifier: format!("sigill-kopia:{}:{}", self.data.copy, self.verdict.sha256),
            sheet: self.sheet(&rows, at),
        })
    }

    /// What a text shows in every copy cannot be left out of a public one.
    fn refuse_personal_numbers(&self) -> Result<(), Error> {
        let is_in = |text: &str| !personal_numbers(text).is_empty();
        let parties = self.data.parties.iter();
        let printed = parties.flat_map(|party| party.printed.iter());
        for (field, value) in printed {
            if value.as_str().is_some_and(is_in) {
                return Err(EvidenceError::PersonalNumber {
                    copy: self.data.copy.clone(),
                    place: format!("the printed field {field}"),
                }
                .into());
            }
        }
        for (path, bytes) in self.bundle.files() {
            if is_text(path) && is_in(&String::from_utf8_lossy(bytes)) {
                return Err(EvidenceError::PersonalNumber {
                    copy: self.data.copy.clone(),
                    place: format!("the file {path} of the version"),
                }
                .into());
            }
        }
        Ok(())
    }

    fn sheet(&self, rows: &[Row], at: DateTime<Utc>) -> Value {
        let (agreement, verdict) = (self.bundle.agreement(), self.verdict);
        let day = swedish_day(at);
        let parties: Vec<&str> = self
            .data
            .parties
            .iter()
            .map(CopyParty::legal_name)
            .collect();
        let parties = match parties.as_slice() {
            many if many.len() > MAX_NAMED => format!("{} parter, enligt avtalet", many.len()),
            few => few.join(" och "),
        };
        let (conclusion, meaning) = words::conclusion(verdict.conclusion);
        let fact = |name: &str, value: String, is_digest: bool| json!({ "name": name, "value": value, "is_digest": is_digest });
        let places: BTreeMap<&str, Vec<String>> = rows
            .iter()
            .map(|row| (row.place.as_str(), shown_at(row)))
            .collect();
        let mut sheet = json!({
            "title": format!("Kopia av {}, {}", agreement.name, self.data.copy),
            "coordinator": agreement.coordinator,
            "heading": "Kopia av ett undertecknat avtal",
            "footer": format!("Kopia av {} · framställd {day}", self.data.copy),
            "mark": format!(
                "KOPIA – originalet är den elektroniskt undertecknade filen med kontrollsumma (SHA-256) {}",
                verdict.sha256
            ),
            "explanation": [
                "Det här är en kopia för spridning. Originalet är en elektroniskt undertecknad fil: bara den gäller, och bara i den kan underskrifterna kontrolleras.",
                "Avtalets sidor är desamma som i originalet. Underskrifternas data, certifikat och personnummer är utelämnade; vem som har skrivit under står i tabellen och vid platserna för underskrift.",
            ],
            "facts": [
                fact("Avtal", agreement.name.to_string(), false),
                fact("Version", self.data.version.to_string(), false),
                fact("Exemplar", self.data.copy.to_string(), false),
                fact("Parter", parties, false),
                fact("Originalets kontrollsumma (SHA-256)", verdict.sha256.to_string(), true),
                fact("Originalets storlek", format!("{} byte", spaced(verdict.size_bytes)), false),
                fact("Avtalstextens kontrollsumma (SHA-256)", self.data.text_digest.to_string(), true),
                fact("Kopian framställd", format!("{} svensk tid", swedish_time(at)), false),
            ],
            "signatures": rows,
            "judgement": [format!(
                "Originalet bedömdes {} svensk tid. Slutsats: {}. {meaning}",
                swedish_time(verdict.judged_at),
                conclusion.to_lowercase()
            )],
            "tie": [
                format!("Den som vill se originalet begär det hos {}. Räkna dess kontrollsumma, till exempel med kommandot sha256sum: den ska vara den som står ovan och i marginalen på varje sida.", agreement.coordinator),
                "Samma uppgifter finns för datorer i den bifogade filen kopia.json.".to_owned(),
            ],
            "places": places,
        });
        make_shown(&mut sheet, &init::shared_files());
        sheet
    }

    /// Returns a line for every seat in print order, and one for the seal where there is one.
    pub(super) fn rows(&self) -> Vec<Row> {
        let seats = self.data.seats().map(|(party, seat)| self.row(party, seat));
        let seal = self.verdict.signatures.iter();
        let seal = seal
            .filter(|signature| signature.field == SEAL_FIELD)
            .map(|signature| Row {
                place: SEAL_FIELD.to_owned(),
                party: "Utfärdarens stämpel".to_owned(),
                title: "Visar vem som har gett ut exemplaret; ingen parts underskrift".to_owned(),
                name: name(signature),
                role: String::new(),
                day: day(signature),
                proof: proof(signature),
                level: signature.level.map_or("–", |level| level.as_str()),
                judged: words::conclusion(signature.conclusion).0,
                counts: "",
            });
        seats.chain(seal).collect()
    }

    fn row(&self, party: &CopyParty, seat: &CopySeat) -> Row {
        let of_seat = |signature: &&SignatureVerdict| {
            let signatory = signature.signatory.as_ref();
            signatory.is_some_and(|signatory| signatory.seat == seat.id)
        };
        let counts = |signature: &SignatureVerdict| {
            let signatory = signature.signatory.as_ref();
            signatory.is_some_and(|signatory| signatory.counts)
        };
        let signatures = self.verdict.signatures.iter().filter(of_seat);
        let signature = signatures.max_by_key(|signature| counts(signature));
        let empty = Row {
            place: seat.id.to_string(),
            party: party.legal_name().to_owned(),
            title: seat.title.to_string(),
            name: "Ingen underskrift".to_owned(),
            role: String::new(),
            day: "–".to_owned(),
            proof: "",
            level: "–",
            judged: "–",
            counts: "",
        };
        match (signature, self.on_paper(&seat.id)) {
            (Some(signature), _) => Row {
                name: name(signature),
                role: self.title(party, signature),
                day: day(signature),
                proof: proof(signature),
                level: signature.level.map_or("–", |level| level.as_str()),
                judged: words::conclusion(signature.conclusion).0,
                counts: if counts(signature) {
                    "räknas för platsen"
                } else {
                    "räknas inte för platsen"
                },
                ..empty
            },
            (None, Some(inked)) => Row {
                name: "Undertecknat på papper".to_owned(),
                role: format!("Pappersoriginalet finns hos {}", inked.held_by),
                day: inked.signed_on.to_string(),
                proof: "dagen på papperet",
                judged: "På papper",
                ..empty
            },
            (None, None) => empty,
        }
    }

    fn on_paper(&self, seat: &SeatId) -> Option<&Inked> {
        let is_of = |inked: &&Inked| inked.seats.iter().any(|signed| signed.seat == *seat);
        self.paper.iter().find(is_of)
    }

    /// Returns the title of the role in which somebody signed; empty where it is not known.
    fn title(&self, party: &CopyParty, signature: &SignatureVerdict) -> String {
        let role = signature
            .signatory
            .as_ref()
            .and_then(|signatory| signatory.as_role.as_ref());
        let file = self.parties.iter().find(|file| file.code == party.code);
        let title = role.zip(file).and_then(|(role, file)| {
            let mut signatories = file.signatories.iter();
            signatories.find(|signatory| signatory.role == *role)
        });
        title
            .map(|found| found.title.to_string())
            .unwrap_or_default()
    }
}

/// Returns the words that stand in the place of a signature.
fn shown_at(row: &Row) -> Vec<String> {
    match (row.judged, row.level) {
        ("–", _) => vec!["Ingen underskrift i originalet".to_owned()],
        ("På papper", _) => vec![row.name.clone(), row.day.clone(), row.role.clone()],
        _ if row.place == SEAL_FIELD => {
            vec![row.name.clone(), format!("Elektronisk stämpel {}", row.day)]
        }
        _ => {
            let words = [row.name.as_str(), row.role.as_str(), row.party.as_str()];
            let mut lines: Vec<String> = words
                .into_iter()
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            lines.push(format!("Elektronisk underskrift {}", row.day));
            lines
        }
    }
}

fn name(signature: &SignatureVerdict) -> String {
    let certificate = signature.certificate.as_ref();
    let name = certificate.map(|found| without_personal_numbers(&found.name));
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Namnet är okänt".to_owned())
}

fn day(signature: &SignatureVerdict) -> String {
    let proven = signature.proven_at.filter(|_| signature.is_time_proven);
    match proven.or(signature.claimed_at) {
        Some(at) => swedish_day(at).to_string(),
        None => "–".to_owned(),
    }
}

fn proof(signature: &SignatureVerdict) -> &'static str {
    match (signature.is_time_proven, signature.claimed_at) {
        (true, _) => "bevisat av tidsstämpel",
        (false, Some(_)) => "uppgett, inte bevisat",
        (false, None) => "",
    }
}

/// Name and version of the form of what is attached.
const SCHEMA: &str = "sigill-public-copy-1";
/// The folder under out/.
const FOLDER: &str = "publika-kopior";
/// With more parties than this the sheet counts them.
const MAX_NAMED: usize = 4;
/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
