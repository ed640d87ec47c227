//! Notice: a written notice is entered, and its effect is told by the agreement's own clause.

use super::clock::Clock;
use super::support::{AGREEMENT, Office, Run, counts, run};

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
        .says("i 48 av 49 exemplar");
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
        .says("1 dag för sent för perioden till 2025-12-31")
        .says("avslutar den ingenting");
    notice(&office, "1480", "2024-11-26", &[])
        .fails(4)
        .complains("error: entry 1 says so already: a notice from 1480 dated 2024-11-20\n");
    notice(&office, "14", "2024-11-25", &["--to", "1443"])
        .ok()
        .says("för 1443: sista dag 2025-12-31");
    // The first and the last of them with their acknowledgements.
    assert_eq!(
        office.kinds(),
        counts([("Lettered", 2), ("Notified", 2), ("Opened", 1)])
    );
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

#[test]
fn what_goes_on_is_counted_as_the_form_has_it() {
    let office = Office::new();
    let notice = ["notice", "1499", "--agreement", "introduktion"];
    let days = ["--dated", "2026-09-20", "--received", "2026-09-22"];
    let more = ["--way", "brev", "--dry-run"];
    office
        .run(&[&notice[..], &days, &more].concat())
        .ok()
        .says("för 14 parter");
}

/// The day of receipt is today, and its hour is yet to come.
#[test]
fn no_notice_is_received_later_than_now() {
    let office = Office::new();
    let Some(clock) = Clock::new(office.root().parent().unwrap()) else {
        return;
    };
    clock.set("2024-11-22 14:25");
    let at = |arguments: &[&str]| {
        let mut command = office.command(arguments);
        clock.rule(&mut command);
        run(command)
    };
    let notice = |received: &str| {
        let start = ["notice", "1480", "--agreement", AGREEMENT, "--no-letter"];
        let more = ["--way", "e-post", "--dated", "2024-11-20", "--received"];
        at(&[&start[..], &more, &[received]].concat())
    };
    notice("2024-11-22T23:59").fails(4).complains(
        "error: the time of receipt 2024-11-22 23:59:00 is in the future: it is 2024-11-22 14:25:",
    );
    assert!(!office.path(".sigill").exists(), "nothing was entered");
    notice("2024-11-22T14:20").ok();
    let set = ["--set", "received_at=2024-11-22T22:59:00Z"];
    at(&[&["correct", "1", "--reason", "Skrivfel"][..], &set].concat())
        .fails(4)
        .complains("the time of receipt 2024-11-22 23:59:00 is in the future");
    assert_eq!(office.kinds(), counts([("Notified", 1), ("Opened", 1)]));
}

#[test]
fn where_nobody_is_known_to_be_bound_the_version_that_runs_is_left() {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office.run(&["revise", AGREEMENT, "--as", "2.0"]).ok();
    let next = "templates/familjecentral/2.0/version.toml";
    office.edit(next, "\"draft\"", "\"adopted\"");
    let published = office.run(&["publish", AGREEMENT, "2.0"]);
    assert_eq!(published.code, 0, "{published}");
    let json = notice(&office, "1480", "2024-11-25", &["--json", "--dry-run"]).json();
    assert_eq!(json["version"], "1.0");
    assert_eq!(json["ends"][0]["last_day"], "2025-12-31");
}
