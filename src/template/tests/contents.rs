use super::*;

#[test]
fn every_clause_has_an_id_of_its_own() {
    let found = lint_of(
        "clauses/01.typ",
        "= A <a>\n\ntext\n\n= B\n\n== C\n\n= D <a>\n",
    );
    assert_eq!(
        found,
        [
            "templates/prov/1.0/clauses/01.typ:5: the clause has no id",
            "templates/prov/1.0/clauses/01.typ:9: clause id <a> stands already at templates/prov/1.0/clauses/01.typ:1",
        ]
    );
}

#[test]
fn contents_are_numbered_as_they_are_printed() {
    let manifest = VERSION.replace(
        r#"["clauses/01.typ"]"#,
        r#"["clauses/01.typ", "clauses/02.typ", "clauses/bilaga-1.typ"]"#,
    );
    let mut files = files("version.toml", &manifest);
    let mut add = |path: &str, text: &str| files.insert(path.to_owned(), text.into());
    add(
        "clauses/01.typ",
        "#import \"/shared/clauses.typ\": twice\n\n= Syfte\\, _mål_ och~\"nytta\" <syfte>\n\n== Inte en paragraf\n",
    );
    add("clauses/02.typ", "= Tid <tid>\n");
    add("clauses/bilaga-1.typ", "= Bilaga 1: Parter <bilaga-1>\n");
    let freeze = |files: BTreeMap<String, Vec<u8>>| {
        let party = Party::parse("p.toml", PARTY).unwrap();
        Bundle::freeze(FOLDER, files, &[party]).unwrap()
    };
    let heads = contents(&freeze(files.clone()), FOLDER).unwrap();
    let told: Vec<String> = heads
        .iter()
        .map(|head| format!("{}={head}", head.id))
        .collect();
    assert_eq!(
        told,
        [
            "syfte=§ 1 Syfte, mål och\u{a0}”nytta”",
            "tid=§ 2 Tid",
            "bilaga-1=Bilaga 1: Parter",
        ]
    );
    for (text, head) in [
        (
            "= Syfte #emph[och *ram*] (§~4, #link(\"https://exempel.se\")[lagen]) <tid>\n",
            "§ 2 Syfte och ram (§\u{a0}4, lagen)",
        ),
        (
            "= Se `mall.typ`#footnote[En not.] och https://exempel.se <tid>\n",
            "§ 2 Se mall.typ och https://exempel.se",
        ),
        (
            "= #link(\"https://exempel.se\") <tid>\n",
            "§ 2 https://exempel.se",
        ),
    ] {
        files.insert("clauses/02.typ".to_owned(), text.into());
        let heads = contents(&freeze(files.clone()), FOLDER).unwrap();
        assert_eq!(heads[1].to_string(), head, "{text}");
    }
    for (text, problem) in [
        ("= Tid\n", "the clause has no id"),
        ("= Tid <syfte>\n", "clause id syfte stands twice"),
        ("= Tid <Tid>\n", "is no clause"),
    ] {
        files.insert("clauses/02.typ".to_owned(), text.into());
        let problems = contents(&freeze(files.clone()), FOLDER).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].message.contains(problem), "{problems:?}");
        assert_eq!(problems[0].line, Some(1));
    }
}
