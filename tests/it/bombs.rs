//! What judging costs the whole program on files that want too much.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::support::{python_judge, run, scratch};

#[path = "../cases/attacks/bombs.rs"]
mod made;

/// 64 MB and three times the file, and a few seconds: a verdict, never a death.
#[test]
fn bombs_cost_little_memory_and_little_time() {
    let folder = scratch();
    let mut sizes = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for (number, (name, bytes)) in made::bombs().into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.pdf"));
        fs::write(&file, &bytes).unwrap();
        sizes.push((name, bytes.len()));
        files.push(file);
    }
    let Some(mut command) = python_judge("cost.py") else {
        return;
    };
    command
        .args(&files)
        .arg("--")
        .arg(env!("CARGO_BIN_EXE_sigill"));
    command.args(["verify", "--json", "--no-fetch", "{}"]);
    command.current_dir(folder.path());
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let costs: Vec<Value> = told
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(costs.len(), sizes.len());
    for ((name, size), cost) in sizes.iter().zip(&costs) {
        // What unpacks to much is held to the figure; what is read into many small values has a limit too.
        let allowed = if name.contains("600 MB") {
            (64 << 20) + 3 * u64::try_from(*size).unwrap()
        } else {
            256 << 20
        };
        let peak = cost["peak_bytes"].as_u64().unwrap();
        assert!(peak <= allowed, "{name}: {peak} of {allowed} bytes");
        assert!(cost["cpu_s"].as_f64().unwrap() < 5.0, "{name}: {cost}");
        // Not good, but looked at.
        assert_eq!(cost["code"], 1, "{name}: {cost}");
    }
}
