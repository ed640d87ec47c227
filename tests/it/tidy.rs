//! The house rules that no compiler knows: who imports whom, what documents name, sizes, words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::support::{files_below, repository};

fn text(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns the Rust files of src/ with their text, unit tests left out.
fn sources() -> Vec<(String, String)> {
    let files = files_below(&repository().join("src"))
        .into_iter()
        .map(|file| format!("src/{file}"));
    files
        .filter(|file| file.ends_with(".rs"))
        .filter(|file| !file.ends_with("/tests.rs") && !file.contains("/tests/"))
        .map(|file| {
            let text = text(&file);
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            (file, code.to_owned())
        })
        .collect()
}

/// Returns a source's code without comments and the insides of strings, line by line.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut quoted = false;
    text.lines().enumerate().map(move |(index, line)| {
        let mut kept = String::new();
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '"' if kept.ends_with('\'') && chars.peek() == Some(&'\'') => {}
                '"' => quoted = !quoted,
                _ if quoted => {}
                '/' if chars.peek() == Some(&'/') => break,
                _ => kept.push(c),
            }
        }
        (index + 1, kept)
    })
}

/// Returns the folder or file of src/ that a source belongs to.
fn folder_of(file: &str) -> &str {
    let inner = file.strip_prefix("src/").unwrap_or(file);
    inner
        .split_once('/')
        .map_or_else(|| inner.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// Returns the folders that a source names by `crate::`, also in braces and over lines.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = code_lines(text).map(|(_, line)| line + "\n").collect();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for start in ["crate::", "sigill::"] {
        for (at, _) in code.match_indices(start) {
            // `$crate::` of a macro and names that end so are the same thing or another word.
            if code[..at].ends_with(is_name) {
                continue;
            }
            let rest = &code[at + start.len()..];
            match rest.strip_prefix('{') {
                None => drop(found.insert(rest.chars().take_while(|c| is_name(*c)).collect())),
                Some(list) => {
                    let mut depth = 1;
                    let mut name = String::new();
                    let mut at_start = true;
                    for c in list.chars() {
                        match c {
                            '{' => depth += 1,
                            '}' => depth -= 1,
                            ',' if depth == 1 => at_start = true,
                            ':' => at_start = false,
                            c if depth == 1 && at_start && is_name(c) => {
                                name.push(c);
                                continue;
                            }
                            _ => {}
                        }
                        if !name.is_empty() {
                            found.insert(std::mem::take(&mut name));
                        }
                        if depth == 0 {
                            break;
                        }
                    }
                }
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn imports_are_read_from_source() {
    let text = "use crate::agreement::{A, B};\nuse crate::{config::Config, store};\n// crate::web\nlet x = crate::pdf::open(\"crate::cli\");\nuse crate::{\n    register,\n    outside::{Limits, Worker},\n};\n";
    let wanted = ["agreement", "config", "outside", "pdf", "register", "store"];
    assert_eq!(imports(text), wanted.map(str::to_owned).into());
}

/// ARCHITECTURE.md's list is the law, and it is exact: what is allowed is also done.
#[test]
fn who_imports_whom() {
    let architecture = text("ARCHITECTURE.md");
    let (_, block) = architecture
        .split_once("```imports\n")
        .expect("a block ```imports");
    let (block, _) = block.split_once("```").unwrap();
    let allowed: BTreeMap<&str, BTreeSet<String>> = block
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (folder, others) = line.split_once("->").unwrap_or((line, ""));
            (
                folder.trim(),
                others.split_whitespace().map(str::to_owned).collect(),
            )
        })
        .collect();
    let mut done: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources() {
        let folder = folder_of(&file);
        if folder == "lib" {
            continue;
        }
        let allowed = allowed
            .get(folder)
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no line for {folder}"));
        for import in imports(&text) {
            if import != folder {
                assert!(
                    allowed.contains(&import),
                    "{file} imports {import}, which {folder} may not"
                );
                done.entry(folder.to_owned()).or_default().insert(import);
            }
        }
    }
    for (folder, allowed) in allowed {
        let done = done.remove(folder).unwrap_or_default();
        assert_eq!(allowed, done, "what {folder} may import and what it does");
    }
}

/// A person's door knows journeys, never the store behind them.
#[test]
fn cli_never_names_store() {
    for (file, text) in sources()
        .into_iter()
        .filter(|(file, _)| file.starts_with("src/cli/"))
    {
        for (line, code) in code_lines(&text) {
            let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            assert!(
                words.into_iter().all(|word| word != "store"),
                "{file}:{line}: {code}"
            );
        }
    }
}

const ENGINES: [&str; 7] = [
    "agreement",
    "calendar",
    "minutes",
    "pdf",
    "register",
    "template",
    "typesetting",
];

/// Time, randomness, keys, settings and files reach the engines as arguments.
#[test]
fn engines_do_no_input_or_output() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "tokio",
        "reqwest",
        "sqlx",
        "object_store",
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::now",
        "OsRng",
        "println!",
        "eprintln!",
        "include_dir",
    ];
    for (file, text) in sources() {
        if !ENGINES.contains(&folder_of(&file)) {
            continue;
        }
        for (line, code) in code_lines(&text) {
            for word in banned {
                assert!(
                    !code.contains(word),
                    "{file}:{line}: {word} in an engine: {code}"
                );
            }
        }
    }
}

#[test]
fn no_source_is_too_long() {
    for file in files_below(&repository().join("src")) {
        if file.ends_with(".rs") {
            let lines = text(&format!("src/{file}")).lines().count();
            assert!(lines <= 600, "src/{file} has {lines} lines: split it");
        }
    }
}

/// Every path in backticks is there. A path is what has a slash or a known ending, and no blank.
#[test]
fn documents_name_what_exists() {
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let mut fenced = false;
        for (index, line) in text(document).lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            if fenced {
                continue;
            }
            for name in line.split('`').skip(1).step_by(2) {
                let top = name.split('/').next().unwrap_or_default();
                let is_ours = [
                    "src",
                    "tests",
                    "templates",
                    "signatories",
                    "benches",
                    ".ci",
                    ".config",
                ]
                .contains(&top);
                let is_file = !name.contains('/')
                    && (name.ends_with(".md")
                        || name.ends_with("deny.toml")
                        || name.ends_with("clippy.toml")
                        || name == "Cargo.toml"
                        || name == "Cargo.lock");
                let is_pattern = name.contains(['<', '*', '…', ' ', '{', '$']);
                if (is_ours && name.contains('/') || is_file) && !is_pattern {
                    // What a run makes is named as well.
                    let path = repository().join(name.trim_end_matches('/'));
                    assert!(
                        path.exists(),
                        "{document}:{}: `{name}` is not there",
                        index + 1
                    );
                }
            }
        }
    }
}

/// The bytes of a template are part of its version's digest: UTF-8, LF, normalisation form C.
#[test]
fn templates_are_lf_and_nfc() {
    for folder in ["templates", "signatories"] {
        for file in files_below(&repository().join(folder)) {
            let file = format!("{folder}/{file}");
            if ["typ", "toml", "md"].iter().any(|end| file.ends_with(end)) {
                let text = text(&file);
                assert!(!text.contains('\r'), "{file} has CR");
                assert_eq!(
                    sigill::agreement::nfc(&text),
                    text,
                    "{file} is not in form C"
                );
                assert!(
                    text.ends_with('\n') && !text.starts_with('\u{feff}'),
                    "{file}"
                );
                for (index, line) in text.lines().enumerate() {
                    let refused = sigill::agreement::refused_character(&line.replace('\t', " "));
                    assert_eq!(refused, None, "{file}:{}", index + 1);
                }
            }
        }
    }
    let attributes = text(".gitattributes");
    assert!(
        attributes
            .lines()
            .any(|line| line.starts_with("templates/") && line.contains("-text")),
        "git leaves them alone"
    );
}

/// What stands in each copy's entry is what was built.
#[test]
fn engines_are_named_as_locked() {
    let lock: toml::Value = toml::from_str(&text("Cargo.lock")).unwrap();
    for engine in [sigill::template::ENGINE, sigill::typesetting::ENGINE] {
        let (name, version) = engine.split_once(' ').unwrap();
        let packages = lock["package"].as_array().unwrap();
        let locked: Vec<&str> = packages
            .iter()
            .filter(|package| package["name"].as_str() == Some(name))
            .map(|package| package["version"].as_str().unwrap())
            .collect();
        assert_eq!(locked, [version], "{name}");
        let manifest = text("Cargo.toml");
        assert!(
            manifest.contains(&format!("\"={version}\"")),
            "{name} is pinned in Cargo.toml"
        );
    }
}

/// An act by hand or key is an underskrift; a signatur is what a program makes of it.
#[test]
fn swedish_says_underskrift() {
    let files = files_below(&repository().join("templates"))
        .into_iter()
        .map(|file| format!("templates/{file}"));
    let cli = files_below(&repository().join("src/cli"))
        .into_iter()
        .map(|file| format!("src/cli/{file}"));
    for file in files.chain(cli) {
        if ["typ", "toml", "rs"]
            .iter()
            .any(|end| file.ends_with(&format!(".{end}")))
        {
            for (index, line) in text(&file).lines().enumerate() {
                let line = line.to_lowercase();
                let is_swedish =
                    line.contains("signatur") && !line.replace("signature", "").is_empty();
                let said = line.replace("signature", "").contains("signatur");
                assert!(!(is_swedish && said), "{}:{}: {line}", file, index + 1);
            }
        }
    }
}

/// Nothing in the repository tells of the machine that it was made on.
#[test]
fn nothing_is_left_over() {
    for folder in ["src", "tests", "templates", "signatories", "benches"] {
        for file in files_below(&repository().join(folder)) {
            let name = format!("{folder}/{file}");
            let is_left = name.ends_with(".snap.new")
                || name.ends_with('~')
                || name.ends_with(".orig")
                || name.contains("__pycache__");
            assert!(!is_left, "{name}");
            if name.ends_with(".rs") && name != "tests/it/tidy.rs" {
                for (line, code) in code_lines(&text(&name)) {
                    assert!(
                        !code.contains("dbg!(") && !code.contains("todo!("),
                        "{name}:{line}: {code}"
                    );
                    assert!(
                        !code.contains("#[ignore"),
                        "{name}:{line}: assert today's behaviour instead"
                    );
                    let is_allowed = code.trim_start().starts_with("#[allow")
                        || code.trim_start().starts_with("#![allow");
                    assert!(
                        !is_allowed,
                        "{name}:{line}: #[expect] with a reason instead"
                    );
                }
            }
        }
    }
}
