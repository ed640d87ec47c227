//! What a version's text may reach for, and mistakes that typesetting would not show.

use std::collections::{BTreeMap, BTreeSet};

use typst::syntax::{LinkedNode, SyntaxKind, SyntaxNode, ast, parse};

use super::bundle::source_name;
use super::contents::{LABEL_HINT, headings_in};
use super::fill::Filled;
use super::{Bundle, fill};
use crate::agreement::{ClausePlace, SourceError};

/// Returns every problem of a version's templates that can be found without typesetting.
///
/// `folder` is the version's folder as errors name it.
#[must_use]
pub fn lint(bundle: &Bundle, folder: &str) -> Vec<SourceError> {
    let mut found = Vec::new();
    for (path, bytes) in bundle.files() {
        if path.ends_with(".typ") && !path.starts_with("shared/") {
            let text = String::from_utf8_lossy(bytes);
            found.extend(misplaced_placeholders(&source_name(folder, path), &text));
        }
    }
    match fill(bundle, folder) {
        Ok(filled) => found.extend(clause_ids(bundle, &filled)),
        Err(errors) => found.extend(errors),
    }
    found
}

/// Tells where each source reaches for more than its place in the version allows.
///
/// Closed world: a clause may use markup, the functions in [`CLAUSE_FUNCTIONS`], what it binds
/// itself and what it imports from `/shared/clauses.typ`. So no clause can read party data, by
/// whatever name, and the body is the same in every copy. `main.typ` may lay out and include;
/// `party.typ` may read the copy's data.
pub(super) fn reach(filled: &Filled, clauses: &BTreeSet<&str>) -> Vec<SourceError> {
    let mut found = Vec::new();
    for (path, text) in &filled.sources {
        if path.starts_with("shared/") && path != CLAUSE_LIBRARY {
            continue;
        }
        let allowed = match path.as_str() {
            "main.typ" => Allowed {
                place: Place::Main,
                more: &["include"],
                imports: &["/shared/layout.typ", "party.typ", "/party.typ"],
            },
            "party.typ" => Allowed {
                place: Place::Party,
                more: &["json"],
                imports: &["/shared/layout.typ"],
            },
            CLAUSE_LIBRARY => Allowed {
                place: Place::Body,
                more: &[],
                imports: &[],
            },
            _ => Allowed {
                place: Place::Body,
                more: &[],
                imports: &["/shared/clauses.typ"],
            },
        };
        let root = parse(text);
        let mut reach = Reach {
            allowed,
            clauses,
            bound: BTreeMap::new(),
            problems: Vec::new(),
        };
        bindings(&LinkedNode::new(&root), &mut reach.bound);
        for (name, offset) in &reach.bound {
            // Bound further down, the name would pass for the file's own where it still is Typst's.
            if REACHING.contains(&name.as_str()) {
                reach.problems.push((
                    *offset,
                    format!("{name} is a name of Typst's own and may not be bound anew"),
                ));
            }
        }
        for module in wildcard_imports(&LinkedNode::new(&root)) {
            if let Some(module) = filled.sources.get(module.trim_start_matches('/')) {
                exports(&parse(module), &mut reach.bound);
            }
        }
        reach.walk(&LinkedNode::new(&root));
        let expected = matches!(path.as_str(), "main.typ" | "party.typ" | CLAUSE_LIBRARY);
        if !expected && !clauses.contains(path.as_str()) {
            reach.problems.push((
                0,
                "the file is not among the clauses of version.toml".to_owned(),
            ));
        }
        for (offset, problem) in reach.problems {
            let (file, line) = filled.origin(path, line_at(text, offset));
            found.push(SourceError::new(&file, problem).at_line(line).with_hint(
                "clauses read agreement data only; what differs between copies belongs in party.typ",
            ));
        }
    }
    found
}

const CLAUSE_LIBRARY: &str = "shared/clauses.typ";

/// What plain clause text may call. None of them reads a file, data, or another place of the document.
const CLAUSE_FUNCTIONS: &[&str] = &[
    "align",
    "auto",
    "block",
    "bottom",
    "box",
    "calc",
    "center",
    "colbreak",
    "columns",
    "emph",
    "em",
    "enum",
    "figure",
    "footnote",
    "grid",
    "h",
    "heading",
    "horizon",
    "image",
    "int",
    "left",
    "length",
    "line",
    "linebreak",
    "link",
    "list",
    "lower",
    "luma",
    "numbering",
    "pad",
    "pagebreak",
    "par",
    "parbreak",
    "quote",
    "range",
    "rect",
    "ref",
    "repeat",
    "rgb",
    "right",
    "smallcaps",
    "smartquote",
    "stack",
    "str",
    "strike",
    "strong",
    "sub",
    "super",
    "table",
    "terms",
    "text",
    "top",
    "underline",
    "upper",
    "v",
];

/// Typst's own names through which data, files or another place of the document can be reached.
const REACHING: &[&str] = &[
    "asset", "bytes", "cbor", "counter", "csv", "datetime", "document", "eval", "here", "include",
    "json", "locate", "metadata", "outline", "pdf", "plugin", "query", "read", "selector", "state",
    "std", "sys", "target", "toml", "xml", "yaml",
];

struct Allowed {
    place: Place,
    more: &'static [&'static str],
    imports: &'static [&'static str],
}

/// What kind of file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Words: the same in every copy whatever the copy's data are.
    Body,
    /// `main.typ`: puts parts in their order, decides nothing.
    Main,
    /// `party.typ`: reads the copy's data.
    Party,
}

/// Fields through which an element tells where it stands or what another part of the document holds.
const TELLING_FIELDS: &[&str] = &[
    "counter", "element", "fields", "location", "page", "position", "target", "value",
];

struct Reach<'a> {
    allowed: Allowed,
    clauses: &'a BTreeSet<&'a str>,
    /// Names that the file binds, and where.
    bound: BTreeMap<String, usize>,
    problems: Vec<(usize, String)>,
}

impl Reach<'_> {
    fn walk(&mut self, node: &LinkedNode<'_>) {
        let text = node.leaf_text();
        match node.kind() {
            SyntaxKind::Contextual => self.refuse(node, "context"),
            SyntaxKind::ModuleInclude if !self.allowed.more.contains(&"include") => {
                self.refuse(node, "include");
            }
            SyntaxKind::ModuleInclude => self.check_include(node),
            SyntaxKind::ModuleImport => self.check_import(node),
            SyntaxKind::FieldAccess => self.check_field(node),
            SyntaxKind::ShowRule => self.check_show(node),
            SyntaxKind::RefMarker if text == "@copy" => self.refuse(node, "@copy"),
            SyntaxKind::Label if text == "<copy>" => self.refuse(node, "<copy>"),
            // main.typ sees the party block's values: what it cannot weigh, it cannot decide by.
            SyntaxKind::Conditional
            | SyntaxKind::ForLoop
            | SyntaxKind::WhileLoop
            | SyntaxKind::Binary
            | SyntaxKind::Closure
                if self.allowed.place == Place::Main =>
            {
                self.refuse(node, node.kind().name());
            }
            SyntaxKind::Ident if is_value_use(node) => {
                let known = self.bound.contains_key(text.as_str())
                    || CLAUSE_FUNCTIONS.contains(&text.as_str())
                    || self.allowed.more.contains(&text.as_str());
                if !known {
                    self.refuse(node, text.as_str());
                }
            }
            // In mathematics `std` opens the whole library.
            SyntaxKind::MathIdent if matches!(text.as_str(), "std" | "sys") => {
                self.refuse(node, text.as_str());
            }
            _ => {}
        }
        for child in node.children() {
            self.walk(&child);
        }
    }

    fn refuse(&mut self, node: &LinkedNode<'_>, what: &str) {
        self.problems
            .push((node.offset(), format!("{what} may not be used here")));
    }

    /// `main.typ` includes clauses that version.toml lists, and nothing else.
    fn check_include(&mut self, node: &LinkedNode<'_>) {
        let path = node
            .children()
            .find_map(|child| child.get().cast::<ast::Str<'_>>());
        let listed =
            path.is_some_and(|path| self.clauses.contains(path.get().trim_start_matches('/')));
        if !listed {
            self.refuse(node, "include of what version.toml does not list");
        }
    }

    fn check_field(&mut self, node: &LinkedNode<'_>) {
        let field = node
            .children()
            .rfind(|child| child.kind() == SyntaxKind::Ident);
        let name = field
            .map(|field| field.leaf_text().to_string())
            .unwrap_or_default();
        let refused = match self.allowed.place {
            Place::Body => TELLING_FIELDS.contains(&name.as_str()),
            Place::Main => name != "with",
            Place::Party => false,
        };
        if refused {
            self.refuse(node, &format!("field {name}"));
        }
    }

    /// A show rule sees every element of the document, those of other parts included.
    fn check_show(&mut self, node: &LinkedNode<'_>) {
        let rule = node.get().cast::<ast::ShowRule<'_>>();
        let lawful = match self.allowed.place {
            Place::Body => false,
            Place::Main => rule.is_some_and(|rule| rule.selector().is_none()),
            Place::Party => true,
        };
        if !lawful {
            self.refuse(node, "show");
        }
    }

    fn check_import(&mut self, node: &LinkedNode<'_>) {
        let has_star = node
            .children()
            .any(|child| child.kind() == SyntaxKind::Star);
        if has_star && self.allowed.place == Place::Main {
            self.refuse(node, "import of everything");
        }
        let from = node
            .children()
            .find(|child| child.kind() == SyntaxKind::Str);
        let path = from.map(|path| path.leaf_text().trim_matches('"').to_owned());
        let allowed = path
            .as_deref()
            .is_some_and(|path| self.allowed.imports.contains(&path));
        if !allowed {
            let named = path.unwrap_or_else(|| "this".to_owned());
            self.refuse(node, &format!("import of {named:?}"));
        }
    }
}

/// Tells whether an identifier reads a variable, unlike a field's or an argument's name.
fn is_value_use(node: &LinkedNode<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return true;
    };
    let is_first = node.index() == 0;
    match parent.kind() {
        SyntaxKind::FieldAccess => is_first,
        SyntaxKind::Named => !is_first,
        SyntaxKind::RenamedImportItem | SyntaxKind::ImportItemPath | SyntaxKind::ImportItems => {
            false
        }
        _ => true,
    }
}

/// Collects the names that a file binds: by let, parameter, loop and import.
fn bindings(node: &LinkedNode<'_>, bound: &mut BTreeMap<String, usize>) {
    let mut bind = |ident: &LinkedNode<'_>| {
        if ident.kind() == SyntaxKind::Ident {
            bound
                .entry(ident.leaf_text().to_string())
                .or_insert(ident.offset());
        }
    };
    match node.kind() {
        // Of `let f(x) = …` the name is within the closure; of `let x = …` it is the second child.
        SyntaxKind::LetBinding
        | SyntaxKind::Closure
        | SyntaxKind::ImportItemPath
        | SyntaxKind::ModuleImport
        | SyntaxKind::RenamedImportItem => {
            if let Some(ident) = node
                .children()
                .find(|child| child.kind() == SyntaxKind::Ident)
            {
                bind(&ident);
            }
        }
        SyntaxKind::ForLoop => node
            .children()
            .take_while(|child| child.kind() != SyntaxKind::In)
            .for_each(|child| bind(&child)),
        SyntaxKind::Params | SyntaxKind::Destructuring => {
            node.children().for_each(|child| bind(&child));
        }
        SyntaxKind::Named
            if matches!(
                node.parent_kind(),
                Some(SyntaxKind::Params | SyntaxKind::Destructuring)
            ) =>
        {
            // A parameter with a default binds its name, a destructured pair what stands after the colon.
            let mut idents = node
                .children()
                .filter(|child| child.kind() == SyntaxKind::Ident);
            let ident = if node.parent_kind() == Some(SyntaxKind::Params) {
                idents.next()
            } else {
                idents.next_back()
            };
            if let Some(ident) = ident {
                bind(&ident);
            }
        }
        SyntaxKind::Spread => node.children().for_each(|child| {
            if matches!(
                node.parent_kind(),
                Some(SyntaxKind::Params | SyntaxKind::Destructuring)
            ) {
                bind(&child);
            }
        }),
        _ => {}
    }
    for child in node.children() {
        bindings(&child, bound);
    }
}

/// Returns the paths from which a file imports everything, `#import "…": *`.
fn wildcard_imports(root: &LinkedNode<'_>) -> Vec<String> {
    let imports = root
        .children()
        .filter(|node| node.kind() == SyntaxKind::ModuleImport);
    imports
        .filter(|node| {
            node.children()
                .any(|child| child.kind() == SyntaxKind::Star)
        })
        .filter_map(|node| {
            node.children()
                .find(|child| child.kind() == SyntaxKind::Str)
        })
        .map(|path| path.leaf_text().trim_matches('"').to_owned())
        .collect()
}

/// Collects the names that a module binds at its top level.
fn exports(root: &SyntaxNode, bound: &mut BTreeMap<String, usize>) {
    let root = LinkedNode::new(root);
    for node in root
        .children()
        .filter(|node| node.kind() == SyntaxKind::LetBinding)
    {
        let closure = node
            .children()
            .find(|child| child.kind() == SyntaxKind::Closure);
        let named = closure.as_ref().unwrap_or(&node);
        if let Some(ident) = named
            .children()
            .find(|child| child.kind() == SyntaxKind::Ident)
        {
            bound.entry(ident.leaf_text().to_string()).or_insert(0);
        }
    }
}

/// Finds placeholders where the rendered value would print wrongly instead of failing.
fn misplaced_placeholders(file: &str, template: &str) -> Vec<SourceError> {
    let mut text = String::new();
    let mut lines = Vec::new();
    let mut rest = template;
    let mut line = 1_usize;
    while let Some(at) = ["{{", "{%", "{#"]
        .iter()
        .filter_map(|open| rest.find(open))
        .min()
    {
        let (literal, after) = rest.split_at(at);
        let closing = match after.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            _ => "#}",
        };
        let end = after
            .find(closing)
            .map_or(after.len(), |at| at.saturating_add(2));
        let (tag, after) = after.split_at(end);
        text.push_str(literal);
        line = line.saturating_add(literal.matches('\n').count());
        if closing == "}}" {
            text.push_str(&sentinel(lines.len()));
            lines.push((line, tag.to_owned()));
        }
        line = line.saturating_add(tag.matches('\n').count());
        rest = after;
    }
    text.push_str(rest);

    let mut found = Vec::new();
    let root = parse(&text);
    leaves(&LinkedNode::new(&root), &mut |leaf| {
        let place = match leaf.kind() {
            SyntaxKind::BlockComment | SyntaxKind::LineComment => "a comment",
            SyntaxKind::Label => "a label",
            SyntaxKind::Link => "a bare address",
            SyntaxKind::RawLang => "raw text",
            SyntaxKind::Text if leaf.parent_kind() == Some(SyntaxKind::Raw) => "raw text",
            SyntaxKind::RefMarker => "a reference",
            SyntaxKind::Str => "quotes",
            _ => return,
        };
        for (index, (line, tag)) in lines.iter().enumerate() {
            if leaf.leaf_text().contains(&sentinel(index)) {
                let message =
                    format!("{tag} stands in {place}, where it would not print its value");
                found.push(SourceError::new(file, message).at_line(*line).with_hint(
                    "in code write {{ value|str }} without quotes; elsewhere move it into running text",
                ));
            }
        }
    });
    found
}

fn sentinel(index: usize) -> String {
    format!("zqx{index}zqx")
}

fn leaves(node: &LinkedNode<'_>, visit: &mut dyn FnMut(&LinkedNode<'_>)) {
    if node.children().len() == 0 {
        visit(node);
    }
    for child in node.children() {
        leaves(&child, visit);
    }
}

/// Checks that every first-level heading of a clause has an id of its own.
fn clause_ids(bundle: &Bundle, filled: &Filled) -> Vec<SourceError> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for Headed {
        id,
        place: ClausePlace { file, line },
    } in headings(bundle, filled)
    {
        let problem = |message: String| {
            SourceError::new(&file, message)
                .at_line(line)
                .with_hint(LABEL_HINT)
        };
        match id {
            None => found.push(problem("the clause has no id".to_owned())),
            Some(id) => {
                if let Some(first) = seen.insert(id.clone(), format!("{file}:{line}")) {
                    found.push(problem(format!(
                        "clause id <{id}> stands already at {first}"
                    )));
                }
            }
        }
    }
    found
}

/// Returns where each clause of a version stands, by its id.
#[must_use]
pub fn clause_places(bundle: &Bundle, filled: &Filled) -> BTreeMap<String, ClausePlace> {
    let headings = headings(bundle, filled).into_iter();
    headings
        .filter_map(|headed| Some((headed.id?, headed.place)))
        .collect()
}

/// A first-level heading of a clause.
struct Headed {
    id: Option<String>,
    place: ClausePlace,
}

fn headings(bundle: &Bundle, filled: &Filled) -> Vec<Headed> {
    let mut found = Vec::new();
    for path in &bundle.manifest().clauses {
        let Some(text) = filled.sources.get(path) else {
            continue;
        };
        for heading in headings_in(&parse(text)) {
            let (file, line) = filled.origin(path, heading.line);
            found.push(Headed {
                id: heading.label,
                place: ClausePlace { file, line },
            });
        }
    }
    found
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .unwrap_or(text)
        .matches('\n')
        .count()
        .saturating_add(1)
}
