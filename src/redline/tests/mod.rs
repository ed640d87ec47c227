mod by_hand;
mod cases;
mod computed;
mod docx;
mod html;
mod laws;
mod reading;
mod sheet;
mod shipped;
mod values;

use std::collections::BTreeMap;

use super::*;
use crate::agreement::Party;
use crate::template::fill;

/// Compares two versions that have nothing but the clauses given.
fn redline_of(old: &str, new: &str) -> Redline {
    let (old, new) = (bundle(old, "0.9", ""), bundle(new, "1.0", ""));
    redline_between(&old, &new)
}

fn redline_between(old: &Bundle, new: &Bundle) -> Redline {
    let (old_filled, new_filled) = (fill(old, "").unwrap(), fill(new, "").unwrap());
    let old = Compared::new(old, &old_filled).unwrap();
    let new = Compared::new(new, &new_filled).unwrap();
    let redline = compare(&old, &new);
    assert_eq!(redline.accepted(), new.text, "accepting gives the new text");
    assert_eq!(redline.rejected(), old.text, "rejecting gives the old text");
    redline
}

fn bundle(clauses: &str, version: &str, settings: &str) -> Bundle {
    let party = Party::parse("9901.toml", PARTY).unwrap();
    let version = VERSION.replace("VERSION", version) + settings;
    let files = [
        (
            "agreement.toml",
            "schema = 1\nid = \"prov\"\nname = \"Prov\"\nshort_name = \"Prov\"\ncoordinator = \"Förbundet\"\n",
        ),
        ("version.toml", version.as_str()),
        ("main.typ", ""),
        ("party.typ", ""),
        ("clauses/01.typ", clauses),
        (
            "shared/clauses.typ",
            "#let number-table(rows) = rows\n#let party-table(groups) = groups\n",
        ),
        ("shared/fonts/a.ttf", "no font"),
    ];
    let files: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect();
    Bundle::freeze("", files, &[party]).unwrap()
}

const PARTY: &str = r#"schema = 1
code = "9901"
kind = "kommun"
legal_name = "Exempelby kommun"
styled_name = "Exempelby stad"
short_name = "Exempelby"
org_number = "299990-0000"
groupings = []
signing = { seats = [] }
"#;

const VERSION: &str = r#"schema = 1
version = "VERSION"
status = "adopted"
dated = 2024-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "counterpart" }
binds = { rule = "at_least", count = 1 }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = [{ name = "legal_name", type = "text", printed = true }]
"#;

/// Writes a redline as tests/cases/redline/README.md says.
fn notation(redline: &Redline) -> String {
    let mut lines = Vec::new();
    for (clause, summary) in redline.clauses.iter().zip(redline.summary()) {
        let place = |place: &Option<ClausePlace>| {
            place.as_ref().map_or("–".to_owned(), |place| {
                place.number.replace('\u{a0}', " ")
            })
        };
        let (old, new) = (place(&clause.old), place(&clause.new));
        let number = if old == new {
            new
        } else {
            format!("{old} → {new}")
        };
        let happened: Vec<String> = summary
            .happened
            .iter()
            .map(|happening| format!("{happening:?}").to_lowercase())
            .collect();
        lines.push(format!("== {} {number} {}", clause.id, happened.join(" ")));
        if summary.happened.contains(&Happening::Unchanged)
            || summary.happened == [Happening::Renumbered]
            || summary.happened == [Happening::Moved]
        {
            continue;
        }
        lines.extend(clause.blocks.iter().map(block_notation));
    }
    for unseen in &redline.unseen {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        let kind = serde_json::to_value(unseen.kind).unwrap();
        lines.push(format!(
            "! {} {}: {} → {}",
            kind.as_str().unwrap(),
            unseen.place,
            value(&unseen.old),
            value(&unseen.new),
        ));
    }
    lines.join("\n") + "\n"
}

fn block_notation(block: &BlockChange) -> String {
    let fate = match block.fate {
        Fate::Deleted => "- ".to_owned(),
        Fate::Inserted => "+ ".to_owned(),
        Fate::Kept => "  ".to_owned(),
        Fate::MovedFrom { pair } => format!(">{pair} "),
        Fate::MovedTo { pair } => format!("<{pair} "),
    };
    let label = match (block.old_label.as_str(), block.new_label.as_str()) {
        ("", "") => String::new(),
        (old, new) if old == new || new.is_empty() => format!("{old} "),
        ("", new) => format!("{new} "),
        (old, new) => format!("{old}→{new} "),
    };
    let label = label.replace('\u{a0}', " ");
    let kind = |kind: BlockKind| match kind {
        BlockKind::Cell { row, column, .. } => format!("|{row},{column}| "),
        BlockKind::Heading { level } => format!("{} ", "=".repeat(usize::from(level))),
        BlockKind::Item {
            depth,
            is_numbered: false,
        } => format!("{}– ", "  ".repeat(usize::from(depth).saturating_sub(1))),
        BlockKind::Item { depth, .. } => "  ".repeat(usize::from(depth).saturating_sub(1)),
        BlockKind::Paragraph { depth } => "  ".repeat(usize::from(depth)),
        BlockKind::Term { depth } => format!("{}/ ", "  ".repeat(usize::from(depth))),
    };
    let kinds = if block.kind == block.old_kind {
        kind(block.kind)
    } else {
        format!("{}→ {}", kind(block.old_kind), kind(block.kind))
    };
    let is_kept = block.fate == Fate::Kept;
    let words: String = block
        .pieces
        .iter()
        .map(|piece| piece_notation(piece, is_kept))
        .collect();
    let edited: String = block
        .edited
        .iter()
        .map(|piece| piece_notation(piece, true))
        .collect();
    let words = if edited.is_empty() { words } else { edited };
    let mark = match block.mark {
        Change::Deleted if is_kept => " ¶-",
        Change::Inserted if is_kept => " ¶+",
        Change::Deleted | Change::Inserted | Change::Kept => "",
    };
    format!("{fate}{kinds}{label}{words}{mark}")
        .trim_end()
        .to_owned()
}

fn piece_notation(piece: &Piece, with_change: bool) -> String {
    let words = piece.run.text.replace('\u{a0}', "~").replace('\u{ad}', "¬");
    let words = words.replace('\n', "⏎");
    let mut words = match (&piece.run.marks.link, &piece.run.marks.reference) {
        (Some(address), _) => format!("<{words}|{address}>"),
        (None, Some(clause)) => format!("<{words}|@{clause}>"),
        (None, None) => words,
    };
    if piece.run.marks.emphasised {
        words = format!("_{words}_");
    }
    if piece.run.marks.strong {
        words = format!("*{words}*");
    }
    match piece.change {
        Change::Deleted if with_change => format!("[-{words}-]"),
        Change::Inserted if with_change => format!("{{+{words}+}}"),
        Change::Kept if piece.old_marks.is_some() => format!("{{~{words}~}}"),
        Change::Deleted | Change::Inserted | Change::Kept => words,
    }
}
