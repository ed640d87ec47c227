//! Typst source to PDF bytes or page pictures, in a closed world.
//!
//! Takes sources, fonts and a copy's data files as bytes; gives the bytes of one revision, or
//! diagnostics that name a source and a line. There is no clock, no network, no package and no
//! file system behind it: what was not handed in cannot be read. The same input gives the same
//! bytes, on one thread or many. Warnings are errors, because a binding page must not be a guess.

mod world;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Datetime, Smart};
use typst::syntax::DiagSpanKind;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use typst_render::RenderOptions;

pub use world::Sources;

/// The version of Typst that typesets, as entered with each copy.
pub const ENGINE: &str = "typst 0.15.1";

/// What the PDF conforms to besides PDF/UA-1 (ISO 14289-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// PDF/A-2a (ISO 19005-2, level A); attachments are refused.
    A2a,
    /// PDF/A-3a (ISO 19005-3, level A).
    A3a,
}

/// What fixes a PDF besides its text.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// A text that names the document for good; its hash becomes the first half of `/ID`.
    pub identifier: &'a str,
    /// The document's date, entered as 00:00 UTC of that day.
    pub dated: NaiveDate,
    /// What it conforms to.
    pub standard: Standard,
}

/// One thing that Typst found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Source and line (counted from 1), where known.
    pub place: Option<(String, usize)>,
    /// Typst's sentence.
    pub message: String,
    /// Typst's hint, if it has one.
    pub hint: Option<String>,
}

/// Returns the PDF of the sources with a copy's data files.
///
/// # Errors
/// Every [`Diagnostic`], warnings included.
pub fn pdf(
    sources: &Sources,
    data: &BTreeMap<String, Vec<u8>>,
    options: &Options<'_>,
) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let result = compile(sources, data).and_then(|document| {
        let options = pdf_options(options)?;
        typst_pdf::pdf(&document, &options).map_err(|errors| {
            let world = sources.with(data);
            errors
                .iter()
                .map(|error| diagnostic(&world, error))
                .collect()
        })
    });
    forget();
    result
}

/// Returns a PNG picture of each page at the given scale, in pixels per point (1/72 inch).
///
/// # Errors
/// Every [`Diagnostic`], warnings included.
pub fn pictures(
    sources: &Sources,
    data: &BTreeMap<String, Vec<u8>>,
    pixels_per_point: f64,
) -> Result<Vec<Vec<u8>>, Vec<Diagnostic>> {
    let options = RenderOptions {
        pixel_per_pt: pixels_per_point.into(),
        ..RenderOptions::default()
    };
    let result = compile(sources, data).and_then(|document| {
        let pages = document
            .pages()
            .iter()
            .map(|page| typst_render::render(page, &options).encode_png());
        pages
            .collect::<Result<_, _>>()
            .map_err(|error| vec![plain(&error.to_string())])
    });
    forget();
    result
}

fn compile(
    sources: &Sources,
    data: &BTreeMap<String, Vec<u8>>,
) -> Result<PagedDocument, Vec<Diagnostic>> {
    let world = sources.with(data);
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
    let all = |errors: &[SourceDiagnostic]| {
        errors
            .iter()
            .map(|error| diagnostic(&world, error))
            .collect()
    };
    match output {
        Err(errors) => Err(all(&errors)),
        Ok(_) if !warnings.is_empty() => Err(all(&warnings)),
        Ok(document) => Ok(document),
    }
}

/// Keeps what the last two documents shared, so that memory stays flat over thousands of copies.
fn forget() {
    typst::comemo::evict(2);
}

fn pdf_options(options: &Options<'_>) -> Result<PdfOptions, Vec<Diagnostic>> {
    let archival = match options.standard {
        Standard::A2a => PdfStandard::A_2a,
        Standard::A3a => PdfStandard::A_3a,
    };
    let standards = PdfStandards::new(&[archival, PdfStandard::Ua_1])
        .map_err(|error| vec![plain(error.message())])?;
    let day = options.dated;
    let midnight = u8::try_from(day.month())
        .ok()
        .zip(u8::try_from(day.day()).ok())
        .and_then(|(month, date)| Datetime::from_ymd_hms(day.year(), month, date, 0, 0, 0))
        .ok_or_else(|| vec![plain(&format!("{day} is not a date that a PDF can bear"))])?;
    Ok(PdfOptions {
        ident: Smart::Custom(options.identifier.to_owned()),
        creator: Smart::Custom(Some("sigill".to_owned())),
        timestamp: Some(Timestamp::new_utc(midnight)),
        standards,
        ..PdfOptions::default()
    })
}

fn diagnostic(world: &dyn World, found: &SourceDiagnostic) -> Diagnostic {
    // A fault inside a shared function is the caller's to mend: the outermost call in the version's
    // own text is the better place, where there is one.
    let spans =
        std::iter::once(found.span).chain(found.trace.iter().map(|point| point.span.into()));
    let mut places = spans.filter_map(|span| place(world, span));
    let first = places.next();
    let own = |place: &(String, usize)| !place.0.starts_with("shared/");
    let place = match first {
        Some(first) if own(&first) => Some(first),
        first => places.find(own).or(first),
    };
    Diagnostic {
        place,
        message: found.message.to_string(),
        hint: found.hints.first().map(|hint| hint.v.to_string()),
    }
}

fn place(world: &dyn World, span: typst::syntax::DiagSpan) -> Option<(String, usize)> {
    let id = match span.get() {
        DiagSpanKind::Detached => return None,
        DiagSpanKind::Number { id, .. } | DiagSpanKind::Range { id, .. } => id,
    };
    let path = id.vpath().get_without_slash().to_owned();
    let line = world
        .range(span)
        .zip(world.source(id).ok())
        .and_then(|(range, source)| source.lines().byte_to_line(range.start))
        .map_or(1, |line| line.saturating_add(1));
    Some((path, line))
}

fn plain(message: &str) -> Diagnostic {
    Diagnostic {
        place: None,
        message: message.to_owned(),
        hint: None,
    }
}

#[cfg(test)]
mod tests;
