//! Letters as plain text.

use proptest::prelude::*;

use super::*;

#[test]
fn plain_text_has_short_lines_and_no_marks() {
    let context = serde_json::json!({ "name": "Å]#$*", "items": ["ett", "två"], "none": null });
    let filled = |template: &str| fill_plain("templates/letters/a.txt", template, &context);
    let text = filled(
        "Ämne: {{ name }}\n\n\n{% for item in items %}\n- {{ item }}\n{% endfor %}\n\n\nHej\n\n",
    );
    assert_eq!(text.unwrap(), "Ämne: Å]#$*\n\n- ett\n- två\n\nHej\n");
    for (template, message) in [
        (
            "{% if true %}\n{{ other }}\n{% endif %}\n",
            "templates/letters/a.txt:2: undefined value",
        ),
        ("{{ none }}", "the value is none"),
        ("{{ items }}", "a sequence cannot be printed"),
        ("{{ name|safe }}", "unknown filter"),
        ("{% for x in range(9999999) %}{{ x }}{% endfor %}", ""),
    ] {
        let error = filled(template).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let lines = serde_json::json!({ "name": "Två\nrader" });
    let error = fill_plain("a.txt", "Ämne: {{ name }}", &lines).unwrap_err();
    assert!(error.to_string().contains("U+000A"), "{error}");
}

#[test]
fn long_lines_are_broken_below_their_first_word() {
    let word = "ord ".repeat(40);
    let text = broken(&format!(
        "- {word}\n  12. {word}\nÄmne: {word}\n{}\n",
        "x".repeat(200)
    ));
    assert!(text.lines().all(|line| line.chars().count() <= LINE_CHARS));
    for start in ["  ord", "      ord", " ord", "xxx"] {
        assert!(text.lines().any(|line| line.starts_with(start)), "{text}");
    }
    assert_eq!(text.matches('x').count(), 200);
    assert_eq!(text.matches("ord").count(), 120);
}

proptest! {
    #[test]
    fn breaking_loses_nothing_and_is_stable(text in "[ a-zå\n.1-]{0,400}") {
        let broken = broken(&text);
        prop_assert!(broken.lines().all(|line| line.chars().count() <= LINE_CHARS));
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&broken), letters(&text));
    }
}
