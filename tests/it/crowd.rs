//! Twenty processes at once, again and again, each at something else: one linear log, and nothing twice.

use std::process::{Child, Stdio};

use serde_json::Value;

use super::support::Office;

/// The parties of the agreement in their order.
const PARTIES: [&str; 15] = [
    "1499", "1444", "1445", "1446", "1447", "1470", "1471", "1472", "1473", "1493", "1494", "1495",
    "1496", "1497", "1498",
];

/// Returns the commands of a round.
fn commands(round: usize) -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let decide = |party: &str| {
        let mut command = words(&format!(
            "decide {party} --agreement introduktion --met 2026-10-05"
        ));
        command.extend(words(
            "--body Kommunstyrelsen --outcome approved --diary KS2026/259",
        ));
        command.extend(["--section".to_owned(), format!("§ {}", round + 1)]);
        command
    };
    // Eight parties decide; the ninth's decision is handed in four times.
    let mut commands: Vec<Vec<String>> =
        PARTIES.iter().take(8).map(|party| decide(party)).collect();
    commands.extend((0..4).map(|_| decide(PARTIES[8])));
    // Two issue the same copies, two void them, four read.
    let party = PARTIES[round % PARTIES.len()];
    let generate = format!("generate introduktion --party {party}");
    commands.extend([words(&generate), words(&generate)]);
    let void = format!("void introduktion --copy introduktion-1.0-c{party} --reason Prov");
    commands.extend([words(&void), words(&void)]);
    commands.extend([words("log --json"), words("status introduktion --json")]);
    commands.extend([words("audit --json"), words("log introduktion")]);
    commands
}

#[test]
fn twenty_at_once_make_one_log() {
    let rounds = if std::env::var_os("SIGILL_LONG").is_some() {
        200
    } else {
        12
    };
    let office = Office::new();
    office
        .run(&["generate", "introduktion", "--party", "1499"])
        .ok();
    let mut again = 0;
    for round in 0..rounds {
        let mut left = commands(round);
        assert_eq!(left.len(), 20);
        let mut turns = 0;
        while !left.is_empty() {
            turns += 1;
            assert!(turns < 20, "{left:?}");
            let children: Vec<(Vec<String>, Child)> = left
                .drain(..)
                .map(|arguments| {
                    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
                    let mut command = office.command(&words);
                    command.stdout(Stdio::null()).stderr(Stdio::piped());
                    (arguments, command.spawn().unwrap())
                })
                .collect();
            for (arguments, child) in children {
                let output = child.wait_with_output().unwrap();
                let told = String::from_utf8_lossy(&output.stderr);
                match output.status.code() {
                    Some(0) => {}
                    // Refused without harm, to be repeated.
                    Some(4) if told.contains("another sigill is writing in") => {
                        again += 1;
                        left.push(arguments);
                    }
                    // Another was before.
                    Some(4)
                        if told.contains("--again")
                            || told.contains("another process issued it") => {}
                    Some(1..=4) if arguments[0] == "void" => {}
                    code => panic!("{arguments:?}: {code:?}, {told}"),
                }
            }
        }
    }
    let entries = office.check_log();
    let mut decided: Vec<(&Value, &Value)> = entries
        .iter()
        .filter(|entry| entry["kind"] == "Decided")
        .map(|entry| {
            (
                &entry["body"]["party"],
                &entry["body"]["minutes"]["section"],
            )
        })
        .collect();
    assert_eq!(decided.len(), 9 * rounds, "each decision once");
    decided.sort_by_key(|(party, section)| (party.to_string(), section.to_string()));
    decided.dedup();
    assert_eq!(decided.len(), 9 * rounds, "and none twice");
    let times: Vec<&str> = entries
        .iter()
        .map(|entry| entry["at"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "in the order of time");
    office.run(&["audit"]).ok();
    println!(
        "{rounds} rounds, {} entries, {again} told to come again",
        entries.len()
    );
}
