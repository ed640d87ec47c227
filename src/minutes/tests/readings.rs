//! Small texts, one rule each.

use super::extracts::read;
use crate::agreement::Outcome;
use crate::minutes::{DoubtKind, Field};

/// An extract with a decision of these words.
fn decided(words: &str) -> String {
    format!(
        "Kommunstyrelsen 2024-02-07\n\n§ 4 Samverkansavtal för familjecentraler\nDnr KS 2023/259\n\nBeslut\n{words}\n\nÄrendet\nEtt ärende.\n"
    )
}

fn outcome(words: &str) -> Option<Outcome> {
    read(&decided(words)).outcome.map(|found| found.value)
}

#[test]
fn what_concludes_is_approved() {
    for words in [
        "Kommunstyrelsen beslutar att teckna avtal med Västra Götalandsregionen.",
        "Kommunstyrelsen godkänner samverkansavtalet.",
        "Samverkansavtal för familjecentraler godkänns.",
        "att godkänna och teckna avtalet",
        "1. Anta förslaget till samverkansavtal.",
        "Kommunstyrelsen beslutar i enlighet med förvaltningens förslag att ingå samverkansavtalet.",
        "Kommunstyrelsen beslutar att ansluta sig till samverkansavtalet.",
        "Kommunstyrelsen beslutar godkänna och underteckna samverkansavtal med Västra Götalandsregionen.",
        "Kommunstyrelsen beslutar att anta samverkansavtalet.\nKommunstyrelsen beslutar att ärendet därmed är besvarat.",
        "Kommunstyrelsen beslutar att teckna avtal med Västra Götalandsregionen om familjecentraler.",
        "Med 16 röster mot 15 beslutar kommunstyrelsen att godkänna samverkansavtalet.",
        "Kommunstyrelsen ställer sig bakom reviderat samverkansavtal.",
        "Kommunstyrelsen beslutar för egen del att ställa sig bakom avtalet",
    ] {
        assert_eq!(outcome(words), Some(Outcome::Approved), "{words}");
    }
}

#[test]
fn what_does_not_conclude_is_not_approved() {
    for words in [
        "Kommunstyrelsen beslutar att utreda möjligheten att teckna samverkansavtalet.",
        "Kommunstyrelsen ställer sig positiv till att teckna samverkansavtalet.",
        "Kommunstyrelsen beslutar att upphäva beslutet den 9 januari 2024 att teckna samverkansavtalet.",
        "att säga upp samverkansavtalet och teckna avtal om annat",
        "Kommunstyrelsen godkänner redovisningen av samverkansavtalet.",
        "Kommunstyrelsen godkänner svaret på remissen om samverkansavtal.",
        "Kommunstyrelsen godkänner hyresavtalet.",
        "Kommunstyrelsen beslutar föreslå kommunfullmäktige att godkänna samverkansavtalet.",
        "Kommunstyrelsen uppdrar åt förvaltningen att förbereda samverkansavtalet.",
        "Kommunstyrelsen beslutade 2016-03-02 att godkänna samverkansavtalet.",
        "Kommunstyrelsen beslutar enligt förslaget.",
        "Familjecentralen ingår i samverkansavtalet.",
        "Kommunstyrelsen noterar samverkansavtalet.",
        "Kommunstyrelsen godkänner samverkansavtalet, men inte bilaga 2.",
        "Kommunstyrelsen godkänner samverkansavtalet för ungdomsmottagningar.",
        "Kommunstyrelsen beslutar att godkänna samverkansavtalet för familjecentraler förutom punkt 4.",
        "Kommunstyrelsen beslutar att godkänna samverkansavtalet med reservation för kommunfullmäktiges beslut om budget.",
        "Kommunstyrelsen beslutar att godkänna samverkansavtalet efter att bilaga 3 har strukits.",
        "Kommunstyrelsen beslutar att godkänna samverkansavtalet i de delar som rör öppen förskola.",
        "Kommunstyrelsen godkänner samverkansavtalet. Avtalet ska inte undertecknas förrän VGR har fattat motsvarande beslut.",
        "Kommunstyrelsen godkänner samverkansavtalet under ett år.",
        "Kommunstyrelsen godkänner förslaget till samverkansavtal som underlag för fortsatt dialog.",
        "Kommunstyrelsen godkänner att samverkansavtalet skickas på remiss.",
        "Kommunstyrelsen beslutar att ge kommundirektören i uppdrag att teckna samverkansavtalet.",
        "Kommunstyrelsen godkänner inriktningen i samverkansavtalet.",
        "Kommunstyrelsen ställer sig bakom intentionerna i samverkansavtalet.",
        "Kommunstyrelsen godkänner samverkansavtalet givet att finansieringen löses.",
        "Kommunstyrelsen godkänner samverkansavtalet om Västra Götalandsregionen gör detsamma.",
        "Kommunstyrelsen godkänner samverkansavtalet, och uppmanar parterna att omförhandla punkt 3.",
        "Kommunstyrelsen tillstyrker samverkansavtalet.",
        "Kommunstyrelsen lämnar ärendet utan eget ställningstagande.",
        "Kommunstyrelsen beslutar att delta i samverkansavtalet.",
        "Ordföranden godkänner samverkansavtalet.",
        "Kommunfullmäktige godkänner samverkansavtalet.",
        "Kommunstyrelsen godkänner samverkansavtalets bilaga 2.",
        "Kommunstyrelsen godkänner avtalets ekonomiska reglering.",
        "att godkänna samverkansavtalet,\natt avtalet träder i kraft först 2025-01-01.",
        "att godkänna samverkansavtalet,\natt utgifterna belastar nämndens budget,\natt beslutet omprövas om kostnaderna ökar.",
        "Samverkansavtalet godkänns att gälla från och med 2024-03-01.",
        "Kommunstyrelsen godkänner tecknandet av samverkansavtalet.",
        "Kommunstyrelsen antar yttrandet över samverkansavtalet som sitt eget.",
        "Kommunstyrelsen avslår återremissyrkandet och godkänner samverkansavtalet.",
        "Kommunstyrelsen godkänner samverkansavtalet exklusive avsnitt 7.",
        "Kommunstyrelsen godkänner samverkansavtalet att prövas på nytt efter ett år.",
        "Kommunstyrelsen beslutar att teckna avtal med regionen om lokaler.",
        "Kommunstyrelsen beslutar att godkänna samverkansavtalet under",
        "att godkänna samverkansavtalet\natt avslå samverkansavtalet",
        "att godkänna samverkansavtalet              SIDA 4",
    ] {
        assert_eq!(outcome(words), None, "{words}");
    }
}

#[test]
fn refusing_and_putting_off_are_told_apart() {
    for (words, wanted) in [
        (
            "Kommunstyrelsen beslutar att inte teckna samverkansavtalet.",
            Outcome::Declined,
        ),
        (
            "Kommunstyrelsen avstår från att teckna samverkansavtalet.",
            Outcome::Declined,
        ),
        ("Samverkansavtalet godkänns inte.", Outcome::Declined),
        (
            "Kommunstyrelsen avslår förslaget till samverkansavtal.",
            Outcome::Declined,
        ),
        ("Ärendet återremitteras.", Outcome::Deferred),
        ("Ärendet bordläggs till den 6 mars 2024.", Outcome::Deferred),
        (
            "Kommunstyrelsen avvaktar med att teckna samverkansavtalet.",
            Outcome::Deferred,
        ),
    ] {
        assert_eq!(outcome(words), Some(wanted), "{words}");
    }
}

#[test]
fn a_condition_is_kept_in_its_words() {
    let proposal = read(&decided(
        "Kommunstyrelsen beslutar att teckna samverkansavtalet, förutsatt att regionen också\ngör det.",
    ));
    assert_eq!(
        proposal.outcome.unwrap().value,
        Outcome::ApprovedWithCondition
    );
    let condition = proposal.condition.unwrap();
    assert_eq!(condition.value, "förutsatt att regionen också gör det");
    assert_eq!(condition.line, 7);
}

#[test]
fn a_dissent_is_no_condition() {
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet.");
    let text =
        format!("{text}\nReservation\nProv Provsson (X) reserverar sig: förbehåll saknas.\n");
    let proposal = read(&text);
    assert_eq!(proposal.outcome.unwrap().value, Outcome::Approved);
    assert_eq!(proposal.condition, None);
    assert_eq!(proposal.dissents.len(), 1);
}

#[test]
fn two_values_propose_neither() {
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet.");
    let text = text.replace("Dnr KS 2023/259", "Dnr KS 2023/259, KS 2023/260");
    let text = format!("Sammanträdesdatum: 2024-02-06\n{text}");
    let proposal = read(&text);
    assert_eq!((&proposal.met_on, &proposal.diary_number), (&None, &None));
    let competing: Vec<_> = proposal
        .doubts
        .iter()
        .filter(|doubt| doubt.kind == DoubtKind::Competing)
        .filter_map(|doubt| doubt.field)
        .collect();
    assert_eq!(competing, [Field::DiaryNumber, Field::MetOn]);
    assert!(proposal.missing.contains(&Field::MetOn));
}

#[test]
fn a_diary_number_told_in_the_story_is_not_the_matter_s() {
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet.");
    let story = "\nKommunstyrelsen godkände 2016 ett avtal (KS 2016/44).\nSe även dnr KS 2016/45.";
    let text = text.replace("\nDnr KS 2023/259", &format!("\n{story}"));
    assert_eq!(read(&text).diary_number, None);
}

#[test]
fn a_diary_number_that_looks_like_a_section_is_none() {
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet.");
    let text = text
        .replace("§ 4 Samverkans", "KS 45/23 Samverkans")
        .replace("Dnr KS 2023/259", "");
    assert_eq!(read(&text).section, None);
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet.");
    let text = text.replace("Dnr KS 2023/259", "\nKS 45/23\n");
    let proposal = read(&text);
    assert_eq!(proposal.section.unwrap().value, "§ 4");
    assert_eq!(proposal.diary_number.unwrap().value, "KS 45/23");
}

#[test]
fn personal_numbers_are_not_quoted() {
    let text = decided("Kommunstyrelsen godkänner samverkansavtalet. Anmälare 19121212-1212.");
    let proposal = read(&text);
    let told = serde_json::to_string(&proposal).unwrap();
    assert!(!told.contains("1212-1212"), "{told}");
}

#[test]
fn empty_and_foreign_texts_propose_nothing() {
    for text in [
        "",
        "\u{c}\u{c}",
        "§",
        "§ 1",
        "Lorem ipsum dolor sit amet.\n§ 2 dolor\n\nBeslut\nsit",
    ] {
        let proposal = read(text);
        assert_eq!(proposal.section, None, "{text:?}");
        assert_eq!(proposal.party, None, "{text:?}");
        assert_eq!(proposal.missing.len(), 10);
    }
}
