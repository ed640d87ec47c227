//! Tests against real programs (openssl, softhsm2) and against servers on this machine that misbehave.

mod pkcs11;
mod pki;
mod revocation;
mod secret;
mod server;
mod time_stamp;
mod uri;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs a program that must succeed and returns what it writes.
fn run<S: AsRef<OsStr>>(
    folder: &Path,
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Vec<u8> {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    done(&mut command)
}

fn done(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output.stdout
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    run(folder, "openssl", arguments.split_whitespace())
}

/// Says loudly that something was not tested, and fails where it must be there.
fn missing(what: &str) {
    let loud = format!(
        "\nMISSING: {what}, so what it shows was NOT CHECKED. `tests/run` installs it.\n\n"
    );
    drop(std::io::stderr().write_all(loud.as_bytes()));
    let required = ["CI", "SIGILL_REQUIRE_JUDGES"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    assert!(!required, "{what} is required here");
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Runs one of these tests in a process of its own, with another environment.
fn again(test: &str, change: impl FnOnce(&mut Command) -> &mut Command) {
    let (_crate_name, module) = module_path!().split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&format!("{module}::{test}"), "--exact", "--nocapture"]);
    let told = done(change(&mut command));
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("1 passed"), "{test} was not run: {told}");
}
