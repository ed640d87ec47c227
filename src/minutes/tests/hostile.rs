//! Texts that mean ill: they end soon, and propose nothing.

use super::extracts::read;
use crate::minutes::DoubtKind;

/// Returns a pattern again and again, to a text as large as a year's minutes.
fn again(pattern: &str) -> String {
    pattern.repeat((1 << 19) / pattern.len())
}

#[test]
fn a_text_without_line_ends_or_of_ten_megabytes_is_not_read() {
    for text in [
        "a".repeat(10 << 20),
        "a ".repeat(15_000),
        "§ 1\n".repeat(3 << 20),
    ] {
        let proposal = read(&text);
        assert_eq!(proposal.doubts.len(), 1);
        assert_eq!(proposal.doubts[0].kind, DoubtKind::TooLarge);
    }
}

#[test]
fn nonsense_ends_and_proposes_nothing() {
    for pattern in [
        "Beslut\n",
        "att godkänna samverkansavtalet för familjecentraler under förutsättning att\n",
        "Kommunstyrelsen beslutar att uppdra åt uppdra åt uppdra åt uppdra åt uppdra åt att\n",
        "\u{c}Kommunstyrelsen          2024-02-07\n\n",
        "Datum då            Datum då           Datum då\n",
        "S a m v e r k a n s a v t a l   f a m i l j e c e n t r a l\n",
        "Justerat                                            2024-02-07 2024-02-08\n",
        "barn- och ungdoms- och vuxen- och barn- och ungdoms- och \n",
        "2024-2024-2024-02-02-02/02/02 KS 2023/2023/2023-2023-2023\n",
    ] {
        assert_eq!(read(&again(pattern)).section, None, "{pattern:?}");
    }
}

#[test]
fn many_sections_about_the_agreement_are_asked_about() {
    let pattern = "\n\u{c}§ 7 Samverkansavtal för familjecentraler\n\nBeslut\natt teckna avtalet och underteckna av av av\n\nReservation\nEn.\n";
    let proposal = read(&again(pattern));
    assert_eq!(proposal.outcome, None);
    let one_long = format!(
        "§ 7 Samverkansavtal för familjecentraler\n\nBeslut\n{}",
        again(
            "att teckna avtalet i den mån att uppdra åt ordföranden med ordföranden att signera\n"
        )
    );
    let proposal = read(&one_long);
    assert!(proposal.doubts.iter().all(|doubt| doubt.places.len() <= 20));
}
