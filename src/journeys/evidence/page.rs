//! The page that explains a package, in Swedish.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::copies::Done;
use super::package::{Package, What};
use super::{ErasedDocument, Error, Scope};
use crate::agreement::PartyCode;
use crate::calendar::{swedish_day, swedish_time};
use crate::journeys::redact::Row;
use crate::journeys::report::{Means, spaced};
use crate::journeys::status::{PartyLine, Position, words};
use crate::register::{CopyProgress, DecisionState, Event};

/// The page's name in the package.
pub(super) const NAME: &str = "LÄS-MIG.html";

/// Returns the page; `seen` is the agreement's position.
pub(super) fn page(
    scope: &Scope<'_>,
    seen: &[Position],
    package: &Package,
    done: &Done,
    erased: &[ErasedDocument],
    left_out: &[String],
    means: &Means<'_>,
) -> Result<String, Error> {
    let manifest = scope.bundle.manifest();
    let opened = scope.entries.iter().find_map(|entry| match &entry.event {
        Event::Opened(opened) => Some(opened.origin.clone()),
        _ => None,
    });
    let page = Page {
        agreement: scope.bundle.agreement().name.as_str(),
        version: manifest.version.to_string(),
        coordinator: scope.bundle.agreement().coordinator.as_str(),
        made_at: swedish_time(scope.at),
        made_with: concat!("sigill ", env!("CARGO_PKG_VERSION")),
        register: opened.unwrap_or_default(),
        text_digest: scope.published.published.text_digest.to_string(),
        is_public: scope.request.is_public,
        has_receipts: package.files.iter().any(|file| file.what == What::Receipt),
        has_words: scope.request.with_words,
        scope: scope_words(scope),
        anchors: means.anchors,
        anchors_from: means.anchors_from,
        positions: positions(scope, seen),
        copies: done.lines.iter().map(copy).collect(),
        unsigned: done.unsigned.iter().map(ToString::to_string).collect(),
        differences: done.differences.iter().map(Difference::from).collect(),
        erased: erased
            .iter()
            .map(|document| Erased {
                entry: document.entry,
                on: swedish_day(document.erased_at).to_string(),
                sha256: document.sha256.to_string(),
            })
            .collect(),
        left_out,
        files: package
            .files
            .iter()
            .map(|file| FileRow {
                path: file.path.clone(),
                description: file.description.clone(),
                size: spaced(usize::try_from(file.size_bytes).unwrap_or(usize::MAX)),
                sha256: file.sha256.to_string(),
            })
            .collect(),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    // What ends so is escaped as HTML.
    Ok(environment.render_named_str("page.html", TEMPLATE, Value::from(Serde(&page)))?)
}

/// What the template prints; every text is ready.
#[derive(Serialize)]
struct Page<'a> {
    agreement: &'a str,
    version: String,
    coordinator: &'a str,
    made_at: String,
    made_with: &'static str,
    register: String,
    text_digest: String,
    is_public: bool,
    has_receipts: bool,
    has_words: bool,
    scope: String,
    anchors: usize,
    anchors_from: &'a str,
    positions: Vec<PositionPart>,
    copies: Vec<CopyRow<'a>>,
    unsigned: Vec<String>,
    differences: Vec<Difference>,
    erased: Vec<Erased>,
    left_out: &'a [String],
    files: Vec<FileRow>,
}

#[derive(Serialize)]
struct PositionPart {
    form: &'static str,
    binding: Vec<String>,
    recommendations: Vec<String>,
    notices: Vec<String>,
    parties: Vec<PartyRow>,
}

#[derive(Serialize)]
struct PartyRow {
    name: String,
    decisions: Vec<String>,
    seats: Vec<String>,
    state: &'static str,
    missing: String,
    bound_from: String,
}

#[derive(Serialize)]
struct CopyRow<'a> {
    copy: String,
    path: &'a str,
    kind: &'static str,
    is_original: bool,
    original: String,
    rows: &'a [Row],
    received: Vec<String>,
    now: String,
}

#[derive(Serialize)]
struct Difference {
    copy: String,
    field: String,
    then: String,
    then_at: String,
    now: String,
    why: Vec<String>,
}

#[derive(Serialize)]
struct Erased {
    entry: u64,
    on: String,
    sha256: String,
}

#[derive(Serialize)]
struct FileRow {
    path: String,
    description: String,
    size: String,
    sha256: String,
}

impl From<&super::Difference> for Difference {
    fn from(found: &super::Difference) -> Self {
        Self {
            copy: found.copy.to_string(),
            field: found.field.clone(),
            then: found.then.clone(),
            then_at: swedish_time(found.then_at),
            now: found.now.clone(),
            why: found.why.clone(),
        }
    }
}

fn scope_words(scope: &Scope<'_>) -> String {
    let name = |code: &PartyCode| party_name(scope, code);
    match scope.request.parties.as_slice() {
        [] => "alla parter".to_owned(),
        parties => parties.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

fn party_name(scope: &Scope<'_>, code: &PartyCode) -> String {
    let mut listed = scope.bundle.parties().iter();
    let party = listed.find(|party| party.code == *code);
    let name = party.and_then(|party| party.printed.get("legal_name"));
    let name = name.and_then(serde_json::Value::as_str);
    name.unwrap_or(code.as_str()).to_owned()
}

fn copy(line: &super::copies::CopyLine) -> CopyRow<'_> {
    CopyRow {
        copy: line.copy.to_string(),
        path: &line.path,
        kind: match line.what {
            What::Original => "Original",
            What::Branch => "Gren: gäller tillsammans med originalet",
            What::Voided => "Makulerat: gäller inte",
            _ => "Räknas inte: inkommen fil, inte original",
        },
        is_original: line.what == What::Original,
        original: line.original.to_string(),
        rows: &line.rows,
        received: line
            .received
            .iter()
            .map(|(at, conclusion)| format!("{}: {conclusion}", swedish_time(*at)))
            .collect(),
        now: line.conclusion.to_lowercase(),
    }
}

/// Returns what the register says of the parties, form by form.
fn positions(scope: &Scope<'_>, positions: &[Position]) -> Vec<PositionPart> {
    let of_version = |position: &&Position| position.version == scope.published.published.version;
    let shown = positions.iter().filter(of_version);
    shown
        .map(|position| PositionPart {
            form: words::form(position.form),
            binding: position.binding_sentences(),
            recommendations: position.recommendation_sentences(),
            notices: position.notice_sentences(),
            parties: position
                .parties()
                .filter(|party| scope.wants(&party.code))
                .map(party_row)
                .collect(),
        })
        .collect()
}

fn party_row(party: &PartyLine) -> PartyRow {
    let progress = &party.progress;
    PartyRow {
        name: party.name.clone(),
        decisions: progress.decisions.iter().map(decision).collect(),
        seats: seats(party),
        state: words::state(progress.state),
        missing: words::missing(progress).join(", "),
        bound_from: match progress.bound_from {
            Some(day) => day.to_string(),
            None => "–".to_owned(),
        },
    }
}

fn decision(found: &DecisionState) -> String {
    let number = found.decided.minutes.diary_number.as_ref();
    let number = number.map(|it| format!(", dnr {it}")).unwrap_or_default();
    let condition = words::condition(found);
    let condition = condition.map(|it| format!("; {it}")).unwrap_or_default();
    format!(
        "{}{number}: {}{condition}",
        words::citation(found),
        words::outcome(found.decided.outcome)
    )
}

/// A party in many copies has its copies counted.
fn seats(party: &PartyLine) -> Vec<String> {
    let copies = &party.progress.copies;
    if copies.len() > MAX_COPIES {
        let is_signed = |copy: &&CopyProgress| copy.seats.iter().all(|seat| seat.state.counts());
        let signed = copies.iter().filter(is_signed).count();
        return vec![format!(
            "alla sina platser i {signed} av {} exemplar",
            copies.len()
        )];
    }
    let seats = copies.iter().flat_map(|copy| &copy.seats);
    seats
        .map(|seat| format!("{}: {}", seat.seat, words::seat(&seat.state)))
        .collect()
}

/// With more copies than this they are counted.
const MAX_COPIES: usize = 2;
/// The template.
const TEMPLATE: &str = include_str!("page.html");
