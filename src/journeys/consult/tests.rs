use super::round::find_clause;
use super::words::{STANCES, disposition_words, read_disposition, read_stance, stance_words};
use crate::register::{Disposition, Stance};
use crate::template::ClauseHead;

fn contents() -> Vec<ClauseHead> {
    [
        ("parter", "§ 1", "Parter"),
        ("avtalets-stallning", "§ 2", "Avtalets ställning"),
        ("mal", "§ 5", "Mål"),
        ("bilaga-1", "", "Bilaga 1: Parter i avtalet"),
    ]
    .map(|(id, number, title)| ClauseHead {
        id: id.parse().unwrap(),
        number: number.to_owned(),
        title: title.to_owned(),
    })
    .into()
}

#[test]
fn words_that_are_shown_are_read() {
    for stance in STANCES {
        assert_eq!(read_stance(stance_words(stance)).unwrap(), stance);
        let shouted = format!(" {}. ", stance_words(stance).to_uppercase());
        assert_eq!(read_stance(&shouted).unwrap(), stance);
    }
    let english = [
        "support",
        "Support-with-change",
        "reject",
        "comment",
        "abstain",
    ];
    for (word, stance) in english.iter().zip(STANCES) {
        assert_eq!(read_stance(word).unwrap(), stance);
    }
    assert_eq!(
        read_stance("support_with_change").unwrap(),
        Stance::SupportWithChange
    );
    for disposition in [
        Disposition::NotTakenIn,
        Disposition::TakenIn,
        Disposition::TakenInPart,
    ] {
        let read = read_disposition(disposition_words(disposition));
        assert_eq!(read.unwrap(), disposition);
    }
    for word in [
        "",
        "ja",
        "tillstyrker inte",
        "tillstyrker delvis",
        "avstyrkes ej",
    ] {
        let error = read_stance(word).unwrap_err();
        assert_eq!(error.to_string(), format!("{word:?} is no stance"));
        assert!(read_disposition(word).is_err());
    }
}

#[test]
fn a_clause_is_named_by_id_number_or_title() {
    let contents = contents();
    for (given, id) in [
        ("mal", "mal"),
        ("§ 5", "mal"),
        ("§5", "mal"),
        ("5", "mal"),
        ("5.", "mal"),
        ("§\u{a0}5", "mal"),
        ("Paragraf 5", "mal"),
        ("MÅL", "mal"),
        ("§ 5 Mål", "mal"),
        ("5. Mål", "mal"),
        ("avtalets-stallning", "avtalets-stallning"),
        ("Avtalets  ställning", "avtalets-stallning"),
        ("Bilaga 1", "bilaga-1"),
        ("bilaga 1: parter i avtalet", "bilaga-1"),
        ("Parter", "parter"),
    ] {
        let found = find_clause(&contents, given).unwrap();
        assert_eq!(found.id.as_str(), id, "{given}");
    }
    for given in ["", "§", "§ 3", "mål och mening", "51", "parter 1"] {
        let error = find_clause(&contents, given).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{given:?} is no clause of the text")
        );
        assert!(error.hint().contains("avtalets-stallning"), "{given}");
    }
}

#[test]
fn a_title_that_two_clauses_have_is_ambiguous() {
    let mut contents = contents();
    contents[1].title = "Mål".to_owned();
    let found = find_clause(&contents, "mal").unwrap();
    assert_eq!(found.id.as_str(), "mal");
    contents[2].id = "syfte".parse().unwrap();
    let error = find_clause(&contents, "Mål").unwrap_err();
    assert_eq!(error.to_string(), "\"Mål\" fits several clauses");
    assert_eq!(error.hint(), "name it by its id: avtalets-stallning, syfte");
    for given in ["syfte", "§ 5", "5 Mål"] {
        assert_eq!(find_clause(&contents, given).unwrap().id.as_str(), "syfte");
    }
}
