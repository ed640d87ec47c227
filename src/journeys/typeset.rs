//! Typesetting in a child process: what is asked of it, and both ends of the pipe.
//!
//! The parent sends one [`Order`] and, for a version, its bundle; the child answers each job with
//! one [`Answer`] and its parts, in the order of the jobs.

mod public;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDate;
use fast_qr::convert::Builder as _;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRBuilder;
use serde::{Deserialize, Serialize};

use crate::agreement::{
    Agreement, CopyData, Manifest, PdfProfile, SEAL_FIELD, Sha256, SourceError,
};
use crate::minutes;
use crate::outside::limit_memory;
use crate::pdf::{self, AppearanceFont, Field};
use crate::template::{self, Bundle, Filled};
use crate::typesetting::{self, Diagnostic, Options, Sources, Standard};

pub(super) use public::PublicOrder;

/// What the child is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Typeset letters, each with its own words.
    Letters {
        /// The letters' template.
        template: String,
        /// Its name in messages.
        file: String,
        /// What each letter says.
        contexts: Vec<serde_json::Value>,
        /// The document date.
        dated: NaiveDate,
        /// The template of the letters as plain text and its name, where they are wanted so as well.
        plain: Option<(String, String)>,
    },
    /// Typeset public copies of the version whose bundle follows.
    PublicCopies {
        /// The copies.
        copies: Vec<PublicOrder>,
    },
    /// Take the text out of the PDF that follows: bytes from outside, for whose reading there is no other limit.
    Text,
    /// Typeset copies of the version whose bundle follows.
    Version {
        /// The version's folder in messages; empty for a published one, which is linted no more.
        folder: String,
        /// The copies.
        copies: Vec<CopyOrder>,
        /// Pictures at so many pixels per point instead of PDFs.
        pictures: Option<f64>,
    },
}

/// One copy to typeset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CopyOrder {
    /// What it says.
    pub(super) data: CopyData,
    /// The word stamped over its pages; empty for a binding copy.
    pub(super) stamp: String,
}

/// The child's answer to a job; `parts` frames follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Which job, counted from 0.
    pub(super) job: usize,
    /// What went wrong; empty when nothing did.
    pub(super) errors: Vec<SourceError>,
    /// How many frames follow: one PDF, or one picture per page.
    pub(super) parts: usize,
    /// The digest of the version's body; letters have none.
    pub(super) body_digest: Option<Sha256>,
}

/// Values derived from the copy data, which the layout prints.
#[derive(Serialize)]
struct CopyFile<'a> {
    attach: bool,
    digest: String,
    digest_short: String,
    qr: String,
    qr_text: String,
    seal_field: &'a str,
    stamp: &'a str,
}

/// Returns the data files that one copy's typesetting can read.
pub(super) fn copy_files(
    agreement: &Agreement,
    profile: PdfProfile,
    order: &CopyOrder,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let json = order.data.to_json().map_err(|error| error.to_string())?;
    let digest = Sha256::of(&json);
    let copy = &order.data.copy;
    let qr_text = match &agreement.verify_base {
        Some(base) => format!("{base}/v/{copy}#{digest}"),
        None => format!("sigill:1:{copy}:{digest}"),
    };
    let qr = QRBuilder::new(qr_text.as_str())
        .build()
        .map_err(|error| format!("QR code: {error}"))?;
    let file = CopyFile {
        attach: profile == PdfProfile::A3a,
        digest: digest.to_string(),
        digest_short: digest.short(),
        qr: SvgBuilder::default().margin(0).to_str(&qr),
        qr_text,
        seal_field: SEAL_FIELD,
        stamp: &order.stamp,
    };
    let file = serde_json::to_vec(&file).map_err(|error| error.to_string())?;
    Ok(BTreeMap::from([
        ("avtalsdata.json".to_owned(), json),
        ("copy.json".to_owned(), file),
    ]))
}

/// The child's side: limits its memory, reads an order, answers every job.
///
/// # Errors
/// When the pipe breaks or the order cannot be read.
pub fn child(memory_mib: u64, input: impl Read, output: impl Write + Send) -> std::io::Result<()> {
    limit_memory(memory_mib)?;
    serve(input, output)
}

fn serve(mut input: impl Read, output: impl Write + Send) -> std::io::Result<()> {
    let order: Order = serde_json::from_slice(&read_frame(&mut input)?)?;
    let output = Mutex::new(output);
    match order {
        Order::Letters {
            template,
            file,
            contexts,
            dated,
            plain,
        } => {
            let shared = read_files(&mut input)?;
            answer_all(contexts.len(), &output, None, |job| {
                let context = contexts.get(job).cloned().unwrap_or_default();
                let mut parts = vec![letter(&file, &template, &context, &shared, dated)?];
                if let Some((template, file)) = &plain {
                    let text = template::fill_plain(file, template, &context);
                    parts.push(text.map_err(|error| vec![error])?.into_bytes());
                }
                Ok(parts)
            })
        }
        Order::PublicCopies { copies } => match public::PublicPress::new(read_files(&mut input)?) {
            Ok(press) => answer_all(copies.len(), &output, None, |job| {
                let pdf = copies.get(job).map(|copy| press.pdf(copy));
                pdf.into_iter().collect()
            }),
            Err(errors) => answer_all(1, &output, None, |_| Err(errors.clone())),
        },
        Order::Text => {
            let file = read_frame(&mut input)?;
            let text = serde_json::to_vec(&minutes::pdf_text(file))?;
            answer_all(1, &output, None, |_| Ok(vec![text.clone()]))
        }
        Order::Version {
            folder,
            copies,
            pictures,
        } => {
            let files = read_files(&mut input)?;
            match Press::new(files, &folder) {
                Ok(press) => answer_all(
                    copies.len(),
                    &output,
                    Some(press.filled.body_digest()),
                    |job| match (copies.get(job), pictures) {
                        (Some(copy), Some(scale)) => press.pictures(copy, scale),
                        (Some(copy), None) => press.pdf(copy).map(|pdf| vec![pdf]),
                        (None, _) => Ok(Vec::new()),
                    },
                ),
                Err(errors) => answer_all(1, &output, None, |_| Err(errors.clone())),
            }
        }
    }
}

type Parts = Result<Vec<Vec<u8>>, Vec<SourceError>>;

/// Runs the first job alone, so that what all share is laid out once, then the rest on all cores.
fn answer_all(
    jobs: usize,
    output: &Mutex<impl Write + Send>,
    body_digest: Option<Sha256>,
    work: impl Fn(usize) -> Parts + Sync,
) -> std::io::Result<()> {
    if jobs == 0 {
        return Ok(());
    }
    let finish = |job: usize| answer(output, job, body_digest, work(job));
    finish(0)?;
    let next = AtomicUsize::new(1);
    let cores = std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(MAX_THREADS);
    let turn = || -> std::io::Result<()> {
        loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs {
                return Ok(());
            }
            finish(job)?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..cores.min(jobs)).map(|_| scope.spawn(turn)).collect();
        let mine = turn();
        let others = threads.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(std::io::Error::other("a typesetting thread died")))
        });
        others.fold(mine, std::io::Result::and)
    })
}

/// More threads gain little and each holds a document in memory.
const MAX_THREADS: usize = 4;

fn answer(
    output: &Mutex<impl Write>,
    job: usize,
    body_digest: Option<Sha256>,
    result: Parts,
) -> std::io::Result<()> {
    let (errors, parts) = match result {
        Ok(parts) => (Vec::new(), parts),
        Err(errors) => (errors, Vec::new()),
    };
    let header = serde_json::to_vec(&Answer {
        job,
        errors,
        parts: parts.len(),
        body_digest,
    })?;
    let mut output = output
        .lock()
        .map_err(|_| std::io::Error::other("a typesetting thread died"))?;
    for frame in std::iter::once(&header).chain(&parts) {
        write_frame(&mut *output, frame)?;
    }
    output.flush()
}

/// A version made ready for many copies.
struct Press {
    agreement: Agreement,
    manifest: Manifest,
    filled: Filled,
    font: AppearanceFont,
    sources: Sources,
}

impl Press {
    fn new(files: BTreeMap<String, Vec<u8>>, folder: &str) -> Result<Self, Vec<SourceError>> {
        let one = |message: String| {
            vec![SourceError::new(
                &template::source_name(folder, "version.toml"),
                message,
            )]
        };
        let bundle = Bundle::thaw(files).map_err(|error| one(error.to_string()))?;
        if !folder.is_empty() {
            let problems = template::lint(&bundle, folder);
            if !problems.is_empty() {
                return Err(problems);
            }
        }
        let filled = template::fill(&bundle, folder)?;
        let name = &bundle.manifest().appearance_font;
        let font = bundle
            .files()
            .get(name)
            .ok_or_else(|| one(format!("appearance_font {name:?} is no file of the bundle")))?;
        let font = AppearanceFont::new(font)
            .map_err(|error| one(format!("appearance_font {name:?}: {error}")))?;
        let sources = Sources::new("main.typ", &filled.sources, &fonts(bundle.files()))
            .ok_or_else(|| one("a file's path cannot be used in Typst".to_owned()))?;
        // The files themselves are needed no more.
        Ok(Self {
            agreement: bundle.agreement().clone(),
            manifest: bundle.manifest().clone(),
            filled,
            font,
            sources,
        })
    }

    fn pdf(&self, order: &CopyOrder) -> Result<Vec<u8>, Vec<SourceError>> {
        let data = self.data(order)?;
        let manifest = &self.manifest;
        let identifier = format!("sigill:{}:{}", order.data.copy, order.data.text_digest);
        let standard = match manifest.pdf {
            PdfProfile::A2a => Standard::A2a,
            PdfProfile::A3a => Standard::A3a,
        };
        let options = Options {
            identifier: &identifier,
            dated: manifest.dated,
            standard,
        };
        let typeset = typesetting::pdf(&self.sources, &data, &options)
            .map_err(|found| self.located(&found))?;
        pdf::base_revision(&typeset, &fields(order), &self.font).map_err(|error| {
            let (file, _) = self.filled.origin("party.typ", 1);
            vec![
                SourceError::new(&file, error.to_string())
                    .with_hint("each seat and the seal need their field once"),
            ]
        })
    }

    fn pictures(&self, order: &CopyOrder, scale: f64) -> Parts {
        typesetting::pictures(&self.sources, &self.data(order)?, scale)
            .map_err(|found| self.located(&found))
    }

    fn data(&self, order: &CopyOrder) -> Result<BTreeMap<String, Vec<u8>>, Vec<SourceError>> {
        copy_files(&self.agreement, self.manifest.pdf, order)
            .map_err(|message| vec![SourceError::new(order.data.copy.as_str(), message)])
    }

    /// Returns Typst's diagnostics at the places that a person can mend.
    fn located(&self, found: &[Diagnostic]) -> Vec<SourceError> {
        found
            .iter()
            .map(|diagnostic| locate(diagnostic, |path, line| self.filled.origin(path, line)))
            .collect()
    }
}

fn locate(diagnostic: &Diagnostic, origin: impl Fn(&str, usize) -> (String, usize)) -> SourceError {
    let error = match &diagnostic.place {
        Some((path, line)) => {
            let (file, line) = origin(path, *line);
            SourceError::new(&file, &diagnostic.message).at_line(line)
        }
        None => SourceError::new("typesetting", &diagnostic.message),
    };
    match &diagnostic.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// Returns the fields that a copy must have: one for each seat, and the seal's.
fn fields(order: &CopyOrder) -> Vec<Field> {
    let seats = order.data.seats().map(|(party, seat)| Field {
        name: seat.id.to_string(),
        tooltip: format!("Underskrift: {}, {}", seat.title, party.legal_name()),
    });
    let seal = Field {
        name: SEAL_FIELD.to_owned(),
        tooltip: "Elektronisk stämpel från den som har framställt exemplaret".to_owned(),
    };
    seats.chain(std::iter::once(seal)).collect()
}

fn letter(
    file: &str,
    template: &str,
    context: &serde_json::Value,
    shared: &BTreeMap<String, Vec<u8>>,
    dated: NaiveDate,
) -> Result<Vec<u8>, Vec<SourceError>> {
    let text = template::fill_letter(file, template, context).map_err(|error| vec![error])?;
    let mut sources: BTreeMap<String, String> = shared
        .iter()
        .filter(|(path, _)| path.ends_with(".typ"))
        .map(|(path, bytes)| (path.clone(), String::from_utf8_lossy(bytes).into_owned()))
        .collect();
    sources.insert("main.typ".to_owned(), text.source.clone());
    let sources = Sources::new("main.typ", &sources, &fonts(shared)).ok_or_else(|| {
        vec![SourceError::new(
            file,
            "a file's path cannot be used in Typst",
        )]
    })?;
    let options = Options {
        identifier: file,
        dated,
        standard: Standard::A3a,
    };
    typesetting::pdf(&sources, &BTreeMap::new(), &options).map_err(|found| {
        let origin = |path: &str, line: usize| match path {
            "main.typ" => (file.to_owned(), text.line(line)),
            path if path == LETTERS_LAYOUT => (format!("templates/{path}"), line),
            path => (path.to_owned(), line),
        };
        found
            .iter()
            .map(|diagnostic| locate(diagnostic, origin))
            .collect()
    })
}

/// The look of an office's letters, beside what they share with its agreements.
pub(super) const LETTERS_LAYOUT: &str = "letters/layout.typ";

fn is_font(path: &str) -> bool {
    matches!(
        Path::new(path).extension().and_then(|end| end.to_str()),
        Some("ttf" | "otf")
    )
}

fn fonts(files: &BTreeMap<String, Vec<u8>>) -> Vec<&[u8]> {
    files
        .iter()
        .filter(|(path, _)| is_font(path))
        .map(|(_, bytes)| bytes.as_slice())
        .collect()
}

/// Returns files as frames: a list of their paths, then each one's bytes.
pub(super) fn file_frames(
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<Vec<u8>>, serde_json::Error> {
    let paths: Vec<&String> = files.keys().collect();
    let mut frames = vec![serde_json::to_vec(&paths)?];
    frames.extend(files.values().cloned());
    Ok(frames)
}

fn read_files(input: &mut impl Read) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let paths: Vec<String> = serde_json::from_slice(&read_frame(input)?)?;
    paths
        .into_iter()
        .map(|path| Ok((path, read_frame(input)?)))
        .collect()
}

fn read_frame(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let mut frame = Vec::new();
    input
        .take(u64::from(u32::from_be_bytes(length)))
        .read_to_end(&mut frame)?;
    Ok(frame)
}

fn write_frame(output: &mut impl Write, frame: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(std::io::Error::other)?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(frame)
}
