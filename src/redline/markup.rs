//! From one clause's markup to its blocks and runs, as they are printed.

use std::collections::{BTreeMap, BTreeSet};

use typst::syntax::{LinkedNode, SyntaxKind, ast};

use super::model::{Block, BlockKind, Marks, Run};
use super::views::push_words;
use crate::agreement::ClauseId;

/// What a reference to a label prints.
#[derive(Debug, Clone)]
pub(super) struct Printed {
    /// The clause in which the label stands.
    pub(super) clause: ClauseId,
    /// That clause's number as printed.
    pub(super) number: String,
}

/// Reads the nodes of a clause one after the other.
pub(super) struct Reader<'a> {
    printed: &'a BTreeMap<String, Printed>,
    ordinal: Option<usize>,
    names: BTreeMap<String, LinkedNode<'a>>,
    blocks: Vec<Block>,
    open: Option<Block>,
    /// The cell that is being read: whatever stands in it is of its kind.
    pub(super) cell: Option<BlockKind>,
    footnotes: Vec<LinkedNode<'a>>,
    pub(super) layout: Vec<String>,
    /// What prints words that are not told.
    pub(super) computed: Vec<String>,
    /// Every binding of each name, functions among them.
    pub(super) bindings: BTreeMap<String, Vec<LinkedNode<'a>>>,
    /// The bindings that are among `computed`, by their offsets.
    pub(super) told_computed: BTreeSet<usize>,
    /// The bindings that are among `layout`, by their offsets.
    pub(super) told_steering: BTreeSet<usize>,
    missing: Vec<(usize, String)>,
    pub(super) tables: usize,
    /// How many names stand for what is being read.
    pub(super) expanding: usize,
    /// How much was read through names, in this clause and those before it.
    pub(super) spent: usize,
    depth: u8,
    numbered_depth: u8,
    /// The number of the next item of the list that is being read.
    pub(super) next_number: Option<u64>,
    /// The number that lists begin with.
    pub(super) first_number: u64,
    pub(super) nesting: usize,
}

/// A clause as it was read.
pub(super) struct Finished {
    /// What it says.
    pub(super) blocks: Vec<Block>,
    /// What steers its look.
    pub(super) layout: Vec<String>,
    /// What prints words that are not told.
    pub(super) computed: Vec<String>,
    /// The references that lead nowhere, with their offsets.
    pub(super) missing: Vec<(usize, String)>,
    /// How much was read through names.
    pub(super) spent: usize,
}

impl<'a> Reader<'a> {
    /// Begins a clause; `prelude` is what its file says before the first heading, `spent` how much was read
    /// through names before it.
    pub(super) fn new(
        printed: &'a BTreeMap<String, Printed>,
        ordinal: Option<usize>,
        prelude: &[LinkedNode<'a>],
        spent: usize,
    ) -> Self {
        let mut reader = Self {
            printed,
            ordinal,
            names: BTreeMap::new(),
            blocks: Vec::new(),
            open: None,
            cell: None,
            footnotes: Vec::new(),
            layout: Vec::new(),
            computed: Vec::new(),
            bindings: BTreeMap::new(),
            told_computed: BTreeSet::new(),
            told_steering: BTreeSet::new(),
            missing: Vec::new(),
            tables: 0,
            expanding: 0,
            spent,
            depth: 0,
            numbered_depth: 0,
            next_number: None,
            first_number: 1,
            nesting: 0,
        };
        for node in prelude {
            reader.node(node, &Marks::default());
        }
        reader
    }

    /// Reads a heading.
    pub(super) fn heading(&mut self, node: &LinkedNode<'a>, level: u8, label: &str) {
        self.flush();
        self.begin(BlockKind::Heading { level }, label);
        self.body(node, &Marks::default());
        self.flush();
    }

    /// Reads nodes that stand beside each other, and ends the paragraph.
    pub(super) fn flow(&mut self, nodes: impl Iterator<Item = LinkedNode<'a>>) {
        self.siblings(nodes, &Marks::default());
        self.flush();
    }

    /// Returns what was read.
    pub(super) fn finish(mut self) -> Finished {
        self.flush();
        Finished {
            blocks: self.blocks,
            layout: self.layout,
            computed: self.computed,
            missing: self.missing,
            spent: self.spent,
        }
    }

    /// Begins a block; it is there even if nothing is said in it.
    pub(super) fn begin(&mut self, kind: BlockKind, label: &str) {
        self.flush();
        self.open = Some(Block {
            kind: self.cell.unwrap_or(kind),
            label: label.to_owned(),
            runs: Vec::new(),
        });
    }

    /// Ends the block that is being read.
    pub(super) fn flush(&mut self) {
        if let Some(mut block) = self.open.take() {
            trim(&mut block.runs);
            let is_said = !block.runs.is_empty()
                || !matches!(block.kind, BlockKind::Paragraph { .. })
                || !block.label.is_empty();
            if is_said {
                self.blocks.push(block);
            }
        }
        for note in std::mem::take(&mut self.footnotes) {
            let depth = self.depth;
            self.begin(BlockKind::Paragraph { depth }, "");
            self.siblings(note.children(), &Marks::default());
            self.flush();
        }
    }

    /// Appends words to the block that is being read.
    pub(super) fn say(&mut self, words: &str, marks: &Marks) {
        let kind = self
            .cell
            .unwrap_or(BlockKind::Paragraph { depth: self.depth });
        let block = self.open.get_or_insert_with(|| Block {
            kind,
            label: String::new(),
            runs: Vec::new(),
        });
        push_words(&mut block.runs, words, marks);
    }

    fn space(&mut self, marks: &Marks) {
        let last = self.open.as_ref().and_then(|block| block.runs.last());
        if last.is_some_and(|run| !run.text.ends_with([' ', '\n'])) {
            // Space after a reference is not part of it.
            let plain = Marks {
                reference: None,
                ..marks.clone()
            };
            self.say(" ", &plain);
        }
    }

    /// Notes what steers the look.
    pub(super) fn note(&mut self, code: &str) {
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        if !code.is_empty() {
            self.layout.push(code);
        }
    }

    /// Reads nodes that stand beside each other: neighbouring numbered items are one list.
    pub(super) fn siblings(&mut self, nodes: impl Iterator<Item = LinkedNode<'a>>, marks: &Marks) {
        let outer = self.next_number.take();
        for node in nodes {
            match node.kind() {
                SyntaxKind::BlockComment
                | SyntaxKind::Hash
                | SyntaxKind::Label
                | SyntaxKind::LineComment
                | SyntaxKind::Parbreak
                | SyntaxKind::Semicolon
                | SyntaxKind::Space => {}
                SyntaxKind::FuncCall if is_numbered_item(&node) => {}
                SyntaxKind::EnumItem => {
                    let item = node.get().cast::<ast::EnumItem<'_>>();
                    let number = item.and_then(ast::EnumItem::number);
                    self.numbered(number, |reader| reader.body(&node, marks));
                    continue;
                }
                _ => self.next_number = None,
            }
            self.node(&node, marks);
        }
        self.next_number = outer;
    }

    /// Reads a numbered item; without a number of its own it has the next one.
    pub(super) fn numbered(&mut self, number: Option<u64>, read: impl FnOnce(&mut Self)) {
        let number = number.or(self.next_number).unwrap_or(self.first_number);
        let label = match (self.numbered_depth, self.ordinal) {
            (0, Some(clause)) => format!("{clause}.{number}"),
            (0, None) => number.to_string(),
            _ => format!("{})", letters(number)),
        };
        self.numbered_depth = self.numbered_depth.saturating_add(1);
        self.item(true, &label, read);
        self.next_number = Some(number.saturating_add(1));
        self.numbered_depth = self.numbered_depth.saturating_sub(1);
    }

    /// Reads an item of a list.
    pub(super) fn item(&mut self, is_numbered: bool, label: &str, read: impl FnOnce(&mut Self)) {
        self.flush();
        self.depth = self.depth.saturating_add(1);
        let depth = self.depth;
        self.begin(BlockKind::Item { depth, is_numbered }, label);
        read(self);
        self.flush();
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reads a term and what it means.
    fn term(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let depth = self.depth;
        self.begin(BlockKind::Term { depth }, "");
        let strong = Marks {
            strong: true,
            ..marks.clone()
        };
        let mut parts = node
            .children()
            .filter(|child| child.kind() == SyntaxKind::Markup);
        if let Some(term) = parts.next() {
            self.siblings(term.children(), &strong);
        }
        self.say(": ", marks);
        if let Some(description) = parts.next() {
            self.siblings(description.children(), marks);
        }
        self.flush();
    }

    /// Reads what stands in a node's markup.
    pub(super) fn body(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let markup = node
            .children()
            .find(|child| child.kind() == SyntaxKind::Markup);
        if let Some(markup) = markup {
            self.siblings(markup.children(), marks);
        }
    }

    /// Reads a node of markup, or code that stands in it.
    pub(super) fn node(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        if self.nesting >= MAX_NESTING || self.expanding > 0 && !self.spend(node) {
            self.compute(node);
            return;
        }
        self.nesting = self.nesting.saturating_add(1);
        self.nested_node(node, marks);
        self.nesting = self.nesting.saturating_sub(1);
    }

    fn nested_node(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let plain = node.get();
        match node.kind() {
            SyntaxKind::Space => self.space(marks),
            SyntaxKind::Parbreak => self.flush(),
            SyntaxKind::Text => self.say(node.leaf_text(), marks),
            SyntaxKind::Linebreak => self.line_break(marks),
            SyntaxKind::Escape => {
                if let Some(escape) = plain.cast::<ast::Escape<'_>>() {
                    self.say(&escape.get().to_string(), marks);
                }
            }
            SyntaxKind::Shorthand => {
                if let Some(shorthand) = plain.cast::<ast::Shorthand<'_>>() {
                    self.say(&shorthand.get().to_string(), marks);
                }
            }
            SyntaxKind::SmartQuote => {
                // Swedish quotation marks are the same at both ends.
                let is_double = plain
                    .cast::<ast::SmartQuote<'_>>()
                    .is_some_and(ast::SmartQuote::double);
                self.say(if is_double { "”" } else { "’" }, marks);
            }
            SyntaxKind::Strong => self.body(
                node,
                &Marks {
                    strong: true,
                    ..marks.clone()
                },
            ),
            SyntaxKind::Emph => self.body(
                node,
                &Marks {
                    emphasised: true,
                    ..marks.clone()
                },
            ),
            SyntaxKind::Raw => {
                if let Some(raw) = plain.cast::<ast::Raw<'_>>() {
                    let lines: Vec<_> = raw.lines().map(|line| line.get().to_string()).collect();
                    self.say(&lines.join("\n"), marks);
                }
            }
            SyntaxKind::Link => {
                let address = node.leaf_text().to_string();
                self.link(address, None, marks);
            }
            SyntaxKind::Ref => self.reference(node, marks),
            SyntaxKind::Equation => {
                self.say(&plain.full_text(), marks);
                self.compute_names(node);
            }
            SyntaxKind::Heading => {
                let heading = plain.cast::<ast::Heading<'_>>();
                let level = heading.map_or(2, |heading| heading.depth().get());
                let label = self.clause_number();
                self.heading(node, u8::try_from(level).unwrap_or(u8::MAX), &label);
            }
            SyntaxKind::EnumItem => self.numbered(None, |reader| reader.body(node, marks)),
            SyntaxKind::ListItem => self.item(false, "", |reader| reader.body(node, marks)),
            SyntaxKind::TermItem => self.term(node, marks),
            SyntaxKind::ContentBlock => self.body(node, marks),
            SyntaxKind::Markup => self.siblings(node.children(), marks),
            SyntaxKind::Hash
            | SyntaxKind::Label
            | SyntaxKind::LineComment
            | SyntaxKind::BlockComment
            | SyntaxKind::Semicolon => {}
            _ => self.code(node, marks),
        }
    }

    pub(super) fn line_break(&mut self, marks: &Marks) {
        self.say("\n", marks);
    }

    /// Returns the number of the clause as its headings print it.
    pub(super) fn clause_number(&self) -> String {
        self.ordinal
            .map_or_else(String::new, |number| format!("§\u{a0}{number}"))
    }

    fn reference(&mut self, node: &LinkedNode<'a>, marks: &Marks) {
        let Some(reference) = node.get().cast::<ast::Ref<'_>>() else {
            return;
        };
        let supplement = node
            .children()
            .find(|child| child.kind() == SyntaxKind::ContentBlock);
        self.refer(
            reference.target(),
            node.offset(),
            marks,
            supplement.as_ref(),
        );
    }

    /// Says what a reference prints: an appendix by its name, a clause by its number.
    pub(super) fn refer(
        &mut self,
        label: &str,
        offset: usize,
        marks: &Marks,
        supplement: Option<&LinkedNode<'a>>,
    ) {
        let Some(printed) = self.printed.get(label).cloned() else {
            self.missing.push((offset, label.to_owned()));
            return;
        };
        let words = match (label.strip_prefix("bilaga-"), supplement) {
            (Some(name), _) => format!("bilaga\u{a0}{name}"),
            (None, None) => printed.number,
            (None, Some(content)) => {
                let said = plain_words(content);
                if said.is_empty() {
                    printed.number
                } else {
                    format!("{said}\u{a0}{}", printed.number)
                }
            }
        };
        let marks = Marks {
            reference: Some(printed.clause),
            ..marks.clone()
        };
        self.say(&words, &marks);
    }

    /// Says words that lead to a label when clicked.
    pub(super) fn refer_with(&mut self, label: &str, words: &LinkedNode<'a>, marks: &Marks) {
        let Some(printed) = self.printed.get(label) else {
            self.missing.push((words.offset(), label.to_owned()));
            return;
        };
        let marks = Marks {
            reference: Some(printed.clause.clone()),
            ..marks.clone()
        };
        self.say(&plain_words(words), &marks);
    }

    /// Says words that lead to an address when clicked; without words, the address.
    pub(super) fn link(&mut self, address: String, words: Option<&LinkedNode<'a>>, marks: &Marks) {
        let printed = ["mailto:", "tel:"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .unwrap_or(&address)
            .to_owned();
        let marks = Marks {
            link: Some(address),
            ..marks.clone()
        };
        match words {
            Some(words) => self.node(words, &marks),
            None => self.say(&printed, &marks),
        }
    }

    /// Keeps a footnote until the block that it hangs on has ended.
    pub(super) fn footnote(&mut self, content: &LinkedNode<'a>) {
        let markup = content
            .children()
            .find(|child| child.kind() == SyntaxKind::Markup);
        self.footnotes.extend(markup);
    }

    /// Gives a name its value; without one it stands for what only code can tell.
    pub(super) fn bind(
        &mut self,
        name: &str,
        value: Option<LinkedNode<'a>>,
        binding: LinkedNode<'a>,
    ) {
        match value {
            Some(value) => self.names.insert(name.to_owned(), value),
            None => self.names.remove(name),
        };
        let bindings = self.bindings.entry(name.to_owned()).or_default();
        bindings.push(binding);
    }

    /// Returns the value that a name has in this clause's file.
    pub(super) fn value_of(&self, name: &str) -> Option<LinkedNode<'a>> {
        self.names.get(name).cloned()
    }
}

/// Returns the words of content, without their marks.
fn plain_words(content: &LinkedNode<'_>) -> String {
    let printed = BTreeMap::new();
    let mut reader = Reader::new(&printed, None, &[], 0);
    reader.node(content, &Marks::default());
    let finished = reader.finish();
    let words: Vec<String> = finished.blocks.iter().map(Block::words).collect();
    words.join(" ")
}

/// Takes away the space before the first word and after the last, which does not print.
fn trim(runs: &mut Vec<Run>) {
    while let Some(first) = runs.first_mut() {
        first.text = first.text.trim_start_matches([' ', '\n']).to_owned();
        if !first.text.is_empty() {
            break;
        }
        runs.remove(0);
    }
    while let Some(last) = runs.last_mut() {
        let kept = last.text.trim_end_matches([' ', '\n']).len();
        last.text.truncate(kept);
        if !last.text.is_empty() {
            break;
        }
        runs.pop();
    }
}

/// Tells whether a call is an item of a numbered list, which goes on beside others.
fn is_numbered_item(node: &LinkedNode<'_>) -> bool {
    let callee = node.children().next();
    callee.is_some_and(|callee| callee.get().full_text() == "enum.item")
}

/// Returns a number as letters: a to z, then aa.
fn letters(number: u64) -> String {
    let mut rest = number;
    let mut letters = Vec::new();
    while rest > 0 {
        rest = rest.saturating_sub(1);
        letters.push(char::from(
            b'a'.saturating_add(u8::try_from(rest % 26).unwrap_or_default()),
        ));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// How deep markup is read; deeper it is noted as it stands.
pub(super) const MAX_NESTING: usize = 64;
