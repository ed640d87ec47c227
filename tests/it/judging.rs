//! What outside judges say of signed files: pyHanko, qpdf, pdfsig, page-validation and `openssl ts`.
//!
//! Each judge is asked once for many files. If it is not installed, the check is left out as
//! [`judge`] says.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pki::Pki;
use super::support::{Run, ask, python_judge, run, scratch};

/// Checks that pyHanko accepts every signature at a level, such as `B-LT`, without asking the network.
///
/// Returns what it says of each file.
#[track_caller]
pub(crate) fn check_signatures(pki: &Pki, level: &str, files: &[PathBuf]) -> Option<Vec<Value>> {
    check_signatures_with(pki, level, files, &[])
}

/// As [`check_signatures`], with more arguments of signatures.py.
#[track_caller]
pub(crate) fn check_signatures_with(
    pki: &Pki,
    level: &str,
    files: &[PathBuf],
    more: &[&str],
) -> Option<Vec<Value>> {
    let mut command = python_judge("signatures.py")?;
    command.args(["--level", &level.to_lowercase(), "--trust"]);
    command.arg(pki.path("trust/root.pem"));
    command.args(more).args(files);
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let verdicts = json_lines(&told);
    assert_eq!(verdicts.len(), files.len(), "one line for each file");
    for verdict in &verdicts {
        assert_eq!(verdict["ok"], true, "{verdict}");
    }
    Some(verdicts)
}

/// Returns the names of the fields that are signed, oldest signature first.
pub(crate) fn signed_fields(verdict: &Value) -> Vec<&str> {
    let signatures = verdict["signatures"].as_array().unwrap().iter();
    signatures
        .map(|one| one["field"].as_str().unwrap())
        .collect()
}

/// Checks that qpdf finds nothing to say of a file's syntax.
#[track_caller]
pub(crate) fn check_syntax(files: &[PathBuf]) {
    for file in files {
        let Some(told) = ask("qpdf", ["--check".as_ref(), file.as_os_str()]) else {
            return;
        };
        let is_clean = told.code == 0 && told.err.is_empty() && !told.out.contains("WARNING");
        assert!(is_clean, "{told}");
    }
}

/// Checks that pdfsig finds so many persons' and offices' signatures in each file and all of them valid.
///
/// It does not judge document time-stamps.
#[track_caller]
pub(crate) fn check_approvals(files: &[PathBuf], count: usize) {
    for file in files {
        let Some(told) = ask("pdfsig", ["-nocert".as_ref(), file.as_os_str()]) else {
            return;
        };
        assert_eq!(told.code, 0, "{told}");
        let times = |text: &str| told.out.matches(text).count();
        assert_eq!(
            times("Signature Type: ETSI.CAdES.detached"),
            count,
            "{told}"
        );
        assert_eq!(times("Signature is Valid."), count, "{told}");
    }
}

/// Checks that every revision of each file, cut at its end, is PDF/A-3a and PDF/UA-1.
///
/// Of the whole file only the rule that a `ByteRange` spans all of it may fail.
#[track_caller]
pub(crate) fn check_revisions(files: &[PathBuf], more: &[&str]) -> Option<Vec<Value>> {
    let mut command = python_judge("conformance.py")?;
    command.arg("--revisions").args(more).args(files);
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let verdicts = json_lines(&told);
    assert_eq!(verdicts.len(), files.len(), "one line for each file");
    Some(verdicts)
}

/// Checks that `openssl ts` accepts every time-stamp of a file, and returns how many there are.
#[track_caller]
pub(crate) fn check_tokens(pki: &Pki, file: &Path) -> Option<usize> {
    let folder = scratch();
    let mut command = python_judge("signatures.py")?;
    command.arg("--tokens").arg(folder.path());
    command.arg("--trust").arg(pki.path("trust/root.pem"));
    command.arg("--other").arg(pki.path("intermediate.pem"));
    command.arg(file);
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    let verdict = told.json();
    let tokens = verdict["tokens"].as_array().unwrap();
    for token in tokens {
        assert_eq!(token["openssl"], "OK", "{token}");
    }
    Some(tokens.len())
}

fn json_lines(told: &Run) -> Vec<Value> {
    let lines = told.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {told}")))
        .collect()
}
