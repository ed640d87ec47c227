//! From a version's filled sources to its text: which clauses there are, and what they are numbered.

use std::collections::BTreeMap;

use typst::syntax::{LinkedNode, SyntaxKind, SyntaxNode, ast, parse};

use super::Text;
use super::computed::code_of;
use super::markup::{Printed, Reader};
use super::model::{Block, BlockKind, Clause};
use crate::agreement::{ClauseId, SourceError};
use crate::template::{Bundle, Filled};

/// Reads a version's clauses as text, numbered as they are printed.
///
/// # Errors
/// Every [`SourceError`] found, with file and line: words before a clause's heading, a clause without an id, an
/// id that stands twice, a reference to what is not there.
pub fn read(bundle: &Bundle, filled: &Filled) -> Result<Text, Vec<SourceError>> {
    Ok(read_with_code(bundle, filled)?.0)
}

/// A clause's code: what of it no words tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// What steers its look and prints no words, e.g. the widths of a table's columns.
    pub layout: Vec<String>,
    /// What prints words that only running it would tell.
    pub computed: Vec<String>,
    /// The file it stands in.
    pub path: String,
    /// What its file says before its first clause.
    pub prelude: Vec<String>,
    /// Its own source, without comments.
    pub source: Vec<String>,
}

/// Reads the text, and the code of each clause.
pub(super) fn read_with_code(
    bundle: &Bundle,
    filled: &Filled,
) -> Result<(Text, BTreeMap<ClauseId, Code>), Vec<SourceError>> {
    let files: Vec<SourceFile> = bundle
        .manifest()
        .clauses
        .iter()
        .filter_map(|path| {
            let text = filled.sources.get(path)?;
            Some(SourceFile {
                path,
                text,
                root: parse(text),
            })
        })
        .collect();
    let mut problems = Vec::new();
    let found = find_clauses(&files, filled, &mut problems);
    let printed: BTreeMap<String, Printed> = found
        .iter()
        .flat_map(|clause| {
            clause.labels.iter().map(|label| {
                let printed = Printed {
                    clause: clause.id.clone(),
                    number: clause.number.clone(),
                };
                (label.clone(), printed)
            })
        })
        .collect();
    let mut clauses = Vec::new();
    let mut codes = BTreeMap::new();
    let mut spent = 0;
    for clause in &found {
        let mut reader = Reader::new(&printed, clause.ordinal, &clause.prelude, spent);
        reader.heading(&clause.heading, 1, &clause.number);
        reader.flow(clause.content.iter().cloned());
        let finished = reader.finish();
        spent = finished.spent;
        for (offset, label) in finished.missing {
            let message = format!("the text refers to @{label}, which nothing in it is called");
            problems.push(
                clause
                    .file
                    .problem(filled, offset, message)
                    .with_hint("refer to a clause that is there, or put the clause back"),
            );
        }
        let code = |nodes: &[LinkedNode<'_>]| -> Vec<String> {
            let code = nodes.iter().map(|node| code_of(node.get()));
            code.filter(|code| !code.is_empty()).collect()
        };
        let mut source = vec![code_of(clause.heading.get())];
        source.extend(code(&clause.content));
        codes.insert(
            clause.id.clone(),
            Code {
                layout: finished.layout,
                computed: finished.computed,
                path: clause.file.path.to_owned(),
                prelude: code(&clause.prelude),
                source,
            },
        );
        clauses.push(Clause {
            id: clause.id.clone(),
            number: clause.number.clone(),
            blocks: finished.blocks,
        });
    }
    if problems.is_empty() {
        Ok((Text { clauses }, codes))
    } else {
        Err(problems)
    }
}

impl Clause {
    /// Returns its title: the words of its heading.
    #[must_use]
    pub fn title(&self) -> String {
        let is_heading = |block: &&Block| matches!(block.kind, BlockKind::Heading { level: 1 });
        let heading = self.blocks.iter().find(is_heading);
        heading.map_or_else(String::new, Block::words)
    }
}

impl Block {
    /// Returns its words without their marks.
    #[must_use]
    pub fn words(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

struct SourceFile<'a> {
    path: &'a str,
    text: &'a str,
    root: SyntaxNode,
}

impl SourceFile<'_> {
    fn problem(&self, filled: &Filled, offset: usize, message: String) -> SourceError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        let (file, line) = filled.origin(self.path, line);
        SourceError::new(&file, message).at_line(line)
    }

    /// Tells whether `main.typ` sets it as an appendix, by its name.
    fn is_appendix(&self) -> bool {
        self.path.contains("/bilaga-")
    }
}

/// A clause as it stands in its file.
struct Found<'a> {
    file: &'a SourceFile<'a>,
    id: ClauseId,
    number: String,
    /// Its number among the numbered clauses; `None` for an appendix.
    ordinal: Option<usize>,
    heading: LinkedNode<'a>,
    content: Vec<LinkedNode<'a>>,
    /// What stands in the file before its first heading: imports, names and rules.
    prelude: Vec<LinkedNode<'a>>,
    /// Its id and every other label in it.
    labels: Vec<String>,
}

fn find_clauses<'a>(
    files: &'a [SourceFile<'a>],
    filled: &Filled,
    problems: &mut Vec<SourceError>,
) -> Vec<Found<'a>> {
    let mut found: Vec<Found<'a>> = Vec::new();
    let mut seen: BTreeMap<ClauseId, String> = BTreeMap::new();
    let mut count = 0_usize;
    for file in files {
        let nodes: Vec<LinkedNode<'a>> = LinkedNode::new(&file.root).children().collect();
        let starts: Vec<usize> = (0..nodes.len())
            .filter(|index| nodes.get(*index).is_some_and(is_clause_heading))
            .collect();
        let first = starts.first().copied().unwrap_or(nodes.len());
        let prelude = nodes.get(..first).unwrap_or_default();
        if let Some(words) = prelude.iter().find(|node| prints(node)) {
            let message = "the file has words before a clause's heading".to_owned();
            let problem = file.problem(filled, words.offset(), message);
            problems.push(problem.with_hint("begin with a heading, e.g. = Syfte <syfte>"));
        }
        for (index, start) in starts.iter().enumerate() {
            let after = start.saturating_add(1);
            let end = starts
                .get(index.saturating_add(1))
                .copied()
                .unwrap_or(nodes.len());
            let content = nodes.get(after..end).unwrap_or_default();
            let Some(heading) = nodes.get(*start) else {
                continue;
            };
            let ordinal = (!file.is_appendix()).then(|| {
                count = count.saturating_add(1);
                count
            });
            let number = ordinal.map_or_else(String::new, |n| format!("§\u{a0}{n}"));
            let id = match clause_id(content) {
                Ok(id) => id,
                Err(message) => {
                    let problem = file.problem(filled, heading.offset(), message);
                    problems.push(problem.with_hint("write = Syfte <syfte>"));
                    continue;
                }
            };
            let at = file.problem(filled, heading.offset(), String::new());
            let place = format!("{}:{}", at.file, at.line.unwrap_or_default());
            if let Some(first) = seen.insert(id.clone(), place) {
                let message = format!("clause id {id} stands already at {first}");
                problems.push(file.problem(filled, heading.offset(), message).with_hint(
                    "every clause has an id of its own, which stays when its number changes",
                ));
                continue;
            }
            let mut labels = vec![id.to_string()];
            for node in content {
                collect_labels(node, &mut labels);
            }
            found.push(Found {
                file,
                id,
                number,
                ordinal,
                heading: heading.clone(),
                content: content.to_vec(),
                prelude: prelude.to_vec(),
                labels,
            });
        }
    }
    found
}

fn is_clause_heading(node: &LinkedNode<'_>) -> bool {
    node.cast::<ast::Heading<'_>>()
        .is_some_and(|heading| heading.depth().get() == 1)
}

/// Tells whether a node at the start of a file would print something.
fn prints(node: &LinkedNode<'_>) -> bool {
    !matches!(
        node.kind(),
        SyntaxKind::BlockComment
            | SyntaxKind::Hash
            | SyntaxKind::LetBinding
            | SyntaxKind::LineComment
            | SyntaxKind::ModuleImport
            | SyntaxKind::Parbreak
            | SyntaxKind::Semicolon
            | SyntaxKind::SetRule
            | SyntaxKind::ShowRule
            | SyntaxKind::Space
    )
}

/// Returns the id of the clause whose heading stands before `content`.
fn clause_id(content: &[LinkedNode<'_>]) -> Result<ClauseId, String> {
    let next = content
        .iter()
        .find(|node| !matches!(node.kind(), SyntaxKind::Space));
    let label = next.and_then(|node| node.get().cast::<ast::Label<'_>>());
    let label = label.ok_or_else(|| "the clause has no id".to_owned())?;
    label.get().parse().map_err(|error| format!("{error}"))
}

fn collect_labels(node: &LinkedNode<'_>, labels: &mut Vec<String>) {
    // Within code a label is a target, not a name.
    if let Some(label) = node.get().cast::<ast::Label<'_>>()
        && node.parent_kind() == Some(SyntaxKind::Markup)
    {
        labels.push(label.get().to_owned());
    }
    for child in node.children() {
        collect_labels(&child, labels);
    }
}
