//! Where stories are told: an office whose program and outside services live by one clock, which the story sets.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::clock::Clock;
use super::pki::{PASSPHRASE, Pki};
use super::sign::trust_alone;
use super::support::{AGREEMENT, Office, Run, run, scratch};

pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
    pub(crate) office: Office,
    pub(crate) pki: Pki,
}

impl Stage {
    /// Opens the office on the first day; `None` where a judge is missing.
    pub(crate) fn begin(day: &str) -> Option<Self> {
        let folder = scratch();
        let clock = Clock::new(folder.path())?;
        clock.set(day);
        let pki = Pki::start_by(&clock)?;
        let office = Office::new();
        trust_alone(&office, &pki);
        Some(Self {
            clock,
            folder,
            office,
            pki,
        })
    }

    /// Lets a version be for these parties alone.
    pub(crate) fn only_parties(&self, version: &str, codes: &[&str]) {
        let codes: Vec<String> = codes.iter().map(|code| format!("{code:?}")).collect();
        let table = format!("\n[parties]\ncodes = [{}]\n", codes.join(", "));
        let text = self.office.text(version);
        self.office.write(version, text + &table);
    }

    pub(crate) fn is_now(&self, time: &str) {
        self.clock.set(time);
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.office.command(arguments);
        self.clock.rule(&mut command);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments))
    }

    /// Runs a command that is written in one line, with arguments that have blanks in them after it.
    pub(crate) fn line(&self, line: &str, more: &[&str]) -> Run {
        let words = line.split_whitespace().chain(more.iter().copied());
        self.run(&words.collect::<Vec<&str>>())
    }

    /// Writes a file beside the office and returns its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Records that a signer of the test PKI may sign for a party in a role.
    pub(crate) fn authorise(&self, party: &str, role: &str, signer: &str, more: &[&str]) -> u64 {
        let person = self.pki.person(signer);
        let pem = self.pki.path(&format!("{signer}.pem"));
        let mut arguments = vec![
            "authorise",
            party,
            "--role",
            role,
            "--name",
            &person,
            "--certificate",
            pem.to_str().unwrap(),
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-01-16",
            "--json",
        ];
        arguments.extend(more);
        self.run(&arguments).ok();
        self.last()
    }

    /// Returns the place of the register's last entry.
    pub(crate) fn last(&self) -> u64 {
        let log = self.run(&["log", "--json"]).ok().json();
        log.as_array().unwrap().last().unwrap()["seq"]
            .as_u64()
            .unwrap()
    }

    /// Enters a decision and returns the place of its entry.
    pub(crate) fn decide(&self, party: &str, more: &[&str]) -> u64 {
        let mut arguments = vec!["decide", party];
        arguments.extend(more);
        self.run(&arguments).ok();
        self.last()
    }

    /// Returns the newest state of a party's copy of the shipped version.
    pub(crate) fn copy(&self, party: &str) -> PathBuf {
        self.copy_of(AGREEMENT, "1.0", party)
    }

    /// Returns the newest state of a party's copy.
    pub(crate) fn copy_of(&self, agreement: &str, version: &str, party: &str) -> PathBuf {
        let folder = format!("out/{agreement}-{version}-bilateral");
        let part = format!("-{version}-b{party}-");
        let files = fs::read_dir(self.office.path(folder)).unwrap();
        let mut files = files.map(|entry| entry.unwrap().path());
        files
            .find(|path| {
                path.to_str().unwrap().contains(&part)
                    && path.extension().is_some_and(|it| it == "pdf")
            })
            .unwrap_or_else(|| panic!("no copy {part}"))
    }

    /// Signs copies in a seat.
    pub(crate) fn sign(&self, seat: &str, signer: &str, files: &[PathBuf]) -> Value {
        let key = self.pki.path(&format!("{signer}.p12"));
        let mut command =
            self.command(&["sign", "--seat", seat, "--passphrase-env", "PROV", "--json"]);
        command
            .env("PROV", PASSPHRASE)
            .args(["--level", "B-T", "--key"])
            .arg(key);
        command.args(files);
        run(command).ok().json()
    }

    pub(crate) fn position(&self, day: &str) -> Value {
        let mut positions = self
            .run(&["status", AGREEMENT, "--as-of", day, "--json"])
            .ok()
            .json();
        positions[0].take()
    }
}
