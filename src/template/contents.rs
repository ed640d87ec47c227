//! The contents of a version: its clauses and appendices as their headings name them.

use serde::Serialize;
use typst::syntax::{SyntaxKind, SyntaxNode, ast, parse};

use super::{Bundle, fill};
use crate::agreement::{ClauseId, SourceError};

/// The heading of a clause or an appendix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseHead {
    /// Its label, which stays when its number changes.
    pub id: ClauseId,
    /// Its number as printed, `§ 4`; empty for an appendix, whose title says it.
    pub number: String,
    /// Its title.
    pub title: String,
}

impl std::fmt::Display for ClauseHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.number.as_str() {
            "" => f.write_str(&self.title),
            number => write!(f, "{number} {}", self.title),
        }
    }
}

/// Returns the clauses of a version in the order of its text.
///
/// `folder` is the version's folder as errors name it. Numbers are those that the shipped layout prints:
/// one for each clause, none for what lies in a file named as an appendix.
///
/// # Errors
/// As [`fill`]; and a [`SourceError`] for each clause without a lawful id, or with one that stands twice.
pub fn contents(bundle: &Bundle, folder: &str) -> Result<Vec<ClauseHead>, Vec<SourceError>> {
    let filled = fill(bundle, folder)?;
    let mut heads: Vec<ClauseHead> = Vec::new();
    let mut problems = Vec::new();
    let mut count = 0_usize;
    for path in &bundle.manifest().clauses {
        let text = filled.sources.get(path).map_or("", String::as_str);
        let is_appendix = path.contains("/bilaga-");
        for heading in headings_in(&parse(text)) {
            let problem = |message: String| {
                let (file, line) = filled.origin(path, heading.line);
                SourceError::new(&file, message)
                    .at_line(line)
                    .with_hint(LABEL_HINT)
            };
            let number = if is_appendix {
                String::new()
            } else {
                count = count.saturating_add(1);
                format!("§ {count}")
            };
            let id = match heading.label.as_deref().map(str::parse::<ClauseId>) {
                Some(Ok(id)) => id,
                Some(Err(error)) => {
                    problems.push(problem(error.to_string()));
                    continue;
                }
                None => {
                    problems.push(problem("the clause has no id".to_owned()));
                    continue;
                }
            };
            if heads.iter().any(|head| head.id == id) {
                problems.push(problem(format!("clause id {id} stands twice")));
                continue;
            }
            heads.push(ClauseHead {
                id,
                number,
                title: heading.title,
            });
        }
    }
    if problems.is_empty() {
        Ok(heads)
    } else {
        Err(problems)
    }
}

/// A heading of the first level.
pub(super) struct Heading {
    /// Its label, if it has one.
    pub(super) label: Option<String>,
    /// Its line in the source, counted from 1.
    pub(super) line: usize,
    title: String,
}

/// Returns the headings of the first level with their labels.
pub(super) fn headings_in(root: &SyntaxNode) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut line = 1_usize;
    // The label follows the heading, after white space only.
    let mut awaits_label = false;
    for node in root.children() {
        match node.kind() {
            SyntaxKind::Space | SyntaxKind::Parbreak => {}
            SyntaxKind::Label if awaits_label => {
                awaits_label = false;
                let label = node.cast::<ast::Label<'_>>();
                if let (Some(heading), Some(label)) = (found.last_mut(), label) {
                    heading.label = Some(label.get().to_owned());
                }
            }
            _ => {
                awaits_label = false;
                let heading = node.cast::<ast::Heading<'_>>();
                if let Some(heading) = heading.filter(|heading| heading.depth().get() == 1) {
                    awaits_label = true;
                    found.push(Heading {
                        label: None,
                        line,
                        title: plain(heading.body()),
                    });
                }
            }
        }
        line = line.saturating_add(node.full_text().matches('\n').count());
    }
    found
}

/// Returns the words of a heading.
fn plain(body: ast::Markup<'_>) -> String {
    let words: String = body.exprs().map(words_of).collect();
    words.trim().to_owned()
}

/// Returns the words that an expression prints; of a call those in its content.
fn words_of(expression: ast::Expr<'_>) -> String {
    let within = |body: ast::Markup<'_>| body.exprs().map(words_of).collect();
    match expression {
        ast::Expr::Text(text) => text.get().to_string(),
        ast::Expr::Space(_) | ast::Expr::Linebreak(_) => " ".to_owned(),
        ast::Expr::Shorthand(sign) => sign.get().to_string(),
        ast::Expr::Escape(sign) => sign.get().to_string(),
        ast::Expr::SmartQuote(quote) => if quote.double() { "”" } else { "’" }.to_owned(),
        ast::Expr::Strong(strong) => within(strong.body()),
        ast::Expr::Emph(emphasised) => within(emphasised.body()),
        ast::Expr::ContentBlock(block) => within(block.body()),
        ast::Expr::Raw(raw) => raw.lines().map(|line| line.get().as_str()).collect(),
        ast::Expr::Link(link) => link.get().to_string(),
        ast::Expr::FuncCall(call) => words_of_call(call),
        _ => String::new(),
    }
}

fn words_of_call(call: ast::FuncCall<'_>) -> String {
    let callee = match call.callee() {
        ast::Expr::Ident(name) => name.as_str(),
        _ => "",
    };
    // Its words stand at the foot of the page.
    if callee == "footnote" {
        return String::new();
    }
    let arguments: Vec<ast::Expr<'_>> = call
        .args()
        .items()
        .filter_map(|argument| match argument {
            ast::Arg::Pos(value) => Some(value),
            ast::Arg::Named(_) | ast::Arg::Spread(_) => None,
        })
        .collect();
    match arguments.as_slice() {
        // Without words a link shows its address.
        [ast::Expr::Str(address)] if callee == "link" => address.get().to_string(),
        arguments => arguments.iter().copied().map(words_of).collect(),
    }
}

/// How a clause gets its id.
pub(super) const LABEL_HINT: &str = "write = Syfte <syfte>";
