//! A text as clauses, blocks and runs, and the changes from one text to another.

use serde::Serialize;

use crate::agreement::{ClauseId, Sha256, VersionNumber};

/// A version's text, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The clauses and appendices in their order.
    pub clauses: Vec<Clause>,
}

/// A clause or an appendix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// What it is known by in every version: its label.
    pub id: ClauseId,
    /// Its number as printed, e.g. `§ 4`; empty for an appendix, whose heading says it.
    pub number: String,
    /// Heading first, then paragraphs, items, terms and cells in the order of reading.
    pub blocks: Vec<Block>,
}

/// What ends with a paragraph mark: a heading, a paragraph, an item, a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its number as printed, e.g. `4.1` or `a)`; empty without one.
    pub label: String,
    /// What it says. Neighbours with the same marks are one run; a block without words has none.
    pub runs: Vec<Run>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BlockKind {
    /// A cell of a table.
    Cell {
        /// Which table of the clause, counted from 0.
        table: usize,
        /// Its row, counted from 0.
        row: usize,
        /// Its column, counted from 0.
        column: usize,
        /// Whether it is in the head of the table.
        is_head: bool,
    },
    /// A heading; the clause's own has level 1.
    Heading {
        /// Its level.
        level: u8,
    },
    /// An item of a list, numbered or not; a numbered paragraph has depth 1.
    Item {
        /// How deep, counted from 1.
        depth: u8,
        /// Whether it has a number.
        is_numbered: bool,
    },
    /// A paragraph; within an item as deep as that, else 0.
    Paragraph {
        /// How deep.
        depth: u8,
    },
    /// A term and what it means: the term is strong.
    Term {
        /// How deep.
        depth: u8,
    },
}

/// Words with the same marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The words. A reference is one run: its words are what it prints, e.g. `§ 5`.
    pub text: String,
    /// How they are marked.
    pub marks: Marks,
}

/// How words are marked.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Marks {
    /// Whether they stand out as `*strong*`.
    pub strong: bool,
    /// Whether they stand out as `_emphasised_`.
    pub emphasised: bool,
    /// Where they lead on a click, as an address.
    pub link: Option<String>,
    /// Which clause they refer to.
    pub reference: Option<ClauseId>,
}

/// The changes from an old text to a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redline {
    /// The old version.
    pub old: Side,
    /// The new version.
    pub new: Side,
    /// Every clause of both, in the order of the new text; a removed one stands where it stood.
    pub clauses: Vec<ClauseChange>,
    /// What changed that no page shows, or shows elsewhere than it changed.
    pub unseen: Vec<Unseen>,
}

/// One of the two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The agreement's name.
    pub name: String,
    /// The version.
    pub version: VersionNumber,
    /// Digest of its text.
    pub text_digest: Sha256,
}

/// What became of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseChange {
    /// The clause.
    pub id: ClauseId,
    /// Where it was; `None` for a new one.
    pub old: Option<ClausePlace>,
    /// Where it is; `None` for a removed one.
    pub new: Option<ClausePlace>,
    /// Whether it stands in another order among the clauses that both texts have.
    pub is_moved: bool,
    /// Its blocks. Where nothing changed they are all kept.
    pub blocks: Vec<BlockChange>,
}

/// Where a clause stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClausePlace {
    /// Its number as printed.
    pub number: String,
    /// Its place among the clauses and appendices of its text, counted from 0.
    pub position: usize,
    /// Its title.
    pub title: String,
}

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockChange {
    /// What it is; of the new text unless it is deleted.
    pub kind: BlockKind,
    /// What it was; the same as `kind` where it is in one text only.
    pub old_kind: BlockKind,
    /// Its number in the old text; empty without one. Where it was split, the first part has it.
    pub old_label: String,
    /// Its number in the new text; empty without one. Where blocks were joined, the first has it.
    pub new_label: String,
    /// What became of it as a whole.
    pub fate: Fate,
    /// What became of its words. Where it was moved, all are inserted here and deleted there.
    pub pieces: Vec<Piece>,
    /// Of a block that was moved here and changed on the way: its words compared with those it had. For showing;
    /// `pieces` say what to accept and to reject.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<Piece>,
    /// What became of the mark that ends it. Where a paragraph is split, the mark that was put in is
    /// inserted, and the mark of the last part kept; where two are joined, the first one's is deleted.
    pub mark: Change,
}

/// What became of a block as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Fate {
    /// It was not there.
    Inserted,
    /// It is gone.
    Deleted,
    /// It is there in both; its pieces tell whether its words are the same.
    Kept,
    /// It stood elsewhere in the agreement: it is inserted here. `pair` is the same in both places.
    MovedFrom {
        /// Which move, counted from 1.
        pair: u32,
    },
    /// It stands elsewhere now: it is deleted here.
    MovedTo {
        /// Which move, counted from 1.
        pair: u32,
    },
}

/// Words that share one fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// What became of them.
    pub change: Change,
    /// The words.
    #[serde(flatten)]
    pub run: Run,
    /// How kept words were marked in the old text, where that was otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_marks: Option<Marks>,
}

/// What became of some words or of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// They are gone.
    Deleted,
    /// They are new.
    Inserted,
    /// They are in both.
    Kept,
}

/// Something that changed without being seen in the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// What it is.
    pub kind: UnseenKind,
    /// Where: a clause's id, or a key of version.toml, e.g. `term.end`.
    pub place: String,
    /// What it was; `None` where it was not there.
    pub old: Option<String>,
    /// What it is; `None` where it is gone.
    pub new: Option<String>,
}

/// What kind of thing changed without being seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnseenKind {
    /// Code that prints words which only running it would tell, or a value that it takes them from.
    Computed,
    /// Emphasis, or another mark, on words that are the same.
    Formatting,
    /// Where words that are the same lead on a click.
    Link,
    /// A number or a day that is written otherwise and means the same.
    NumberFormat,
    /// The clause that words refer to.
    Reference,
    /// A value of version.toml.
    Setting,
    /// The layout, a font or another shared file.
    SharedFile,
    /// Space, a hyphen or another character that looks the same.
    Spacing,
}

impl Redline {
    /// Tells whether the two texts are the same in every respect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_kept = |block: &BlockChange| {
            block.fate == Fate::Kept
                && block.mark == Change::Kept
                && block.old_kind == block.kind
                && block.old_label == block.new_label
                && block
                    .pieces
                    .iter()
                    .all(|piece| piece.change == Change::Kept && piece.old_marks.is_none())
        };
        let is_same = |clause: &ClauseChange| {
            clause.old == clause.new && !clause.is_moved && clause.blocks.iter().all(is_kept)
        };
        self.unseen.is_empty() && self.clauses.iter().all(is_same)
    }
}
