//! Recommend: what a body that is no party says is entered, with its reporting day.

use super::support::{AGREEMENT, Office, Run};

fn recommend(office: &Office, by: &str, more: &[&str]) -> Run {
    let start = [
        "recommend",
        by,
        "--agreement",
        AGREEMENT,
        "--outcome",
        "approved",
    ];
    office.run(&[&start[..], more].concat())
}

const BOARD: [&str; 4] = ["--body", "Direktionen", "--met", "2023-09-29"];

#[test]
fn a_recommendation_is_entered_with_its_reporting_day() {
    let office = Office::new();
    let more = [
        &BOARD[..],
        &[
            "--section",
            "§ 75",
            "--grouping",
            "BR",
            "--report-by",
            "2024-02-16",
        ],
    ]
    .concat();
    recommend(&office, "Boråsregionen", &more)
        .ok()
        .says("Ställningstagandet av Boråsregionen är infört (post 1), familjecentral 1.0: godkänt")
        .says("8 parter (BR)")
        .says("2024-02-16");
    let log = office.check_log();
    let body = &log[1]["body"];
    assert_eq!(log[1]["kind"], "Recommended");
    assert_eq!(body["by"], "Boråsregionen");
    assert_eq!(body["grouping"], "BR");
    assert_eq!(body["report_by"], "2024-02-16");
    recommend(&office, "Boråsregionen", &more)
        .fails(4)
        .complains("error: entry 1 says so already: Boråsregionen, Direktionen 2023-09-29 § 75\n");
    recommend(
        &office,
        "VästKom",
        &["--body", "Styrelsen", "--met", "2023-06-22"],
    )
    .ok()
    .says("50 parter");
    let count = office.check_log().len();
    let unknown = [&BOARD[..], &["--grouping", "XX"]].concat();
    recommend(&office, "Ny", &unknown)
        .fails(2)
        .complains("error: no party to familjecentral is in a group XX\n")
        .complains("BR");
    let early = [&BOARD[..], &["--report-by", "2023-01-01"]].concat();
    recommend(&office, "Ny", &early)
        .fails(2)
        .complains("error: the reporting day 2023-01-01 is before the meeting day 2023-09-29\n");
    recommend(&office, "Ny", &["--body", "Styrelsen"])
        .fails(2)
        .complains("error: it is not said: --met\n");
    assert_eq!(office.check_log().len(), count);
}
