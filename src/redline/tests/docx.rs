//! The Word document: its XML is well-formed, the same each time, and says of each word what became of it.

use chrono::NaiveDate;
use roxmltree::Document;

use super::super::docx;
use super::by_hand::everything;
use super::cases::redlines;
use super::redline_of;

const DATED: NaiveDate = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();

#[test]
fn every_file_is_xml_and_the_same_each_time() {
    let files = docx(&everything(), DATED);
    assert_eq!(files.keys().next().unwrap(), "[Content_Types].xml");
    for (name, bytes) in &files {
        let text = std::str::from_utf8(bytes).unwrap();
        Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    }
    assert_eq!(files, docx(&everything(), DATED));
}

/// Each change has a number of its own, an author and a day, and each move its two ends.
#[test]
fn changes_are_told_apart() {
    let files = docx(&everything(), DATED);
    let text = std::str::from_utf8(&files["word/document.xml"]).unwrap();
    let document = Document::parse(text).unwrap();
    let changes = document.descendants().filter(|node| {
        let name = node.tag_name().name();
        let is_end = name.ends_with("RangeEnd");
        !is_end
            && node
                .attributes()
                .any(|attribute| attribute.name() == "author")
    });
    let mut ids = std::collections::BTreeSet::new();
    for change in changes {
        let value = |name: &str| {
            let mut attributes = change.attributes();
            attributes
                .find(|attribute| attribute.name() == name)
                .unwrap()
                .value()
        };
        assert!(ids.insert(value("id")), "{}", value("id"));
        assert_eq!(value("author"), "sigill");
        assert!(value("date").starts_with("2024-03-01T00:0"));
    }
    assert!(ids.len() > 40, "{}", ids.len());
    for end in ["moveFromRange", "moveToRange"] {
        let count = |name: &str| text.matches(&format!("<w:{end}{name} ")).count();
        // The paragraph alone: the clause that moved was changed on the way.
        assert_eq!((count("Start"), count("End")), (1, 1), "{end}");
    }
}

/// However many paragraphs a cell has, the cells of a row fill the columns of its table.
#[test]
fn the_cells_of_a_row_fill_its_columns() {
    let mut tables = 0;
    for (name, redline) in redlines() {
        let files = docx(&redline, DATED);
        let text = std::str::from_utf8(&files["word/document.xml"]).unwrap();
        let document = Document::parse(text).unwrap();
        let named = |name: &'static str, within: roxmltree::Node<'_, '_>| {
            let all = within.descendants();
            let of_name = all.filter(|node| node.tag_name().name() == name);
            of_name.map(|node| node.id()).collect::<Vec<_>>()
        };
        for table in named("tbl", document.root()) {
            let table = document.get_node(table).unwrap();
            let columns = named("gridCol", table).len();
            for row in named("tr", table) {
                let row = document.get_node(row).unwrap();
                let cells = named("tc", row);
                let spans: usize = named("gridSpan", row)
                    .into_iter()
                    .map(|span| document.get_node(span).unwrap())
                    .flat_map(|span| span.attributes())
                    .map(|span| span.value().parse::<usize>().unwrap() - 1)
                    .sum();
                assert_eq!(cells.len() + spans, columns, "{name}: {text}");
                for cell in cells {
                    let cell = document.get_node(cell).unwrap();
                    assert!(!named("p", cell).is_empty(), "{name}: {text}");
                }
            }
            tables += 1;
        }
    }
    assert!(tables > 5, "{tables}");
}

/// A move says that the words are the same: where one went on the way, Word is to show it struck.
#[test]
fn a_move_hides_no_change_of_words() {
    let purpose = "= Syfte <syfte>\n\n+ Avtalet ger stöd.\n\n";
    let goal = "= Mål <mal>\n\n+ Målen är lokala.\n\n";
    let pay =
        "+ Kommunen ska inte betala hyran för familjecentralens lokaler under avtalstiden.\n\n";
    let rent = format!("= Hyra <hyra>\n\n{pay}");
    let moved = [
        (
            format!("{purpose}{pay}{goal}"),
            format!("{purpose}{goal}{pay}"),
        ),
        (
            format!("{rent}{purpose}{goal}"),
            format!("{purpose}{goal}{rent}"),
        ),
    ];
    for (old, new) in moved {
        let written = |new: &str| {
            let files = docx(&redline_of(&old, new), DATED);
            let xml = files["word/document.xml"].clone();
            String::from_utf8(xml).unwrap()
        };
        let same = written(&new);
        assert_eq!(same.matches("<w:moveFromRangeStart ").count(), 1, "{same}");
        assert!(!same.contains("<w:delText xml:space=\"preserve\">Kommunen"));

        let changed = written(&new.replace("inte ", ""));
        assert!(!changed.contains("<w:move"), "{changed}");
        let document = Document::parse(&changed).unwrap();
        let words = |name: &str| -> String {
            let nodes = document.descendants();
            let texts = nodes.filter(|node| node.tag_name().name() == name);
            texts.filter_map(|node| node.text()).collect()
        };
        assert!(words("delText").contains("ska inte betala"), "{changed}");
        assert!(words("t").contains("ska betala"), "{changed}");
    }
}
