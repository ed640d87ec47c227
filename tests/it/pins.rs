//! What the program remembers of an office outside its folder, and what it refuses by it.

use std::fs;

use super::support::{Issue, Office, names_in, sha256};

const SEND: [&str; 4] = ["send", "introduktion", "--party", "1499"];

#[test]
fn yesterdays_folder_is_refused_until_it_is_entered() {
    let office = Office::issued(Issue::Introduktion);
    // The office of a test comes without pins: the first write makes one.
    assert!(!office.pins().exists());
    office.run(&SEND).ok();
    assert_eq!(names_in(&office.pins()).len(), 1);
    let (yesterday, _) = office.state();
    office
        .run(&["send", "introduktion", "--party", "1496"])
        .ok();
    let (today, _) = office.state();
    let kinds = office.kinds();

    office.write(".sigill/register.sqlite", &yesterday);
    for command in [&["log"][..], &["status", "introduktion"], &SEND] {
        office
            .run(command)
            .fails(4)
            .complains("has 18 entries, and this machine has seen 19")
            .complains("an older copy of the office lies here")
            .complains("hint: nothing was changed; put the newest copy of the folder back")
            .complains("sigill restore --here --reason");
    }
    assert_eq!(office.check_log().len(), 18);
    // The newest is taken as it was, and nothing is said.
    office.write(".sigill/register.sqlite", &today);
    office.run(&["log"]).ok();
    assert_eq!(office.kinds(), kinds);

    // It was meant.
    office.write(".sigill/register.sqlite", &yesterday);
    office
        .run(&["restore", "--here"])
        .fails(2)
        .complains("--reason");
    office
        .run(&["restore", "x.zip", "--here", "--reason", "x"])
        .fails(2);
    office.run(&["restore", "--reason", "x"]).fails(2);
    office
        .run(&["restore", "--here", "--reason", "Mappen lades tillbaka"])
        .ok()
        .says("18 poster");
    let log = office.check_log();
    let restored = &log[18];
    assert_eq!(restored["kind"], "Restored");
    assert_eq!(restored["body"]["entries"], 18);
    assert_eq!(restored["body"]["replaced_entries"], 19);
    office
        .run(&["log"])
        .ok()
        .says("skäl: Mappen lades tillbaka");
    // Now the other way is a fork.
    let (entered, _) = office.state();
    office.write(".sigill/register.sqlite", &today);
    office
        .run(&["log"])
        .fails(4)
        .complains("is another than this machine has seen")
        .complains("find out which office is the right one");
    office.write(".sigill/register.sqlite", &entered);
    office.run(&SEND).ok();
}

/// Two offices made of one: both go on, and the machine that has seen one refuses the other.
#[test]
fn two_offices_of_one_cannot_both_go_on_here() {
    let office = Office::issued(Issue::Introduktion);
    office.run(&SEND).ok();
    let (before, _) = office.state();
    office
        .run(&["send", "introduktion", "--party", "1496"])
        .ok();
    let (first, _) = office.state();
    office.write(".sigill/register.sqlite", &before);
    for party in ["1499", "1471"] {
        // On another machine, which has seen nothing.
        let mut command = office.command(&["send", "introduktion", "--party", party]);
        command.env("SIGILL_PINS", office.beside("elsewhere"));
        super::support::run(command).ok();
    }
    office
        .run(&["log"])
        .fails(4)
        .complains("is another than this machine has seen");
    office.write(".sigill/register.sqlite", &first);
    office.run(&["log"]).ok();
}

#[test]
fn a_restored_backup_is_pinned_anew() {
    let office = Office::issued(Issue::Introduktion);
    let backup = office.beside("backup.zip");
    let backup = backup.to_str().unwrap();
    office.run(&["backup", backup]).ok();
    office.run(&SEND).ok();
    office.run(&["restore", backup, "--reason", "Disken"]).ok();
    office.run(&SEND).ok();
    assert_eq!(office.check_log().len(), 19);
}

#[test]
fn the_settings_say_where_pins_are_kept() {
    let office = Office::issued(Issue::Introduktion);
    office.write("sigill.toml", "[register]\npins = \"../kept\"\n");
    office.run(&SEND).ok();
    assert!(!office.pins().exists());
    let name = names_in(&office.beside("kept")).remove(0);
    let pin = fs::read(office.beside("kept").join(name)).unwrap();
    let (database, _) = (office.read(".sigill/register.sqlite"), sha256(&pin));
    assert!(!database.is_empty());
    office.write("sigill.toml", "[register]\npin = \"x\"\n");
    office.run(&["log"]).fails(3).complains("pin");

    // Without a place for them nothing is entered.
    office.remove("sigill.toml");
    let mut command = office.command(&SEND);
    command
        .env_remove("SIGILL_PINS")
        .env_remove("XDG_STATE_HOME")
        .env_remove("HOME");
    super::support::run(command)
        .fails(3)
        .complains("HOME is not set")
        .complains("set SIGILL_PINS");
}

#[test]
fn the_log_of_an_agreement_leaves_the_offices_own_entries_out() {
    let office = Office::issued(Issue::Introduktion);
    let all = office.run(&["log", "--json"]).ok().json();
    let its = office.run(&["log", "introduktion", "--json"]).ok().json();
    assert_eq!(all.as_array().unwrap()[0]["kind"], "Opened");
    assert_eq!(all.as_array().unwrap()[1..], its.as_array().unwrap()[..]);
}
