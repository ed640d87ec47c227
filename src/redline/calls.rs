//! Code in a clause: what its calls print, tables above all.

use typst::syntax::{LinkedNode, SyntaxKind, ast};

use super::computed::code_of;
use super::markup::Reader;
use super::model::{BlockKind, Marks};

impl<'a> Reader<'a> {
    /// Reads an expression that stands in markup.
    pub(super) fn code(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        match node.kind() {
            SyntaxKind::Bool | SyntaxKind::Float | SyntaxKind::Int | SyntaxKind::Numeric => {
                self.say(&node.get().full_text(), marks);
            }
            SyntaxKind::Str => {
                if let Some(text) = node.get().cast::<ast::Str<'_>>() {
                    self.say(&text.get(), marks);
                }
            }
            SyntaxKind::Ident => match self.value_of(node.leaf_text()) {
                Some(value) => self.expand(&value, marks),
                None => self.compute(node),
            },
            SyntaxKind::FuncCall => self.call(node, marks),
            SyntaxKind::Array | SyntaxKind::Dict => self.rows(node, marks),
            SyntaxKind::Parenthesized | SyntaxKind::CodeBlock | SyntaxKind::Code => {
                for child in node.children().filter(|child| is_expression(child)) {
                    self.node(&child, marks);
                }
            }
            SyntaxKind::LetBinding => self.binding(node),
            SyntaxKind::ModuleImport => self.steer(node),
            SyntaxKind::SetRule => {
                self.first_number = first_number(node).unwrap_or(self.first_number);
                self.steer(node);
            }
            SyntaxKind::ShowRule => {
                if node
                    .children()
                    .any(|part| part.kind() == SyntaxKind::SetRule)
                {
                    self.steer(node);
                } else {
                    self.compute(node);
                }
            }
            SyntaxKind::None | SyntaxKind::Auto => {}
            _ => match self.field(node) {
                Some(value) => self.expand(&value, marks),
                None => {
                    // What cannot be told without running it: its words, and the code as it stands.
                    self.compute(node);
                    self.words_within(node, marks);
                }
            },
        }
    }

    fn words_within(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        for child in node.children() {
            match child.kind() {
                SyntaxKind::ContentBlock | SyntaxKind::FuncCall | SyntaxKind::Str => {
                    self.node(&child, marks);
                }
                _ => self.words_within(&child, marks),
            }
        }
    }

    fn binding(&mut self, node: &LinkedNode<'a>) {
        let Some(binding) = node.get().cast::<ast::LetBinding<'_>>() else {
            self.compute(node);
            return;
        };
        let name = node
            .children()
            .find(|child| child.kind() == SyntaxKind::Ident);
        let value = node.children().rfind(is_expression);
        let value = value.filter(|value| name.is_some_and(|name| name.offset() != value.offset()));
        for name in binding.kind().bindings() {
            self.bind(name.get(), value.clone(), node.clone());
        }
    }

    fn call(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let Some(call) = Call::of(node) else {
            self.compute(node);
            return;
        };
        if self.bindings.contains_key(&call.name) {
            self.compute(&call.callee);
        }
        match call.name.as_str() {
            "emph" => {
                let emphasised = Marks {
                    emphasised: true,
                    ..marks.clone()
                };
                self.arguments(&call, &emphasised);
            }
            "enum" => {
                let outer = self.next_number.take();
                self.next_number = call.number("start");
                for item in &call.positional {
                    match Call::of(item).filter(|item| item.name == "enum.item") {
                        Some(item) => self.numbered_item(&item, marks),
                        None => self.numbered(None, |reader| reader.node(item, marks)),
                    }
                }
                self.next_number = outer;
                self.steering(&call);
            }
            "enum.item" => self.numbered_item(&call, marks),
            "footnote" => {
                if let Some(content) = call.positional.first() {
                    self.footnote(content);
                }
            }
            "heading" => {
                self.flush();
                let level = call.integer("level").unwrap_or(1).max(2);
                let label = self.clause_number();
                self.begin(BlockKind::Heading { level }, &label);
                self.arguments(&call, marks);
                self.flush();
            }
            "image" | "luma" | "rgb" => self.steer(node),
            "linebreak" => self.line_break(marks),
            "link" => self.link_call(&call, marks),
            "list" => {
                for item in &call.positional {
                    self.item(false, "", |reader| reader.node(item, marks));
                }
                self.steering(&call);
            }
            "numbering" => self.compute(node),
            "number-table" | "party-table" => self.party_rows(&call, marks),
            "parbreak" => self.flush(),
            "ref" => {
                if let Some(label) = call.positional.first().and_then(label_of) {
                    self.refer(&label, node.offset(), marks, None);
                }
            }
            "str" => {
                for value in &call.positional {
                    self.node(value, marks);
                }
            }
            "strong" => {
                let strong = Marks {
                    strong: true,
                    ..marks.clone()
                };
                self.arguments(&call, &strong);
            }
            "table" | "grid" => self.table(&call, marks),
            name if STYLING.contains(&name) => {
                self.note(name);
                self.steering(&call);
                self.arguments(&call, marks);
            }
            _ => {
                self.compute(&call.callee);
                let is_literal = |value: &LinkedNode<'_>| {
                    matches!(
                        value.kind(),
                        SyntaxKind::Bool
                            | SyntaxKind::Float
                            | SyntaxKind::Int
                            | SyntaxKind::Numeric
                    )
                };
                for value in call.positional.iter().filter(|value| is_literal(value)) {
                    self.compute(value);
                }
                for (name, value) in &call.named {
                    if !is_printed(name, value) {
                        self.computed.push(format!("{name}:"));
                        self.compute(value);
                    }
                }
                self.arguments(&call, marks);
            }
        }
    }

    fn numbered_item(&mut self, call: &Call<'a>, marks: &Marks) {
        let (number, content) = match call.positional.as_slice() {
            [content] => (None, content),
            [number, content, ..] => (whole_number(number), content),
            [] => return,
        };
        self.numbered(number, |reader| reader.node(content, marks));
    }

    /// Reads what is handed to a call in order: content and words are said, lists of values are rows.
    fn arguments(&mut self, call: &Call<'a>, marks: &Marks) {
        let last = call.positional.len().saturating_sub(1);
        for (index, value) in call.positional.iter().enumerate() {
            // What comes before the content says how it looks, and a length prints nothing.
            let name = call.name.as_str();
            let is_content =
                !SPACING.contains(&name) && (index == last || !STYLING.contains(&name));
            match value.kind() {
                SyntaxKind::ContentBlock | SyntaxKind::FuncCall | SyntaxKind::Str => {
                    self.node(value, marks);
                }
                // A function of the clause's own was told with these.
                SyntaxKind::Bool | SyntaxKind::Float | SyntaxKind::Int | SyntaxKind::Numeric => {
                    if STYLING.contains(&name) {
                        self.steer(value);
                    }
                }
                _ if is_content => self.node(value, marks),
                _ => self.steer(value),
            }
        }
        for (name, value) in &call.named {
            if is_printed(name, value) {
                self.flush();
                self.node(value, marks);
                self.flush();
            }
        }
    }

    /// Notes the named arguments, which steer the look.
    pub(super) fn steering(&mut self, call: &Call<'a>) {
        for (name, value) in &call.named {
            if !is_printed(name, value) {
                self.note(&format!("{}({name}: {})", call.name, code_of(value.get())));
                self.steer_names(value);
            }
        }
    }

    fn link_call(&mut self, call: &Call<'a>, marks: &Marks) {
        let Some(target) = call.positional.first() else {
            return;
        };
        let words = call.positional.get(1);
        if let Some(address) = target.get().cast::<ast::Str<'_>>() {
            self.link(address.get().to_string(), words, marks);
        } else if let (Some(label), Some(words)) = (label_of(target), words) {
            self.refer_with(&label, words, marks);
        } else {
            self.steer(target);
            if let Some(words) = words {
                self.node(words, marks);
            }
        }
    }
}

/// A call taken apart.
pub(super) struct Call<'a> {
    pub(super) name: String,
    pub(super) callee: LinkedNode<'a>,
    pub(super) positional: Vec<LinkedNode<'a>>,
    pub(super) named: Vec<(String, LinkedNode<'a>)>,
}

impl<'a> Call<'a> {
    pub(super) fn of(node: &LinkedNode<'a>) -> Option<Self> {
        if node.kind() != SyntaxKind::FuncCall {
            return None;
        }
        let mut children = node.children();
        let callee = children.next()?;
        let name = callee.get().full_text().to_string();
        let arguments = children.find(|child| child.kind() == SyntaxKind::Args)?;
        let mut positional = Vec::new();
        let mut named = Vec::new();
        for argument in arguments.children() {
            if argument.kind() == SyntaxKind::Named {
                let key = argument.children().next();
                let value = argument.children().rfind(is_expression);
                if let (Some(key), Some(value)) = (key, value) {
                    named.push((key.leaf_text().to_string(), value));
                }
            } else if is_expression(&argument) || argument.kind() == SyntaxKind::Spread {
                positional.push(argument);
            }
        }
        Some(Self {
            name,
            callee,
            positional,
            named,
        })
    }

    fn named(&self, name: &str) -> Option<&LinkedNode<'a>> {
        let found = self.named.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    pub(super) fn integer(&self, name: &str) -> Option<u8> {
        let value = self.named(name)?.get().cast::<ast::Int<'_>>()?;
        u8::try_from(value.get()).ok()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        whole_number(self.named(name)?)
    }

    /// Returns how many columns a table has.
    pub(super) fn columns(&self) -> usize {
        let Some(columns) = self.named("columns") else {
            return 1;
        };
        match columns.kind() {
            SyntaxKind::Int => usize::from(self.integer("columns").unwrap_or(1)),
            SyntaxKind::Array => columns.children().filter(is_expression).count(),
            _ => 1,
        }
    }
}

fn whole_number(node: &LinkedNode<'_>) -> Option<u64> {
    let number = node.get().cast::<ast::Int<'_>>()?;
    u64::try_from(number.get()).ok()
}

/// Returns the number with which a rule lets numbered lists begin.
fn first_number(rule: &LinkedNode<'_>) -> Option<u64> {
    let is_of_lists = rule.children().any(|child| child.leaf_text() == "enum");
    let arguments = rule
        .children()
        .find(|child| child.kind() == SyntaxKind::Args)
        .filter(|_| is_of_lists)?;
    let mut named = arguments.children().filter_map(|argument| {
        let is_start = argument.get().cast::<ast::Named<'_>>()?.name().as_str() == "start";
        is_start.then(|| argument.children().last()).flatten()
    });
    named.next().as_ref().and_then(whole_number)
}

fn label_of(node: &LinkedNode<'_>) -> Option<String> {
    let label = node.get().cast::<ast::Label<'_>>()?;
    Some(label.get().to_owned())
}

/// Tells whether a named argument is printed: content, and what every function prints that takes it.
fn is_printed(name: &str, value: &LinkedNode<'_>) -> bool {
    value.kind() == SyntaxKind::ContentBlock || PRINTED.contains(&name)
}

pub(super) fn is_expression(node: &LinkedNode<'_>) -> bool {
    node.get().cast::<ast::Expr<'_>>().is_some()
        && !matches!(
            node.kind(),
            SyntaxKind::BlockComment
                | SyntaxKind::LineComment
                | SyntaxKind::Parbreak
                | SyntaxKind::Space
        )
}

/// The named arguments that are printed.
const PRINTED: [&str; 3] = ["attribution", "body", "caption"];
/// The functions that print nothing of what they are handed.
const SPACING: [&str; 4] = ["colbreak", "h", "pagebreak", "v"];
/// The functions that print what they are handed and nothing else.
const STYLING: [&str; 34] = [
    "align",
    "block",
    "box",
    "circle",
    "colbreak",
    "columns",
    "ellipse",
    "figure",
    "figure.caption",
    "h",
    "hide",
    "highlight",
    "lower",
    "move",
    "overline",
    "pad",
    "page",
    "pagebreak",
    "par",
    "place",
    "quote",
    "rect",
    "repeat",
    "rotate",
    "smallcaps",
    "square",
    "stack",
    "strike",
    "sub",
    "super",
    "text",
    "underline",
    "upper",
    "v",
];
