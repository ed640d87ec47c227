//! Notice: a written notice is entered, and its effect is told by the agreement's own clause.

use super::support::{AGREEMENT, Office, Run};

fn notice(office: &Office, party: &str, received: &str, more: &[&str]) -> Run {
    let start = ["notice", party, "--agreement", AGREEMENT, "--way", "brev"];
    let days = ["--dated", "2024-11-20", "--received", received];
    office.run(&[&start[..], &days, more].concat())
}

#[test]
fn a_notice_in_time_ends_the_givers_agreement() {
    let office = Office::new();
    notice(&office, "1480", "2024-11-25", &[])
        .ok()
        .says("Uppsägningen från 1480 Göteborgs kommun av familjecentral 1.0 är införd (post 1).")
        .says("perioden 2024-03-01–2025-12-31")
        .says("2024-12-31 (försiktigt räknat 2024-12-30)")
        .says("för 1480: sista dag 2025-12-31")
        .says("för 48 parter");
    let json = notice(&office, "1481", "2024-12-31", &["--json", "--dry-run"])
        .ok()
        .json();
    assert_eq!(json["reach"]["is_doubtful"], true);
    assert_eq!(
        json["ends"].as_array().unwrap().len(),
        2,
        "with the one before"
    );
    notice(&office, "1481", "2025-01-01", &["--dry-run"])
        .ok()
        .says("1 dagar för sent för perioden till 2025-12-31")
        .says("avslutar den ingenting");
    notice(&office, "1480", "2024-11-26", &[])
        .fails(4)
        .complains("error: entry 1 says so already: a notice from 1480 dated 2024-11-20\n");
    notice(&office, "14", "2024-11-25", &["--to", "1443"])
        .ok()
        .says("för 1443: sista dag 2025-12-31");
    assert_eq!(office.check_log().len(), 3);
}

#[test]
fn what_is_no_notice_is_refused() {
    let office = Office::new();
    notice(&office, "1480", "2024-11-19", &[])
        .fails(2)
        .complains("error: the day of receipt 2024-11-19 is before the letter's day 2024-11-20\n");
    notice(&office, "1480", "2099-11-19", &[])
        .fails(4)
        .complains("the day of receipt 2099-11-19 is in the future");
    notice(&office, "1480", "2024-11-25", &["--to", "1481"])
        .fails(4)
        .complains("error: there is no copy between 1480 and 1481 to give notice of\n");
    notice(&office, "9999", "2024-11-25", &[]).fails(2);
    notice(&office, "1480", "2024-11-25", &["--to", "9999"]).fails(2);
    notice(&office, "1480", "2024-11-25", &["--version", "0.9"])
        .fails(4)
        .complains("the agreement has no length of notice");
    assert!(!office.path(".sigill").exists());
}
