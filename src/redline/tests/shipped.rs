//! The shipped versions 0.9 and 1.0: does it read like a redline that a lawyer would make?

use include_dir::{Dir, include_dir};

use super::*;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static SIGNATORIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/signatories");

pub(super) fn shipped(agreement: &str, version: &str) -> Bundle {
    let mut files = BTreeMap::new();
    let folder = TEMPLATES.get_dir(agreement).unwrap();
    let own = folder.get_dir(format!("{agreement}/{version}")).unwrap();
    let clauses = own
        .get_dir(format!("{agreement}/{version}/clauses"))
        .unwrap();
    for file in own.files().chain(clauses.files()) {
        let path = file.path().to_str().unwrap();
        let path = path
            .strip_prefix(&format!("{agreement}/{version}/"))
            .unwrap();
        files.insert(path.to_owned(), file.contents().to_vec());
    }
    let manifest = folder
        .get_file(format!("{agreement}/agreement.toml"))
        .unwrap();
    files.insert("agreement.toml".to_owned(), manifest.contents().to_vec());
    for file in TEMPLATES.get_dir("shared").unwrap().files() {
        files.insert(
            file.path().to_str().unwrap().to_owned(),
            file.contents().to_vec(),
        );
    }
    let parties: Vec<Party> = SIGNATORIES
        .files()
        .filter(|file| file.path().extension().is_some_and(|ext| ext == "toml"))
        .map(|file| {
            Party::parse(file.path().to_str().unwrap(), file.contents_utf8().unwrap()).unwrap()
        })
        .collect();
    Bundle::freeze(&format!("templates/{agreement}/{version}"), files, &parties).unwrap()
}

#[test]
fn from_0_9_to_1_0_reads_as_a_lawyer_would_write_it() {
    let redline = redline_between(
        &shipped("familjecentral", "0.9"),
        &shipped("familjecentral", "1.0"),
    );
    let text = notation(&redline);
    let has = |line: &str| {
        assert!(
            text.contains(&format!("{line}\n")),
            "{line}\nis not in\n{text}"
        );
    };

    // The fourth purpose is put in, and the "och" before the last one moves with it.
    has("    b) klargöra vad regionen och kommunerna ansvarar för i en familjecentral,[- och-]");
    has(
        "    c) ge en gemensam grund för de lokala överenskommelserna, så att stödet blir likvärdigt i hela länet[-.-]{+, och+}",
    );
    has(
        "+   d) säkra samverkan mellan huvudmännen, så att den består när personer, uppdrag och organisation förändras.",
    );

    // The goal is another one: one deletion, one insertion, no stray words kept.
    has(
        "  5.1 Målet är att [-det ska finnas minst en familjecentral i varje kommun i länet-]{+alla blivande föräldrar och alla familjer med barn som ännu inte har börjat i förskoleklass ska kunna nå en familjecentral, i den egna kommunen eller i en annan kommun som tar emot dem enligt en lokal överenskommelse+}.",
    );
    has(
        "+ 5.2 Regionen och kommunen ska inom tolv månader från den dag då avtalet blev bindande mellan dem gemensamt ange hur och när målet ska nås i kommunen. Beskedet ska vara skriftligt och lämnas till VästKom.",
    );

    // The economy and the follow-up are filled in.
    has("+ 13.3 Gemensamma kostnader är");
    has("+   d) samordnaren, i den omfattning som anges i den lokala överenskommelsen.");
    has(
        "  14.1 Parterna ska följa upp avtalet{+ under avtalstiden+}. Uppföljningen ska visa om målet i <§~5|@mal> nås och om åtagandena fullgörs.",
    );
    has(
        "  14.2 Varje lokal styrgrupp ska [-en gång om året-]{+senast den 31 mars varje år+} lämna en skriftlig rapport {+om det föregående året +}till regionen[- och-]{+,+} kommunen[-.-]{+ och VästKom. Rapporten ska ange+}",
    );
    has("+   e) planerade förändringar.");
    has(
        "  14.3→14.5 Rapporter {+och sammanställningar +}får inte innehålla uppgifter om enskilda.",
    );
    has("  15.1 Parterna ska {+under avtalstiden +}verka för att");

    // So is the term, and how to end it.
    has(
        "  16.1 [-Avtalstid, uppsägning och förlängning bestäms när avtalet fastställs.-]{+Avtalet gäller från och med 2024-03-01 till och med 2025-12-31.+}",
    );
    has(
        "+ 16.2 Om avtalet inte sägs upp enligt <§~17|@uppsagning> förlängs det med 24 månader i sänder.",
    );
    has("== uppsagning – → § 17 added");
    has("! setting term.end: – → 2025-12-31");

    // What comes after it has another number, and is not shown as changed for that.
    has("== nar-avtalet-binder § 17 → § 18 changed renumbered");
    has("== tvist § 19 → § 20 renumbered");
    has("== underskrift § 20 → § 21 renumbered");
    has("== bilaga-1  unchanged");
    has(
        "  |9,1| Vilka kostnader som är gemensamma, [-hur de fördelas-]{+antalet delar de ska delas i enligt +}{+<§~13|@ekonomi>+}, hur budgeten beslutas och vem som fakturerar.",
    );

    let changed: Vec<String> = redline
        .summary()
        .iter()
        .filter(|clause| !clause.happened.contains(&Happening::Unchanged))
        .map(|clause| clause.id.to_string())
        .collect();
    assert_eq!(
        changed,
        [
            "syfte",
            "mal",
            "ekonomi",
            "uppfoljning",
            "utvecklingsriktning",
            "avtalstid",
            "uppsagning",
            "nar-avtalet-binder",
            "andringar",
            "tvist",
            "underskrift",
            "bilaga-2",
        ]
    );
}

#[test]
fn every_shipped_text_is_read() {
    for (agreement, version) in [
        ("familjecentral", "0.9"),
        ("familjecentral", "1.0"),
        ("introduktion", "1.0"),
    ] {
        let bundle = shipped(agreement, version);
        let redline = redline_between(&bundle, &bundle);
        assert!(redline.is_empty());
        let count = redline
            .clauses
            .iter()
            .flat_map(|clause| &clause.blocks)
            .count();
        assert!(count > 30, "{agreement} {version} has {count} blocks");
    }
}
