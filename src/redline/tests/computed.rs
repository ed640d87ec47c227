//! Words that code computes: no change of them is lost.

use super::*;

fn told(old: &str, new: &str) -> String {
    let clause = |words: &str| format!("= Syfte <syfte>\n\n{words}\n");
    let redline = redline_of(&clause(old), &clause(new));
    let summary = redline.summary();
    assert_eq!(
        summary[0].happened,
        [Happening::Changed],
        "{old}\n{}",
        notation(&redline)
    );
    notation(&redline)
}

#[test]
fn a_value_changes_its_clause_however_its_name_is_used() {
    for (old, from, to) in [
        (
            "#let d = (hyra: [100 kronor])\nHyran är #d.hyra per månad.",
            "100",
            "900",
        ),
        (
            "#let d = (a: (hyra: 100))\nHyran är #d.a.hyra kronor.",
            "100",
            "900",
        ),
        (
            "#let d = (hyra: 100)\nHyran är #d.at(\"hyra\") kronor.",
            "100",
            "900",
        ),
        (
            "#let rader = ((\"hyra\", \"100 kr\"), (\"el\", \"5 kr\"))\n#table(columns: 2, ..rader.flatten())",
            "100",
            "900",
        ),
        (
            "#let rader = ((\"hyra\", \"100 kr\"), (\"el\", \"5 kr\"))\n#table(columns: 2, ..rader.map(rad => rad.at(0)))",
            "100",
            "900",
        ),
        (
            "#let orter = (\"Borås\", \"Ale\")\n#for ort in orter [+ Parten i #ort betalar.]",
            "Ale",
            "Lerum",
        ),
        (
            "#let belopp = 100\nDet kostar #(belopp * 2) kronor.",
            "100",
            "900",
        ),
        (
            "#let belopp = 100\n#let dubbelt = belopp * 2\nDet kostar #dubbelt kronor.",
            "100",
            "900",
        ),
        (
            "#let belopp = 100\nDet kostar #str(belopp * 2) kronor.",
            "100",
            "900",
        ),
        (
            "#let villkor(x) = [Kommunen ska betala #x kronor i vite.]\n#villkor(5)",
            "Kommunen",
            "Regionen",
        ),
        (
            "#let villkor(x) = [Kommunen ska betala #x kronor i vite.]\n#villkor(5)",
            "(5)",
            "(6)",
        ),
        (
            "#let villkor(vite: 0) = [Kommunen ska betala #vite kronor.]\n#villkor(vite: 5)",
            ": 5",
            ": 6",
        ),
        (
            "#let (a, b) = (\"Borås\", \"Ale\")\nParten i #a betalar.",
            "Borås",
            "Lerum",
        ),
        ("#let a = 1\n#if a > 0 [Ja.] else [Nej.]", "= 1", "= -1"),
        (
            "#figure([Bild], caption: \"Kommunen betalar\")",
            "Kommunen",
            "Regionen",
        ),
        (
            "#quote(attribution: \"Kommunen\")[Vi betalar.]",
            "Kommunen",
            "Regionen",
        ),
        ("Det kostar #str(5) kronor.", "5", "6"),
        (
            "#let belopp = 100\nDet kostar #text(size: 3mm, str(belopp)) kronor.",
            "100",
            "900",
        ),
        (
            "#let belopp = 100\nDet kostar $#belopp$ kronor.",
            "100",
            "900",
        ),
        ("Det kostar #numbering(\"1\", 5) kronor.", "5)", "6)"),
    ] {
        let new = old.replace(from, to);
        assert_ne!(old, new);
        let told = told(old, &new);
        let (from, to) = (
            from.trim_matches([':', ' ', '(', ')', '=']),
            to.trim_matches([':', ' ', '(', ')', '=']),
        );
        assert!(told.contains(from) && told.contains(to), "{old}\n{told}");
    }
}

#[test]
fn a_value_that_is_written_out_is_told_in_words() {
    assert_eq!(
        told(
            "#let d = (hyra: [100 kronor])\nHyran är #d.hyra.",
            "#let d = (hyra: [900 kronor])\nHyran är #d.hyra."
        ),
        "== syfte § 1 changed\n  = § 1 Syfte\n  Hyran är [-100-]{+900+} kronor.\n"
    );
    assert_eq!(
        told(
            "#let rader = ((\"hyra\", \"100 kr\"),)\n#table(columns: 2, ..rader.flatten())",
            "#let rader = ((\"hyra\", \"900 kr\"),)\n#table(columns: 2, ..rader.flatten())"
        ),
        "== syfte § 1 changed\n  = § 1 Syfte\n  |0,0| hyra\n  |0,1| [-100-]{+900+} kr\n"
    );
}

#[test]
fn what_only_steers_the_look_is_no_change_of_words() {
    for (old, new) in [
        ("#v(3mm)\nOrd.", "#v(4mm)\nOrd."),
        ("#align(left)[Ord.]", "#align(center)[Ord.]"),
        ("#text(size: 3mm)[Ord.]", "#text(size: 4mm)[Ord.]"),
        ("#set text(size: 3mm)\nOrd.", "#set text(size: 4mm)\nOrd."),
        ("#let w = 3mm\n#v(w)\nOrd.", "#let w = 4mm\n#v(w)\nOrd."),
        (
            "#let w = 3mm\n#table(columns: (w,), [Ord.])",
            "#let w = 4mm\n#table(columns: (w,), [Ord.])",
        ),
    ] {
        let clause = |words: &str| format!("= Syfte <syfte>\n\n{words}\n");
        let redline = redline_of(&clause(old), &clause(new));
        assert_eq!(
            redline.summary()[0].happened,
            [Happening::Unchanged],
            "{old}"
        );
        assert_eq!(redline.unseen.len(), 1, "{old} {:?}", redline.unseen);
        assert_eq!(redline.unseen[0].kind, UnseenKind::Formatting, "{old}");
    }
}

#[test]
fn a_clause_of_which_nothing_is_told_is_compared_as_it_stands() {
    let text = |binding: &str, other: &str| {
        format!("#let belopp = {binding}\n\n= Syfte <syfte>\n\nOrd.\n\n= Mål <mal>\n\n{other}\n")
    };
    let told = |old: &str, new: &str| {
        let redline = redline_of(old, new);
        redline
            .unseen
            .iter()
            .map(|unseen| (unseen.kind, unseen.place.clone()))
            .collect::<Vec<_>>()
    };
    let file = (UnseenKind::SharedFile, "clauses/01.typ".to_owned());
    assert_eq!(told(&text("1", "Ord."), &text("2", "Ord.")), [file]);
    // A remark is told only where nothing else is: by its file.
    let remark = told(&text("1", "Ord."), &text("1", "Ord. // en anmärkning\n"));
    assert!(
        remark
            .iter()
            .all(|(kind, _)| *kind == UnseenKind::SharedFile)
    );
    assert_eq!(told(&text("1", "Ord."), &text("1", "Andra ord.")), []);
}

#[test]
fn names_that_double_again_and_again_end() {
    let doubling = |word: &str| {
        let mut text = format!("#let a0 = [{word}]\n");
        for n in 1..40 {
            let before = n - 1;
            text += &format!(
                "#let a{n} = [#a{before} #a{before}]\n#let b{n} = (..a{before}, ..a{before})\n"
            );
        }
        format!("{text}\n= Syfte <syfte>\n\n#a39\n\n#table(..b39)\n\n= Mål <mal>\n\n#a39\n")
    };
    let redline = redline_of(&doubling("ord"), &doubling("ting"));
    assert_eq!(redline.summary()[0].happened, [Happening::Changed]);
    assert_eq!(redline.summary()[1].happened, [Happening::Changed]);
}
