//! What a text is read as, and what is wrong in it.

use super::*;

fn text_of(clauses: &str) -> Result<Text, Vec<String>> {
    let bundle = bundle(clauses, "1.0", "");
    let filled = fill(&bundle, "").unwrap();
    read(&bundle, &filled).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn lines_of(clauses: &str) -> Vec<String> {
    let text = text_of(clauses).unwrap();
    let blocks = text.clauses.iter().flat_map(|clause| &clause.blocks);
    blocks
        .map(|block| format!("{}|{}", block.label, block.words()).replace('\u{a0}', "~"))
        .collect()
}

#[test]
fn clauses_paragraphs_and_items_are_numbered_as_printed() {
    let found = lines_of(
        "= Ett <ett>\n\nFörst.\n\n+ A\n\n  + B\n  + C\n    mer\n\n  Mellan.\n\n  + D\n\n+ E\n\nText.\n\n+ F\n\n5. G\n+ H\n\n= Två <tva>\n\n- I\n  - J\n\n== Under\n\n+ K\n",
    );
    assert_eq!(
        found,
        [
            "§~1|Ett",
            "|Först.",
            "1.1|A",
            "a)|B",
            "b)|C mer",
            "|Mellan.",
            "a)|D",
            "1.2|E",
            "|Text.",
            "1.1|F",
            "1.5|G",
            "1.6|H",
            "§~2|Två",
            "|I",
            "|J",
            "§~2|Under",
            "2.1|K",
        ]
    );
}

#[test]
fn words_are_read_as_they_are_printed() {
    let found = lines_of(
        "= Ett <ett>\n\n\"A\" -- b~c \\# d... e\\\nf `g` $h$ #\"i\\\"j\"; https://k.se #link(\"mailto:l@m.se\")\n\n\
         #strong[n] #emph(\"o\") @tva @tva[paragraf] #ref(<tva>) #link(<tva>)[se där] -5 #upper[p]\n\n\
         // inte med\nq /* inte med */ r#footnote[Fot.] s\n\n#let ord = [t u]\n#ord#v(1cm)\n= Två <tva>\n",
    );
    assert_eq!(
        found,
        [
            "§~1|Ett",
            "|”A” – b~c # d… e\nf g $h$ i\"j https://k.se l@m.se",
            "|n o §~2 paragraf~§~2 §~2 se där −5 p",
            "|q r s",
            "|Fot.",
            "|t u",
            "§~2|Två",
        ]
    );
}

#[test]
fn tables_are_read_row_by_row() {
    let text = text_of(
        "= Ett <ett>\n\n#figure(table(columns: (1fr, 2fr, auto), table.header([A], [B], [C]), \
         table.cell(colspan: 2)[D], [E], [F], [G], [], 12), caption: [Bild])\n\n#table([H], [I])\n",
    )
    .unwrap();
    let cells: Vec<String> = text.clauses[0]
        .blocks
        .iter()
        .filter_map(|block| match block.kind {
            BlockKind::Cell {
                table,
                row,
                column,
                is_head,
            } => {
                let head = if is_head { " head" } else { "" };
                Some(format!("{table} {row},{column} {}{head}", block.words()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        cells,
        [
            "0 0,0 A head",
            "0 0,1 B head",
            "0 0,2 C head",
            "0 1,0 D",
            "0 1,2 E",
            "0 2,0 F",
            "0 2,1 G",
            "0 2,2 ",
            "0 3,0 12",
            "1 0,0 H",
            "1 1,0 I",
        ]
    );
    assert_eq!(text.clauses[0].blocks.last().unwrap().words(), "I");
}

#[test]
fn a_cell_over_several_rows_leaves_room_in_those_below() {
    let text = text_of(
        "= Ett <ett>\n\n#table(columns: 3, table.cell(rowspan: 3)[A], [B], [C], [D], \
         table.cell(rowspan: 2)[E], [F], [G], [H], [I])\n",
    )
    .unwrap();
    let cells = text.clauses[0]
        .blocks
        .iter()
        .skip(1)
        .map(|block| match block.kind {
            BlockKind::Cell { row, column, .. } => format!("{row},{column} {}", block.words()),
            _ => String::new(),
        });
    assert_eq!(
        cells.collect::<Vec<_>>(),
        [
            "0,0 A", "0,1 B", "0,2 C", "1,0 ", "1,1 D", "1,2 E", "2,0 ", "2,1 F", "2,2 ", "3,0 G",
            "3,1 H", "3,2 I",
        ]
    );
}

#[test]
fn the_table_of_parties_is_read_as_it_is_printed() {
    let group = "(name: \"Delregion\", parties: ((name: \"Ale kommun\", styled: \"Ale kommun\", number: \"1\"), (name: \"Borås kommun\", styled: \"Borås stad\", number: \"2\")))";
    let lines = lines_of(&format!(
        "#import \"/shared/clauses.typ\": party-table\n\n= Ett <ett>\n\n#party-table(({group},))\n"
    ));
    assert_eq!(
        lines[1..],
        [
            "|Part",
            "|Kallar sig",
            "|Organisationsnummer",
            "|Delregion",
            "|Ale kommun",
            "|",
            "|1",
            "|Borås kommun",
            "|Borås stad",
            "|2",
        ]
    );
}

#[test]
fn a_list_begins_and_goes_on_with_the_numbers_that_code_gives_it() {
    let labels = |clauses: &str| -> Vec<String> {
        let lines = lines_of(&format!("= Ett <ett>\n\n{clauses}\n"));
        let labels = lines[1..].iter().map(|line| line.replace('|', " "));
        labels.collect()
    };
    assert_eq!(
        labels("#enum(start: 7)[a][b]\n\nc\n\n+ d"),
        ["1.7 a", "1.8 b", " c", "1.1 d"]
    );
    assert_eq!(
        labels("#enum([a], enum.item(5)[b], [c])"),
        ["1.1 a", "1.5 b", "1.6 c"]
    );
    assert_eq!(
        labels("+ a\n#enum.item(5)[b]\n+ c"),
        ["1.1 a", "1.5 b", "1.6 c"]
    );
    assert_eq!(
        labels("#set enum(start: 3)\n+ a\n+ b\n\nc\n\n+ d"),
        ["1.3 a", "1.4 b", " c", "1.3 d"]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let wrong = |clauses: &str| text_of(clauses).unwrap_err();
    assert_eq!(
        wrong("= Ett\n\nText.\n"),
        ["clauses/01.typ:1: the clause has no id"]
    );
    assert_eq!(
        wrong("= Ett <ett>\n\n= Två <ett>\n"),
        ["clauses/01.typ:3: clause id ett stands already at clauses/01.typ:1"]
    );
    assert_eq!(
        wrong("= Ett <ett>\n\n+ Se @borta och\n  @ett.\n"),
        ["clauses/01.typ:3: the text refers to @borta, which nothing in it is called"]
    );
    assert_eq!(
        wrong("= Ett <ett>\n\nSe #link(<borta>)[där].\n"),
        ["clauses/01.typ:3: the text refers to @borta, which nothing in it is called"]
    );
    assert_eq!(
        wrong("Ord.\n\n= Ett <ett>\n"),
        ["clauses/01.typ:1: the file has words before a clause's heading"]
    );
    assert_eq!(
        wrong("= Ett <Ett>\n"),
        [
            "clauses/01.typ:1: \"Ett\" is no clause: expected a lower-case letter, then up to 59 of a-z, 0-9 and -"
        ]
    );
}

#[test]
fn names_that_stand_for_themselves_end() {
    let found = lines_of("= Ett <ett>\n\n#let a = [b #a]\n#a\n");
    assert_eq!(found[0], "§~1|Ett");
}

#[test]
fn hostile_texts_are_compared() {
    let paragraph = |words: &mut dyn Iterator<Item = String>| {
        let words: Vec<String> = words.collect();
        format!("= Syfte <syfte>\n\n{}\n", words.join(" "))
    };
    // Ten thousand other words, ten thousand of the same few words, and ten thousand paragraphs of one word.
    let mut state = 1_u32;
    let mut next = move |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % limit
    };
    let count = 0..10_000_u32;
    let few = |next: &mut dyn FnMut(u32) -> u32| -> Vec<String> {
        count.clone().map(|_| format!("ord{}", next(5))).collect()
    };
    let (a, b) = (few(&mut next), few(&mut next));
    let pairs = [
        (
            paragraph(&mut count.clone().map(|at| format!("a{at}"))),
            paragraph(&mut count.clone().map(|at| format!("b{at}"))),
        ),
        (
            paragraph(&mut a.iter().cloned()),
            paragraph(&mut b.iter().cloned()),
        ),
        (
            format!("= Syfte <syfte>\n\n{}\n", a.join("\n\n")),
            format!("= Syfte <syfte>\n\n{}\n", b.join("\n\n")),
        ),
        (
            format!("= Syfte <syfte>\n\n{}", "[#[".repeat(300)),
            format!("= Syfte <syfte>\n\n{}a", "#strong[".repeat(300)),
        ),
    ];
    for (old, new) in pairs {
        assert!(!redline_of(&old, &new).is_empty());
    }
}
