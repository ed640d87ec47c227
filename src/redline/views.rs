//! The two texts that a redline is between.

use super::model::{
    Block, BlockChange, BlockKind, Change, Clause, ClausePlace, Fate, Marks, Redline, Run, Text,
};

impl Redline {
    /// Returns the text with every change accepted: the new one.
    #[must_use]
    pub fn accepted(&self) -> Text {
        self.view(New)
    }

    /// Returns the text with every change rejected: the old one.
    #[must_use]
    pub fn rejected(&self) -> Text {
        self.view(Old)
    }

    fn view(&self, which: Which) -> Text {
        let mut clauses: Vec<(usize, Clause)> = Vec::new();
        for clause in &self.clauses {
            let place = match which {
                New => &clause.new,
                Old => &clause.old,
            };
            if let Some(ClausePlace {
                number, position, ..
            }) = place
            {
                clauses.push((
                    *position,
                    Clause {
                        id: clause.id.clone(),
                        number: number.clone(),
                        blocks: blocks_of(&clause.blocks, which),
                    },
                ));
            }
        }
        clauses.sort_by_key(|(position, _)| *position);
        Text {
            clauses: clauses.into_iter().map(|(_, clause)| clause).collect(),
        }
    }
}

use Which::{New, Old};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    New,
    Old,
}

fn blocks_of(changes: &[BlockChange], which: Which) -> Vec<Block> {
    let other = match which {
        New => Change::Deleted,
        Old => Change::Inserted,
    };
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<Run>)> = None;
    for change in changes.iter().filter(|change| is_in(change.fate, which)) {
        let (label, kind): (&str, BlockKind) = match which {
            New => (&change.new_label, change.kind),
            Old => (&change.old_label, change.old_kind),
        };
        let (label, mut runs) = open
            .take()
            .unwrap_or_else(|| (label.to_owned(), Vec::new()));
        for piece in change.pieces.iter().filter(|piece| piece.change != other) {
            let marks = match which {
                Old => piece.old_marks.as_ref().unwrap_or(&piece.run.marks),
                New => &piece.run.marks,
            };
            push_words(&mut runs, &piece.run.text, marks);
        }
        if change.mark == other {
            // Its end is not in this text: what follows belongs to it.
            open = Some((label, runs));
        } else {
            blocks.push(Block { kind, label, runs });
        }
    }
    blocks
}

fn is_in(fate: Fate, which: Which) -> bool {
    match fate {
        Fate::Deleted | Fate::MovedTo { .. } => which == Old,
        Fate::Inserted | Fate::MovedFrom { .. } => which == New,
        Fate::Kept => true,
    }
}

/// Appends words to runs; with the same marks they are one run, but a reference is always one of its own.
pub(super) fn push_words(runs: &mut Vec<Run>, text: &str, marks: &Marks) {
    if text.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.marks == *marks && marks.reference.is_none() => last.text.push_str(text),
        _ => runs.push(Run {
            text: text.to_owned(),
            marks: marks.clone(),
        }),
    }
}
