//! The page: whatever a text holds, it comes out as text.

use super::super::html;
use super::by_hand::everything;

#[test]
fn a_page_escapes_and_says_what_became_of_words() {
    let page = String::from_utf8(html(&everything()).unwrap()).unwrap();
    for words in [
        "<html lang=\"sv\">",
        "Avtal om &lt;prov&gt; &amp; övning",
        "<del><span class=\"heard\">[struket:] </span>bör<span class=\"heard\"> [slut]</span></del>",
        "tala &lt;med&gt; varandra,",
        "<ins>§ 3</ins>",
        "Uppsägningstid i månader",
        "a[hårt mellanslag]b",
        "flyttad till 3.2",
        "flyttad från 1.5",
        "flyttad, tidigare § 4",
        "flyttad, nu § 2",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    for words in ["<med>", "<script", "<prov>"] {
        assert!(!page.contains(words), "{words} in {page}");
    }
}
