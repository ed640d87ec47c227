//! Evidence: one zip with everything that shows what was agreed, by whom and on what ground.
//!
//! It opens without this program: a page explains it, a list of digests covers every file, and each proof
//! can be checked with common tools. A variant for publication holds public copies instead of originals.

mod copies;
mod error;
mod log;
mod package;
mod page;
mod papers;
mod proofs;
mod texts;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::judge::Judge;
use super::publish::read_bundle;
use super::status::documents::DocumentLine;
use super::{Error, Office, Terms, sheet, status};
use crate::agreement::{
    AgreementId, CopyId, Party, PartyCode, Sha256, VersionNumber, to_canonical_json,
};
use crate::calendar::swedish_day;
use crate::outside::now;
use crate::register::{CopyState, Entry, PublishedVersion, Tally};
use crate::store::{Store, file_size, is_file};
use crate::template::Bundle;

use package::{FileLine, Package};

pub use error::EvidenceError;
pub use package::What;

/// What is to be packed.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its version; the highest with copies if not said.
    pub version: Option<VersionNumber>,
    /// Only what concerns these parties; all if empty.
    pub parties: Vec<PartyCode>,
    /// The file; in out/ under a name with the day if not said.
    pub out: Option<PathBuf>,
    /// Public copies instead of originals, and nothing with personal data.
    pub is_public: bool,
    /// Minutes extracts, letters and scans in the public variant too.
    pub with_extracts: bool,
    /// The words behind commitments: conditions, reasons, names.
    pub with_words: bool,
    /// The instant, UTC, as of which is judged; the present when absent.
    pub at: Option<DateTime<Utc>>,
    /// Whether evidence that a file lacks is asked for, of the machines that the settings name.
    pub may_fetch: bool,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The version.
    pub version: VersionNumber,
    /// Its files, the list of digests left out.
    pub files: Vec<FileLine>,
    /// The copies whose signed file is in it.
    pub copies: Vec<CopyId>,
    /// Documents that entries name and that were erased.
    pub erased: Vec<ErasedDocument>,
    /// Signatures that are judged otherwise now than at receipt.
    pub differences: Vec<Difference>,
    /// Copies in it whose signatures carry a personal identity number.
    pub personal_numbers: Vec<CopyId>,
    /// What was left out on purpose, in Swedish.
    pub left_out: Vec<String>,
}

/// A document that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErasedDocument {
    /// The place of the entry that names it.
    pub entry: u64,
    /// When it was erased, UTC.
    pub erased_at: DateTime<Utc>,
    /// Its digest.
    pub sha256: Sha256,
}

/// A signature that is judged otherwise now than when it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The copy.
    pub copy: CopyId,
    /// The entry of the receipt.
    pub entry: u64,
    /// The signature's field.
    pub field: String,
    /// The conclusion at receipt, in Swedish.
    pub then: String,
    /// When that was, UTC.
    pub then_at: DateTime<Utc>,
    /// The conclusion now, in Swedish.
    pub now: String,
    /// What is found now and was not then, or was then and is not now.
    pub why: Vec<String>,
}

/// What a package is made of.
struct Scope<'a> {
    office: &'a Office,
    request: &'a Request,
    at: DateTime<Utc>,
    bundle: Bundle,
    /// What concerns the agreement, and of the office's own what concerns its parties.
    entries: Vec<Entry>,
    parties: Vec<Party>,
    published: PublishedVersion,
    store: Store,
    tally: Tally,
}

/// Makes a package. `progress` is told how many of how many steps are done.
///
/// # Errors
/// [`EvidenceError::Missing`] for documents that are gone and were not erased: then nothing is written;
/// else what the register or the disk says.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Summary, Error> {
    let mut scope = Scope::open(office, request).await?;
    let path = scope.path();
    if is_file(&path) {
        return Err(EvidenceError::Exists { path }.into());
    }
    let erased = scope.refuse_missing().await?;
    let terms = Terms {
        at: Some(scope.at),
        fetch: request.may_fetch,
        ..Terms::default()
    };
    let judge = Judge::open(Some(office), &terms).await?;
    let mut package = Package::create(&path, !request.is_public, swedish_day(scope.at))?;
    let done = copies::add(&scope, &judge, &mut package, progress).await?;
    let left_out = papers::add(&scope, &mut package).await?;
    texts::add(&scope, &mut package).await?;
    let documents = status::documents::run(office, &request.agreement, None).await?;
    scope.describe(&mut package.files, &documents);
    log::add(&mut scope, &mut package).await?;
    for (file, bytes) in office.folder.trust_files()? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let description = "rotcertifikat som samordnaren litar på";
        let line = FileLine::new(format!("trust/{name}"), What::Anchor, description);
        package.add(line, &bytes)?;
    }
    let seen = status::run(office, &request.agreement, None).await?;
    let means = judge.means();
    let page = page::page(&scope, &seen, &package, &done, &erased, &left_out, &means)?;
    let line = FileLine::new(
        page::NAME,
        What::Explanation,
        "förklarar paketet; börja här",
    );
    package.add(line, page.as_bytes())?;
    let list = list(&package.files)?;
    let line = FileLine::new("handlingar.csv", What::List, "förteckning för diariet");
    package.add(line, &list)?;
    let manifest = Manifest::new(&scope, &package.files, &erased, &left_out).to_json()?;
    let line = FileLine::new("manifest.json", What::List, "förteckning för datorer");
    package.add(line, &manifest)?;
    let files = package.finish()?;
    Ok(Summary {
        size_bytes: file_size(&path).unwrap_or_default(),
        path,
        version: scope.published.published.version,
        files,
        copies: done.copies,
        erased,
        differences: done.differences,
        personal_numbers: done.personal_numbers,
        left_out,
    })
}

impl<'a> Scope<'a> {
    async fn open(office: &'a Office, request: &'a Request) -> Result<Self, Error> {
        let agreement = &request.agreement;
        let store = office.read_store().await?;
        let mut store = store.ok_or(EvidenceError::EmptyRegister)?;
        let all = store.records.entries(None).await?;
        let concerns = |entry: &Entry| {
            let of = entry.agreement.as_ref();
            of.is_none_or(|of| of == agreement)
        };
        let entries: Vec<Entry> = all.into_iter().filter(concerns).collect();
        let tally = Tally::fold(&entries);
        office.require_agreement(agreement, &tally)?;
        let issued = |published: &&PublishedVersion| {
            let version = published.published.version;
            let mut copies = tally.copies.values();
            copies.any(|copy| copy.issued.version == version)
        };
        let published =
            match request.version {
                Some(version) => {
                    tally
                        .version(agreement, version)
                        .ok_or_else(|| Error::UnknownVersion {
                            agreement: agreement.clone(),
                            version,
                        })?
                }
                None => tally.versions.values().rfind(issued).ok_or_else(|| {
                    EvidenceError::NoCopies {
                        agreement: agreement.clone(),
                    }
                })?,
            }
            .clone();
        let bundle = read_bundle(&store, &published.published).await?;
        let is_known = |party: &&PartyCode| {
            let mut listed = bundle.parties().iter();
            !listed.any(|known| known.code == **party)
        };
        if let Some(unknown) = request.parties.iter().find(is_known) {
            return Err(Error::UnknownParty {
                agreement: agreement.clone(),
                party: unknown.clone(),
            });
        }
        let mut scope = Self {
            office,
            request,
            at: request.at.unwrap_or_else(now),
            bundle,
            entries,
            parties: office.parties().unwrap_or_default(),
            published,
            store,
            tally,
        };
        let mut entries = std::mem::take(&mut scope.entries);
        entries.retain(|entry| scope.concerns(entry));
        scope.entries = entries;
        Ok(scope)
    }

    /// Tells whether a party was asked for.
    fn wants(&self, party: &PartyCode) -> bool {
        self.request.parties.is_empty() || self.request.parties.contains(party)
    }

    /// Tells whether an entry concerns the parties asked for.
    fn concerns(&self, entry: &Entry) -> bool {
        let is_listed = |party: &PartyCode| {
            let mut listed = self.bundle.parties().iter();
            listed.any(|known| known.code == *party)
        };
        if let Some(party) = entry.event.party() {
            return is_listed(party) && self.wants(party);
        }
        let copy = entry
            .event
            .copy()
            .and_then(|copy| self.tally.copies.get(copy));
        copy.is_none_or(|copy| copy.issued.parties.iter().any(|party| self.wants(party)))
    }

    /// Returns the version's copies of the parties asked for, in order of their names.
    fn copies(&self) -> impl Iterator<Item = &CopyState> {
        self.tally.copies.values().filter(|copy| {
            copy.agreement == self.request.agreement
                && copy.issued.version == self.published.published.version
                && copy.issued.parties.iter().any(|party| self.wants(party))
        })
    }

    /// Returns where the package goes.
    fn path(&self) -> PathBuf {
        if let Some(out) = &self.request.out {
            return out.clone();
        }
        let parties: String = match self.request.parties.as_slice() {
            [] => String::new(),
            few @ ([_] | [_, _] | [_, _, _]) => {
                few.iter().map(|party| format!("-{party}")).collect()
            }
            many => format!("-{}-parter", many.len()),
        };
        let name = format!(
            "{}-{}-bevispaket{parties}{}-{}.zip",
            self.request.agreement,
            self.published.published.version,
            if self.request.is_public {
                "-publikt"
            } else {
                ""
            },
            swedish_day(self.at),
        );
        self.office.out().join(name)
    }

    /// Tells whether what came from outside, and may hold personal data, is packed.
    fn with_papers(&self) -> bool {
        !self.request.is_public || self.request.with_extracts
    }

    /// Checks that every document that would be packed is there, and returns the erased ones.
    async fn refuse_missing(&self) -> Result<Vec<ErasedDocument>, Error> {
        let mut erased = Vec::new();
        let mut missing = Vec::new();
        for entry in &self.entries {
            let words = entry.event.commitments().into_iter();
            let words = words
                .filter(|_| self.request.with_words)
                .map(|(_, commitment)| commitment.commitment);
            for digest in papers::documents(&entry.event).into_iter().chain(words) {
                if let Some(erased_at) = self.tally.erased_at(digest) {
                    erased.push(ErasedDocument {
                        entry: entry.seq,
                        erased_at,
                        sha256: digest,
                    });
                    continue;
                }
                match self.store.documents.get(digest).await {
                    Ok(_) => {}
                    Err(crate::store::Error::NoDocument { .. }) => {
                        missing.push((digest, entry.seq));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if missing.is_empty() {
            Ok(erased)
        } else {
            Err(EvidenceError::Missing { missing }.into())
        }
    }

    /// Says of each file when it came, from whom, to whom and under what number.
    fn describe(&self, files: &mut [FileLine], documents: &[DocumentLine]) {
        for file in files {
            let of_file = |line: &&DocumentLine| line.digest == file.sha256;
            let same = documents.iter().filter(of_file);
            // The same document may be named twice: the entry says which is meant, else the last one.
            let line = same.max_by_key(|line| (file.entry == Some(line.seq), line.seq));
            if let Some(line) = line {
                file.date = Some(line.day);
                file.entry.get_or_insert(line.seq);
                file.from = Some(line.from.clone()).filter(|from| !from.is_empty());
                file.to = Some(line.to.clone()).filter(|to| !to.is_empty());
                file.diary_number.clone_from(&line.diary_number);
            } else {
                let seq = file.entry;
                let entry = self.entries.iter().find(|entry| seq == Some(entry.seq));
                file.date = entry.map(|entry| swedish_day(entry.at)).or(file.date);
            }
        }
    }
}

/// The package's list for programs. Fields stand in canonical order.
#[derive(Serialize)]
struct Manifest<'a> {
    agreement: &'a AgreementId,
    erased: &'a [ErasedDocument],
    files: &'a [FileLine],
    is_public: bool,
    left_out: &'a [String],
    made_at: String,
    made_with: &'static str,
    parties: &'a [PartyCode],
    schema: &'static str,
    text_digest: Sha256,
    version: VersionNumber,
}

impl<'a> Manifest<'a> {
    fn new(
        scope: &'a Scope<'_>,
        files: &'a [FileLine],
        erased: &'a [ErasedDocument],
        left_out: &'a [String],
    ) -> Self {
        Self {
            agreement: &scope.request.agreement,
            erased,
            files,
            is_public: scope.request.is_public,
            left_out,
            made_at: scope
                .at
                .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            made_with: concat!("sigill ", env!("CARGO_PKG_VERSION")),
            parties: &scope.request.parties,
            schema: SCHEMA,
            text_digest: scope.published.published.text_digest,
            version: scope.published.published.version,
        }
    }

    fn to_json(&self) -> Result<Vec<u8>, Error> {
        Ok(to_canonical_json(self)?)
    }
}

/// Returns the list for an authority's diary (offentlighets- och sekretesslagen 5 kap. 2 §).
fn list(files: &[FileLine]) -> Result<Vec<u8>, Error> {
    let header = [
        "Fil",
        "Datum",
        "Diarienummer",
        "Från",
        "Till",
        "Vad det är",
        "Post i registret",
        "Storlek i byte",
        "Kontrollsumma (SHA-256)",
    ];
    let row = |file: &FileLine| {
        vec![
            file.path.clone(),
            file.date.map(|day| day.to_string()).unwrap_or_default(),
            file.diary_number
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            file.from.clone().unwrap_or_default(),
            file.to.clone().unwrap_or_default(),
            file.description.clone(),
            file.entry.map(|seq| seq.to_string()).unwrap_or_default(),
            file.size_bytes.to_string(),
            file.sha256.to_string(),
        ]
    };
    let header = header.map(str::to_owned).to_vec();
    let rows: Vec<_> = std::iter::once(header)
        .chain(files.iter().map(row))
        .collect();
    sheet::csv(&rows)
}

/// Name and version of the form of the list for programs.
const SCHEMA: &str = "sigill-evidence-1";
