//! What a version says of another one.

use super::*;

#[test]
fn only_an_amendment_says_what_it_amends() {
    let amended = "\n[amended]\nclauses = [\"uppfoljning\"]\nfrom = 2026-06-01\n";
    let amends = "\n[relation]\nkind = \"amends\"\nagreement = \"fc\"\nversion = \"1.0\"\n";
    let read = manifest(&format!("{MANIFEST}{amends}{amended}")).unwrap();
    let first_day = read.first_day().unwrap().to_string();
    assert_eq!(first_day, "2026-06-01");
    assert_eq!(read.amended.unwrap().clauses[0].as_str(), "uppfoljning");
    for relation in ["", "\n[relation]\nkind = \"replaces\"\nversion = \"0.9\"\n"] {
        let refused = manifest(&format!("{MANIFEST}{relation}{amended}")).unwrap_err();
        assert!(
            refused.message.contains("stands in an amendment alone"),
            "{refused}"
        );
    }
    let twice = "\n[amended]\nclauses = [\"mal\", \"mal\"]\n";
    let refused = manifest(&format!("{MANIFEST}{amends}{twice}")).unwrap_err();
    assert!(refused.message.contains("clause mal is amended twice"));
    let no_day = "\n[amended]\nfrom = 2026-06-31\n";
    assert!(manifest(&format!("{MANIFEST}{amends}{no_day}")).is_err());
}

#[test]
fn a_version_replaces_an_earlier_one_alone() {
    for version in ["1.0", "1.1"] {
        let relation = format!("\n[relation]\nkind = \"replaces\"\nversion = \"{version}\"\n");
        let refused = manifest(&format!("{MANIFEST}{relation}")).unwrap_err();
        assert!(refused.message.contains("only an earlier one"), "{refused}");
    }
}
