//! What the program says of itself: help, completions, manual.

use super::support::{repository, run, sigill};

/// Every command that a person may use, with its subcommands.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["init"],
    &["publish"],
    &["generate"],
    &["send"],
    &["void"],
    &["status"],
    &["log"],
    &["verify"],
    &["parties"],
    &["parties", "check"],
    &["parties", "export"],
    &["parties", "import"],
    &["template"],
    &["template", "lint"],
    &["template", "preview"],
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
    for (parent, depth) in [(&[][..], 1), (&["parties"], 2), (&["template"], 2)] {
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
            .filter(|command| command.len() == depth && command.starts_with(parent))
            .map(|command| command[depth - 1])
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

#[test]
fn the_readme_shows_the_help() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
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
