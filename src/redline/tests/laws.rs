//! What holds for any two texts.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::views::push_words;
use super::*;

/// Compares texts that differ in nothing else.
fn compared(old: &Text, new: &Text) -> Redline {
    let bundle = bundle("= Syfte <syfte>\n", "1.0", "");
    let side = |text: &Text| Compared {
        side: Side {
            name: "Prov".to_owned(),
            version: bundle.manifest().version,
            text_digest: bundle.text_digest(),
        },
        text: text.clone(),
        agreement: bundle.agreement(),
        manifest: bundle.manifest(),
        parties: bundle.parties(),
        files: BTreeMap::new(),
        code: BTreeMap::new(),
    };
    compare(&side(old), &side(new))
}

fn words() -> impl Strategy<Value = String> {
    let word = select(vec![
        "avtalet",
        "part",
        "och",
        "ska",
        "kommunen",
        "regionen",
        "1 000",
        "kr",
        "2024-03-01",
        "1 mars 2024",
        "familjecentral",
        "§",
        "(se",
        "m.m.",
        "–",
        "\u{a0}",
        "väl\u{ad}färd",
        "\n",
        "tolv",
        "den",
        "i",
        "uppsägning",
    ]);
    let sign = select(vec![" ", " ", " ", " ", ", ", ". ", "", "\u{a0}", ") "]);
    prop::collection::vec((word, sign), 0..12).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(word, sign)| format!("{word}{sign}"))
            .collect()
    })
}

fn marks() -> impl Strategy<Value = Marks> {
    let link = select(vec![
        None,
        None,
        None,
        Some("https://a.se"),
        Some("https://b.se"),
    ]);
    let reference = select(vec![None, None, None, None, Some("a"), Some("b")]);
    (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        link,
        reference,
    )
        .prop_map(|(strong, emphasised, link, reference)| Marks {
            strong,
            emphasised,
            link: link.map(str::to_owned),
            reference: reference.map(|id| id.parse().unwrap()),
        })
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    prop::collection::vec((words(), marks()), 0..4).prop_map(|parts| {
        let mut runs = Vec::new();
        for (words, marks) in parts {
            push_words(&mut runs, &words, &marks);
        }
        runs
    })
}

fn kind() -> impl Strategy<Value = BlockKind> {
    prop_oneof![
        3 => (0..3_u8).prop_map(|depth| BlockKind::Paragraph { depth }),
        3 => (1..3_u8, any::<bool>())
            .prop_map(|(depth, is_numbered)| BlockKind::Item { depth, is_numbered }),
        1 => (1..3_u8).prop_map(|level| BlockKind::Heading { level }),
        1 => (0..2_u8).prop_map(|depth| BlockKind::Term { depth }),
        2 => (0..2_usize, 0..3_usize, 0..3_usize)
            .prop_map(|(table, row, column)| BlockKind::Cell { table, row, column, is_head: row == 0 }),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    (kind(), select(vec!["", "1.1", "1.2", "a)"]), runs()).prop_map(|(kind, label, runs)| Block {
        kind,
        label: label.to_owned(),
        runs,
    })
}

fn text() -> impl Strategy<Value = Text> {
    let clause = (block(), prop::collection::vec(block(), 0..7));
    (
        Just(vec!["a", "b", "c", "d", "e"]).prop_shuffle(),
        prop::collection::vec(clause, 0..5),
    )
        .prop_map(|(ids, clauses)| {
            let clauses = ids.iter().zip(clauses).enumerate();
            let clauses = clauses.map(|(index, (id, (mut heading, rest)))| {
                heading.kind = BlockKind::Heading { level: 1 };
                Clause {
                    id: id.parse().unwrap(),
                    number: format!("§ {index}"),
                    blocks: [heading].into_iter().chain(rest).collect(),
                }
            });
            Text {
                clauses: clauses.collect(),
            }
        })
}

/// What a drafter does to a text.
#[derive(Debug, Clone)]
enum Edit {
    DropBlock(Index, Index),
    DropClause(Index),
    InsertBlock(Index, Index, Block),
    JoinBlocks(Index, Index),
    MoveBlock(Index, Index, Index, Index),
    MoveClause(Index, Index),
    Remark(Index, Index, Index, Marks),
    Reword(Index, Index, Index, String),
    SplitBlock(Index, Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at()).prop_map(|(a, b)| Edit::DropBlock(a, b)),
        at().prop_map(Edit::DropClause),
        (at(), at(), block()).prop_map(|(a, b, block)| Edit::InsertBlock(a, b, block)),
        (at(), at()).prop_map(|(a, b)| Edit::JoinBlocks(a, b)),
        (at(), at(), at(), at()).prop_map(|(a, b, c, d)| Edit::MoveBlock(a, b, c, d)),
        (at(), at()).prop_map(|(a, b)| Edit::MoveClause(a, b)),
        (at(), at(), at(), marks()).prop_map(|(a, b, c, marks)| Edit::Remark(a, b, c, marks)),
        (at(), at(), at(), words()).prop_map(|(a, b, c, words)| Edit::Reword(a, b, c, words)),
        (at(), at(), at()).prop_map(|(a, b, c)| Edit::SplitBlock(a, b, c)),
    ]
}

fn clause_at<'a>(text: &'a mut Text, at: &Index) -> Option<&'a mut Clause> {
    let count = text.clauses.len();
    (count > 0).then(|| &mut text.clauses[at.index(count)])
}

/// Returns a place of a block after the heading.
fn place_of(clause: &Clause, at: &Index) -> Option<usize> {
    let count = clause.blocks.len() - 1;
    (count > 0).then(|| 1 + at.index(count))
}

fn apply(text: &mut Text, edit: &Edit) -> Option<()> {
    match edit {
        Edit::DropBlock(clause, at) => {
            let clause = clause_at(text, clause)?;
            clause.blocks.remove(place_of(clause, at)?);
        }
        Edit::DropClause(at) => {
            let count = text.clauses.len();
            if count > 0 {
                text.clauses.remove(at.index(count));
            }
        }
        Edit::InsertBlock(clause, at, block) => {
            let clause = clause_at(text, clause)?;
            let at = 1 + at.index(clause.blocks.len());
            clause
                .blocks
                .insert(at.min(clause.blocks.len()), block.clone());
        }
        Edit::JoinBlocks(clause, at) => {
            let clause = clause_at(text, clause)?;
            let at = place_of(clause, at)?;
            if at + 1 < clause.blocks.len() {
                let next = clause.blocks.remove(at + 1);
                for run in next.runs {
                    push_words(&mut clause.blocks[at].runs, &run.text, &run.marks);
                }
            }
        }
        Edit::MoveBlock(from, at, to, there) => {
            let from = clause_at(text, from)?;
            let block = from.blocks.remove(place_of(from, at)?);
            let to = clause_at(text, to)?;
            let there = 1 + there.index(to.blocks.len());
            to.blocks.insert(there.min(to.blocks.len()), block);
        }
        Edit::MoveClause(from, to) => {
            let count = text.clauses.len();
            if count > 0 {
                let clause = text.clauses.remove(from.index(count));
                text.clauses.insert(to.index(count), clause);
            }
        }
        Edit::Remark(clause, at, run, marks) => {
            let clause = clause_at(text, clause)?;
            let at = place_of(clause, at)?;
            let runs = std::mem::take(&mut clause.blocks[at].runs);
            let changed = (!runs.is_empty()).then(|| run.index(runs.len()));
            for (index, run) in runs.iter().enumerate() {
                let marks = if Some(index) == changed {
                    marks
                } else {
                    &run.marks
                };
                push_words(&mut clause.blocks[at].runs, &run.text, marks);
            }
        }
        Edit::Reword(clause, at, run, words) => {
            let clause = clause_at(text, clause)?;
            let at = place_of(clause, at)?;
            let runs = std::mem::take(&mut clause.blocks[at].runs);
            let changed = (!runs.is_empty()).then(|| run.index(runs.len()));
            for (index, run) in runs.iter().enumerate() {
                let words = if Some(index) == changed {
                    words
                } else {
                    &run.text
                };
                push_words(&mut clause.blocks[at].runs, words, &run.marks);
            }
        }
        Edit::SplitBlock(clause, at, run) => {
            let clause = clause_at(text, clause)?;
            let at = place_of(clause, at)?;
            let count = clause.blocks[at].runs.len();
            if count > 1 {
                let runs = clause.blocks[at].runs.split_off(1 + run.index(count - 1));
                let mut second = clause.blocks[at].clone();
                second.runs = runs;
                clause.blocks.insert(at + 1, second);
            }
        }
    }
    Some(())
}

/// Numbers and everything that must hold of a redline whatever it is between.
fn check(old: &Text, new: &Text) -> Redline {
    let redline = compared(old, new);
    assert_eq!(redline.accepted(), *new, "accepting gives the new text");
    assert_eq!(redline.rejected(), *old, "rejecting gives the old text");
    for block in redline.clauses.iter().flat_map(|clause| &clause.blocks) {
        let whole = |change| {
            block.mark == change && block.pieces.iter().all(|piece| piece.change == change)
        };
        match block.fate {
            Fate::Deleted | Fate::MovedTo { .. } => assert!(whole(Change::Deleted)),
            Fate::Inserted | Fate::MovedFrom { .. } => assert!(whole(Change::Inserted)),
            Fate::Kept => {}
        }
        assert!(block.pieces.iter().all(|piece| !piece.run.text.is_empty()));
    }
    let pairs = |is_old: bool| {
        let blocks = redline.clauses.iter().flat_map(|clause| &clause.blocks);
        let mut pairs: Vec<u32> = blocks
            .filter_map(|block| match block.fate {
                Fate::MovedTo { pair } if is_old => Some(pair),
                Fate::MovedFrom { pair } if !is_old => Some(pair),
                _ => None,
            })
            .collect();
        pairs.sort_unstable();
        pairs
    };
    assert_eq!(pairs(true), pairs(false), "each move has two ends");
    redline
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_text_and_itself_differ_in_nothing(text in text()) {
        prop_assert!(check(&text, &text).is_empty());
    }

    #[test]
    fn two_texts_come_back_from_their_redline(old in text(), new in text()) {
        let redline = check(&old, &new);
        prop_assert_eq!(redline.is_empty(), old == new);
    }

    #[test]
    fn an_edited_text_comes_back_and_is_told(
        old in text(),
        edits in prop::collection::vec(edit(), 1..8),
    ) {
        let mut new = old.clone();
        for edit in &edits {
            let _ = apply(&mut new, edit);
        }
        let redline = check(&old, &new);
        prop_assert_eq!(redline.is_empty(), old == new);
    }
}
