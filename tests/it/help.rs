//! What the program says of itself: help, completions, manual.

use std::fs;

use base64::Engine as _;
use serde_json::Value;

use super::pki::{PASSPHRASE, Pki, Token};
use super::sign::{copy_of, trust};
use super::support::{Issue, Office, repository, run, sigill};

/// Every command that a person may use, with its subcommands.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["init"],
    &["consult"],
    &["consult", "open"],
    &["consult", "answer"],
    &["consult", "import"],
    &["consult", "consider"],
    &["consult", "close"],
    &["consult", "show"],
    &["consult", "summary"],
    &["publish"],
    &["generate"],
    &["send"],
    &["sign"],
    &["sign", "prepare"],
    &["sign", "finish"],
    &["sign", "cancel"],
    &["sign", "extend"],
    &["receive"],
    &["confirm"],
    &["recommend"],
    &["decide"],
    &["settle"],
    &["decline"],
    &["retract"],
    &["ink"],
    &["notice"],
    &["letter"],
    &["correct"],
    &["authorise"],
    &["void"],
    &["status"],
    &["log"],
    &["receipt"],
    &["receipt", "check"],
    &["receipt", "key"],
    &["audit"],
    &["witness"],
    &["witness", "publish"],
    &["witness", "init"],
    &["witness", "check"],
    &["witness", "collect"],
    &["witness", "status"],
    &["erase"],
    &["verify"],
    &["evidence"],
    &["redact"],
    &["redline"],
    &["parties"],
    &["parties", "check"],
    &["parties", "change"],
    &["parties", "export"],
    &["parties", "import"],
    &["parties", "pin"],
    &["template"],
    &["template", "lint"],
    &["template", "preview"],
    &["accord"],
    &["accord", "draft"],
    &["accord", "list"],
    &["accord", "shares"],
    &["term"],
    &["watch"],
    &["revise"],
    &["bound"],
    &["key"],
    &["key", "seal"],
    &["key", "seal", "create"],
    &["key", "seal", "import"],
    &["key", "seal", "show"],
    &["backup"],
    &["restore"],
    &["completions"],
    &["man"],
];

fn help(command: &[&str]) -> String {
    let mut arguments = command.to_vec();
    arguments.push("--help");
    run(sigill(&arguments)).ok().out
}

#[test]
fn help_of_every_command() {
    let all: String = COMMANDS
        .iter()
        .map(|command| {
            let mut named = vec!["sigill"];
            named.extend_from_slice(command);
            format!("$ {} --help\n{}\n", named.join(" "), help(command))
        })
        .collect();
    insta::with_settings!({
        snapshot_path => repository().join("tests/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("help", all);
    });
}

/// The list above is complete: each name that `--help` lists, and no more.
#[test]
fn every_command_is_shown() {
    let parents = [
        &[][..],
        &["accord"],
        &["key"],
        &["key", "seal"],
        &["parties"],
        &["receipt"],
        &["sign"],
        &["template"],
        &["witness"],
    ];
    for parent in parents {
        let text = help(parent);
        let listed = text
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .map(|line| line.split_whitespace().next().unwrap());
        let known: Vec<&str> = COMMANDS
            .iter()
            .filter(|command| command.len() == parent.len() + 1 && command.starts_with(parent))
            .filter_map(|command| command.last().copied())
            .collect();
        assert_eq!(listed.collect::<Vec<_>>(), known);
    }
}

#[test]
fn every_command_has_an_example() {
    for command in COMMANDS {
        let text = help(command);
        let has_own = text.contains("Commands:") && !command.is_empty();
        assert!(has_own || text.contains("Example"), "{command:?}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{command:?}: a line is too long"
        );
    }
}

/// Returns the lines of a command's examples, as a shell would split them.
fn examples(command: &[&str]) -> Vec<Vec<String>> {
    let text = help(command).replace("\\\n", " ");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("  sigill "));
    lines.map(words).collect()
}

fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut gap = 0;
    for letter in line.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (' ', None) => {
                gap += 1;
                // What stands far to the right is a remark.
                if gap > 1 && !line.contains("pkcs11:") {
                    break;
                }
                words.push(String::new());
                continue;
            }
            _ => words.last_mut().unwrap().push(letter),
        }
        gap = 0;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Each example of signing and of the seal, as it stands, with what it presumes; only the passphrase
/// comes from a variable, as there is nobody to type it.
#[test]
fn the_examples_of_signing_run() {
    let (Some(pki), Some(token)) = (Pki::start(), Token::new()) else {
        return;
    };
    token.import(&pki.path("s001.key.pem"), "signing", "01");
    let token_uri = token.uri("signing");
    let commands = COMMANDS
        .iter()
        .filter(|command| matches!(command.first(), Some(&"sign" | &"key")));
    let mut count = 0;
    for mut example in commands.flat_map(|command| examples(command)) {
        let office = Office::issued(Issue::Bilateral);
        trust(&office, &pki);
        fs::copy(
            copy_of(&office, Issue::Bilateral, "1443"),
            office.path("copy.pdf"),
        )
        .unwrap();
        for (name, file) in [
            ("asa.p12", "s001.p12"),
            ("asa.pem", "s001.chain.pem"),
            ("region.p12", "s002.p12"),
            ("stampel.p12", "s003.p12"),
        ] {
            fs::copy(pki.path(file), office.path(name)).unwrap();
        }
        let prepare = |words: &str| {
            let words: Vec<&str> = words.split(' ').collect();
            let mut command = office.command(&words);
            command.env("PROV", PASSPHRASE);
            run(command).ok();
        };
        let told = example.join(" ");
        let mut passphrase = PASSPHRASE;
        let is_later = told.contains("asa.json") || told.starts_with("sign cancel");
        if is_later && !told.starts_with("sign prepare") {
            prepare(
                "sign prepare copy.pdf --seat 1443-chair --certificates asa.pem --request asa.json",
            );
            service(&office, &pki);
        }
        if told.starts_with("sign extend") {
            let key = "--key asa.p12 --passphrase-env PROV";
            prepare(&format!("sign copy.pdf --seat 1443-chair {key}"));
        }
        if told.starts_with("key seal show") {
            prepare("key seal import --key stampel.p12 --passphrase-env PROV");
        }
        if told.starts_with("key seal create") {
            passphrase = "tillräckligt lång";
        }
        // A token and a module of one's own have other names.
        if let Some(uri) = example.iter_mut().find(|word| word.starts_with("pkcs11:")) {
            uri.clone_from(&token_uri);
            passphrase = Token::PIN;
            if told.starts_with("key") {
                example.extend(["--certificates", "asa.pem"].map(str::to_owned));
            }
        }
        if example
            .iter()
            .any(|word| word == "--key" || word == "create")
        {
            example.extend(["--passphrase-env", "PROV"].map(str::to_owned));
        }
        let words: Vec<&str> = example.iter().map(String::as_str).collect();
        let mut command = office.command(&words);
        let (name, value) = token.env();
        command.env("PROV", passphrase).env(name, value);
        run(command).ok();
        count += 1;
    }
    assert!(count >= 18, "{count} examples");
}

/// Puts the value of the one item of asa.json into asa.sig and into the file itself.
fn service(office: &Office, pki: &Pki) {
    let request = office.path("asa.json");
    let mut file: Value = serde_json::from_slice(&fs::read(&request).unwrap()).unwrap();
    let digest = hex::decode(file["items"][0]["digest"].as_str().unwrap()).unwrap();
    fs::write(office.path("asa.digest"), digest).unwrap();
    let mut command = std::process::Command::new("openssl");
    command
        .current_dir(office.root())
        .args(["pkeyutl", "-sign", "-inkey"]);
    command.arg(pki.path("s001.key.pem"));
    command.args(["-in", "asa.digest", "-out", "asa.sig"]);
    assert_eq!(run(command).code, 0);
    let value = fs::read(office.path("asa.sig")).unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(value);
    file["items"][0]["value"] = Value::from(base64);
    fs::write(&request, file.to_string()).unwrap();
}

#[test]
fn the_readme_shows_the_help() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, after) = readme.split_once("<!-- help:start -->").unwrap();
    let (block, _) = after.split_once("<!-- help:end -->").unwrap();
    let (_, fenced) = block.split_once("```").unwrap();
    let (_, fenced) = fenced.split_once('\n').unwrap();
    let (shown, _) = fenced.split_once("```").unwrap();
    assert_eq!(
        shown.trim_end(),
        help(&[]).trim_end(),
        "between the marks stands what `sigill --help` says"
    );
}

#[test]
fn version_and_wrong_commands() {
    let version = run(sigill(&["--version"])).ok();
    assert_eq!(
        version.out.trim(),
        concat!("sigill ", env!("CARGO_PKG_VERSION"))
    );
    for wrong in [
        &["generat"][..],
        &["generate"],
        &["generate", "a", "--no-such"],
        &[],
    ] {
        let run = run(sigill(wrong));
        assert_eq!(run.code, 2, "{run}");
        assert!(run.out.is_empty() && !run.err.is_empty(), "{run}");
    }
}

#[test]
fn completions_come_out_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = run(sigill(&["completions", shell])).ok();
        assert!(
            run.out.contains("generate") && run.out.contains("reissue"),
            "{shell}"
        );
    }
    assert_eq!(run(sigill(&["completions", "cmd"])).code, 2);
}

#[test]
fn manual_pages_come_out() {
    let all = run(sigill(&["man"])).ok();
    assert!(all.out.contains(".TH sigill 1"), "{all}");
    for command in COMMANDS.iter().filter(|command| command.len() == 1) {
        let page = run(sigill(&["man", command[0]])).ok();
        assert!(page.out.contains(".SH SYNOPSIS"), "{page}");
    }
    run(sigill(&["man", "no-such"]))
        .fails(2)
        .complains("there is no command \"no-such\"");
    run(sigill(&["man", "typeset-child"])).fails(2);
}
