//! Redlines made by hand, with every kind of change.

use super::super::model::{
    BlockChange, BlockKind, Change, ClauseChange, ClausePlace, Fate, Marks, Piece, Redline, Run,
    Side, Unseen, UnseenKind,
};
use crate::agreement::Sha256;

pub(super) const ITEM: BlockKind = BlockKind::Item {
    depth: 1,
    is_numbered: true,
};
pub(super) const LETTER: BlockKind = BlockKind::Item {
    depth: 2,
    is_numbered: true,
};
pub(super) const PLAIN: BlockKind = BlockKind::Paragraph { depth: 0 };

pub(super) fn redline(clauses: Vec<ClauseChange>, unseen: Vec<Unseen>) -> Redline {
    let side = |version: &str| Side {
        name: "Avtal om <prov> & övning".to_owned(),
        version: version.parse().unwrap(),
        text_digest: Sha256::of(version.as_bytes()),
    };
    Redline {
        old: side("0.9"),
        new: side("1.0"),
        clauses,
        unseen,
    }
}

/// Makes a clause; places are number, position and title.
pub(super) fn clause(
    id: &str,
    old: Option<(&str, usize, &str)>,
    new: Option<(&str, usize, &str)>,
    blocks: Vec<BlockChange>,
) -> ClauseChange {
    let place = |place: Option<(&str, usize, &str)>| {
        place.map(|(number, position, title)| ClausePlace {
            number: number.to_owned(),
            position,
            title: title.to_owned(),
        })
    };
    ClauseChange {
        id: id.parse().unwrap(),
        old: place(old),
        new: place(new),
        is_moved: false,
        blocks,
    }
}

/// Makes pieces: `-…` is deleted, `+…` inserted, `=…` kept.
pub(super) fn pieces(parts: &[&str]) -> Vec<Piece> {
    let piece = |part: &&str| {
        let (sign, text) = part.split_at(1);
        Piece {
            change: match sign {
                "-" => Change::Deleted,
                "+" => Change::Inserted,
                _ => Change::Kept,
            },
            run: Run {
                text: text.to_owned(),
                marks: Marks::default(),
            },
            old_marks: None,
        }
    };
    parts.iter().map(piece).collect()
}

/// Makes a block that is in both texts.
pub(super) fn kept(kind: BlockKind, old: &str, new: &str, parts: &[&str]) -> BlockChange {
    BlockChange {
        kind,
        old_kind: kind,
        old_label: old.to_owned(),
        new_label: new.to_owned(),
        fate: Fate::Kept,
        pieces: pieces(parts),
        edited: Vec::new(),
        mark: Change::Kept,
    }
}

/// Makes a block that is in one text.
pub(super) fn whole(kind: BlockKind, fate: Fate, label: &str, text: &str) -> BlockChange {
    let is_gone = matches!(fate, Fate::Deleted | Fate::MovedTo { .. });
    let (sign, mark) = if is_gone {
        ("-", Change::Deleted)
    } else {
        ("+", Change::Inserted)
    };
    let label = |is_in: bool| {
        if is_in {
            label.to_owned()
        } else {
            String::new()
        }
    };
    BlockChange {
        old_label: label(is_gone),
        new_label: label(!is_gone),
        fate,
        mark,
        ..kept(kind, "", "", &[&format!("{sign}{text}")])
    }
}

pub(super) fn heading(text: &[&str]) -> BlockChange {
    kept(BlockKind::Heading { level: 1 }, "", "", text)
}

pub(super) fn cell(row: usize, column: usize) -> BlockKind {
    BlockKind::Cell {
        table: 0,
        row,
        column,
        is_head: row == 0,
    }
}

/// Returns a redline with every kind of change in it.
pub(super) fn everything() -> Redline {
    let split = BlockChange {
        mark: Change::Inserted,
        ..kept(ITEM, "1.2", "1.2", &["=Första meningen."])
    };
    let joined = BlockChange {
        mark: Change::Deleted,
        ..kept(ITEM, "1.3", "1.4", &["=Tredje meningen."])
    };
    let mut linked = kept(
        PLAIN,
        "",
        "",
        &["=Läs mer på ", "=webbplatsen", "=, alltid."],
    );
    linked.pieces[1].run.marks.link = Some("https://exempel.se/?a=1&b=2".to_owned());
    linked.pieces[2].run.marks.strong = true;
    linked.pieces[2].old_marks = Some(Marks::default());
    let purpose = clause(
        "syfte",
        Some(("§ 1", 0, "Syfte")),
        Some(("§ 1", 0, "Syfte och mål")),
        vec![
            heading(&["=Syfte", "+ och mål"]),
            kept(ITEM, "1.1", "1.1", &["=Parterna ", "-bör", "+ska", "=:"]),
            whole(LETTER, Fate::Deleted, "a)", "tala <med> varandra,"),
            kept(LETTER, "b)", "a)", &["=skriva \"brev\" & kort, och"]),
            whole(LETTER, Fate::Inserted, "b)", "mötas."),
            split,
            kept(ITEM, "", "1.3", &["=Andra meningen."]),
            joined,
            kept(ITEM, "1.4", "", &["= Fjärde meningen."]),
            whole(
                ITEM,
                Fate::MovedTo { pair: 1 },
                "1.5",
                "Ett stycke som flyttar.",
            ),
            linked,
        ],
    );
    let mut moved = clause(
        "tvist",
        Some(("§ 4", 3, "Tvist")),
        Some(("§ 2", 1, "Tvist")),
        vec![
            heading(&["=Tvist"]),
            kept(
                ITEM,
                "4.1",
                "2.1",
                &["=Tvist avgörs ", "-ej", "+inte", "= här."],
            ),
        ],
    );
    moved.is_moved = true;
    let gone = clause(
        "gammalt",
        Some(("§ 2", 1, "Gammalt")),
        None,
        vec![
            whole(
                BlockKind::Heading { level: 1 },
                Fate::Deleted,
                "",
                "Gammalt",
            ),
            whole(ITEM, Fate::Deleted, "2.1", "Det här togs bort."),
        ],
    );
    let added = clause(
        "nytt",
        None,
        Some(("§ 3", 2, "Nytt")),
        vec![
            whole(BlockKind::Heading { level: 1 }, Fate::Inserted, "", "Nytt"),
            whole(ITEM, Fate::Inserted, "3.1", "Det här kom till."),
            whole(
                ITEM,
                Fate::MovedFrom { pair: 1 },
                "3.2",
                "Ett stycke som flyttar.",
            ),
        ],
    );
    let table = clause(
        "tabell",
        Some(("§ 3", 2, "Tabell")),
        Some(("§ 4", 3, "Tabell")),
        vec![
            heading(&["=Tabell"]),
            kept(cell(0, 0), "", "", &["=Del"]),
            kept(cell(0, 1), "", "", &["=Vad"]),
            kept(cell(1, 0), "", "", &["=Ekonomi"]),
            kept(
                cell(1, 1),
                "",
                "",
                &["=Vem som ", "-betalar", "+fakturerar"],
            ),
            whole(cell(2, 0), Fate::Deleted, "", "Borttagen rad"),
            whole(cell(2, 1), Fate::Deleted, "", "med två celler"),
            whole(cell(2, 0), Fate::Inserted, "", "Ny rad"),
            whole(cell(2, 1), Fate::Inserted, "", "också med två"),
            kept(PLAIN, "", "", &["=Efter tabellen."]),
        ],
    );
    let appendix = clause(
        "bilaga-1",
        Some(("", 4, "Bilaga 1: Parter")),
        Some(("", 4, "Bilaga 1: Parter")),
        vec![
            heading(&["=Bilaga 1: Parter"]),
            whole(PLAIN, Fate::Deleted, "", "Sista stycket togs bort."),
        ],
    );
    let unseen = |kind, place: &str, old: Option<&str>, new: Option<&str>| Unseen {
        kind,
        place: place.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    redline(
        vec![purpose, moved, gone, added, table, appendix],
        vec![
            unseen(
                UnseenKind::Link,
                "syfte",
                Some("https://a.se"),
                Some("https://exempel.se/?a=1&b=2"),
            ),
            unseen(
                UnseenKind::Reference,
                "syfte",
                Some("tabell"),
                Some("tvist"),
            ),
            unseen(
                UnseenKind::Setting,
                "term.notice_months",
                Some("12"),
                Some("6"),
            ),
            unseen(
                UnseenKind::Spacing,
                "tabell",
                Some("a[mellanslag]b"),
                Some("a[hårt mellanslag]b"),
            ),
        ],
    )
}
