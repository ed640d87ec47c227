//! Filling: minijinja renders a version's text once, from data of the agreement alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use minijinja::Environment;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::accord::AccordContext;
use super::bundle::source_name;
use super::lines::{LineMap, mark, unmark};
use super::{Bundle, ListedParty, escape, lint};
use crate::agreement::{
    Agreement, Amended, Binds, DecisionLevels, Form, PartyCode, Relation, Sha256, SourceError,
    Status, Term, VersionNumber,
};

/// A version's text as Typst source, ready to be typeset with any copy's data.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Typst sources by virtual path: `main.typ`, `party.typ`, `clauses/…`, `shared/…`.
    pub sources: BTreeMap<String, String>,
    folder: String,
    lines: BTreeMap<String, LineMap>,
}

impl Filled {
    /// Returns the digest of the body: of every source but the party block, so of all that is the
    /// same in every copy.
    #[must_use]
    pub fn body_digest(&self) -> Sha256 {
        let mut lines = String::from("sigill-body-1\n");
        for (path, text) in self.sources.iter().filter(|(path, _)| *path != "party.typ") {
            lines.push_str(&format!("{path}\0{}\n", Sha256::of(text.as_bytes())));
        }
        Sha256::of(lines.as_bytes())
    }

    /// Returns the file on disk and its line for a line of a source, both counted from 1.
    #[must_use]
    pub fn origin(&self, path: &str, line: usize) -> (String, usize) {
        let line = self
            .lines
            .get(path)
            .map_or(line, |map| map.template_line(line));
        (source_name(&self.folder, path), line)
    }
}

/// Renders a bundle's text.
///
/// `folder` is the version's folder as errors name it. What the clauses may do is checked on the
/// rendered source, so that no condition hides anything.
///
/// # Errors
/// Every [`SourceError`] found: template syntax, undefined value, refused character, too many
/// steps, or a clause that reaches for what it may not read.
pub fn fill(bundle: &Bundle, folder: &str) -> Result<Filled, Vec<SourceError>> {
    let context = context(bundle);
    let mut sources = BTreeMap::new();
    let mut lines = BTreeMap::new();
    let mut errors = Vec::new();
    for (path, bytes) in bundle
        .files()
        .iter()
        .filter(|(path, _)| path.ends_with(".typ"))
    {
        let text = String::from_utf8_lossy(bytes);
        if path.starts_with("shared/") {
            sources.insert(path.clone(), text.into_owned());
            continue;
        }
        match render(&source_name(folder, path), &text, &context) {
            Ok(rendered) => {
                let (text, map) = unmark(&rendered);
                sources.insert(path.clone(), text);
                lines.insert(path.clone(), map);
            }
            Err(error) => errors.push(error),
        }
    }
    let filled = Filled {
        sources,
        folder: folder.to_owned(),
        lines,
    };
    let clauses: BTreeSet<&str> = bundle
        .manifest()
        .clauses
        .iter()
        .map(String::as_str)
        .collect();
    errors.extend(lint::reach(&filled, &clauses));
    if errors.is_empty() {
        Ok(filled)
    } else {
        Err(errors)
    }
}

/// A letter's text as Typst source.
#[derive(Debug, Clone)]
pub struct FilledLetter {
    /// The source.
    pub source: String,
    lines: LineMap,
}

impl FilledLetter {
    /// Returns the template's line for a line of the source, both counted from 1.
    #[must_use]
    pub fn line(&self, line: usize) -> usize {
        self.lines.template_line(line)
    }
}

/// Renders a letter with its own values; `file` is its name in messages.
///
/// # Errors
/// [`SourceError`] as [`fill`].
pub fn fill_letter(
    file: &str,
    template: &str,
    context: &serde_json::Value,
) -> Result<FilledLetter, SourceError> {
    let rendered = render(file, template, &Value::from(Serde(context)))?;
    let (source, lines) = unmark(&rendered);
    Ok(FilledLetter { source, lines })
}

fn render(file: &str, template: &str, context: &Value) -> Result<String, SourceError> {
    render_in(&escape::environment(), file, &mark(template), context)
}

/// Renders a template in an environment; `file` is its name in messages.
pub(super) fn render_in(
    environment: &Environment<'_>,
    file: &str,
    template: &str,
    context: &Value,
) -> Result<String, SourceError> {
    environment
        .render_named_str(file, template, context)
        .map_err(|error| {
            // The innermost cause names the place and the value; outer ones only repeat it.
            let kind = error.kind();
            let message = match (kind, error.detail()) {
                (minijinja::ErrorKind::OutOfFuel, _) => {
                    "the template takes too many steps (an endless loop?)".to_owned()
                }
                (_, Some(detail)) => format!("{kind}: {detail}"),
                (_, None) => kind.to_string(),
            };
            let found = SourceError::new(file, one_line(&message));
            match error.line() {
                Some(line) => found.at_line(line),
                None => found,
            }
        })
}

fn one_line(message: &str) -> String {
    message
        .chars()
        .map(|c| {
            if c.is_control() || ('\u{E000}'..='\u{E001}').contains(&c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

/// What a version's text can print. Party data is not among it, but for the frozen list.
#[derive(Serialize)]
struct Context<'a> {
    accord: Option<AccordContext<'a>>,
    agreement: &'a Agreement,
    amended: Option<&'a Amended>,
    binds: BindsContext<'a>,
    clauses: &'a [String],
    groupings: Vec<GroupingContext<'a>>,
    parties: &'a [ListedParty],
    relation: &'a Option<Relation>,
    term: Option<Term>,
    values: &'a BTreeMap<String, serde_json::Value>,
    version: VersionContext<'a>,
}

#[derive(Serialize)]
struct VersionContext<'a> {
    number: VersionNumber,
    status: Status,
    dated: NaiveDate,
    form: Form,
    decision: &'a DecisionLevels,
}

#[derive(Serialize)]
struct BindsContext<'a> {
    rule: &'static str,
    count: Option<u32>,
    parties: &'a [PartyCode],
}

#[derive(Serialize)]
struct GroupingContext<'a> {
    code: &'a str,
    name: &'a str,
    parties: &'a [&'a ListedParty],
}

fn context(bundle: &Bundle) -> Value {
    let manifest = bundle.manifest();
    let groups = bundle.groupings();
    let (rule, count, parties) = match &manifest.binds {
        Binds::All => ("all", None, [].as_slice()),
        Binds::AtLeast { count } => ("at_least", Some(*count), [].as_slice()),
        Binds::Named { parties } => ("named", None, parties.as_slice()),
        Binds::Pairwise => ("pairwise", None, [].as_slice()),
    };
    Value::from(Serde(Context {
        accord: AccordContext::new(bundle),
        agreement: bundle.agreement(),
        amended: manifest.amended.as_ref(),
        binds: BindsContext {
            rule,
            count,
            parties,
        },
        clauses: &manifest.clauses,
        groupings: groups
            .iter()
            .map(|(group, parties)| GroupingContext {
                code: group.code.as_str(),
                name: group.name.as_str(),
                parties,
            })
            .collect(),
        parties: bundle.parties(),
        relation: &manifest.relation,
        term: manifest.term,
        values: &manifest.values,
        version: VersionContext {
            number: manifest.version,
            status: manifest.status,
            dated: manifest.dated,
            form: manifest.form.kind,
            decision: &manifest.decision,
        },
    }))
}
