//! `sigill key`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::secret::SecretArguments;
use super::style::{GOOD, WARN, say, say_json, shown};
use crate::agreement::Name;
use crate::calendar::swedish_time;
use crate::journeys::{Error, KeyPlace, KeySource, Office, key};

/// Make, take over or show the office's own seal
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill key seal create --name \"Kansliet för familjecentralsavtalet\"
  sigill key seal import --key stampel.p12
  sigill key seal show")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The seal that `generate` sets on every copy
    #[command(after_help = "Example:\n  sigill key seal show --json")]
    Seal(Seal),
}

#[derive(Debug, Args)]
struct Seal {
    #[command(subcommand)]
    command: SealCommand,
}

#[derive(Debug, Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is made once, from the arguments"
)]
enum SealCommand {
    /// Make a key and a certificate that the office issues to itself
    #[command(after_help = "Example:
  sigill key seal create --name \"Kansliet för familjecentralsavtalet\"

Nobody but you vouches for such a seal: make its certificate known, seal/certificates.pem. A copy of
it in signatories/trust/ makes the office accept it; else no sealed copy reaches B-LT or B-LTA.")]
    Create(Create),
    /// Take over a key with its certificate: a PKCS#12 or encrypted PEM file, or a PKCS#11 address
    #[command(after_help = "Examples:
  sigill key seal import --key stampel.p12
  sigill key seal import --key 'pkcs11:token=kansliet;object=stampel?module-path=/usr/lib/p11.so'")]
    Import(Import),
    /// Show what the seal is
    #[command(after_help = "Example:\n  sigill key seal show")]
    Show(Show),
}

#[derive(Debug, Args)]
struct Create {
    /// The name in the certificate: the coordinating body
    #[arg(long)]
    name: Name,
    /// How long the certificate is valid, in years
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    years: u32,
    #[command(flatten)]
    secret: SecretArguments,
    /// Print the seal as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Import {
    /// The key: a PKCS#12 or encrypted PEM file, or a PKCS#11 address
    #[arg(long, value_name = "FILE|URI")]
    key: KeyPlace,
    /// PEM file with the key's certificate or its issuers', where the key's place lacks them
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// Sign with RSA-PSS where the key is an RSA key
    #[arg(long)]
    pss: bool,
    #[command(flatten)]
    secret: SecretArguments,
    /// Print the seal as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Show {
    /// Print the seal as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let Command::Seal(seal) = arguments.command;
    let (info, done, json) = match seal.command {
        SealCommand::Create(arguments) => {
            let secret = arguments
                .secret
                .source("Nytt lösenord för stämpelns nyckel");
            let info = key::create(office, &arguments.name, arguments.years, &secret)?;
            (info, "är skapad", arguments.json)
        }
        SealCommand::Import(arguments) => {
            let source = KeySource {
                secret: arguments.secret.source("Lösenord eller PIN för nyckeln"),
                place: arguments.key,
                certificates: arguments.certificates,
                pss: arguments.pss,
            };
            (
                key::import(office, &source)?,
                "är övertagen",
                arguments.json,
            )
        }
        SealCommand::Show(arguments) => (key::show(office)?, "", arguments.json),
    };
    if json {
        say_json(&info)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !done.is_empty() {
        say(&format!("{GOOD}✓{GOOD:#} Kontorets stämpel {done}."));
    }
    print(&info);
    if info.self_issued {
        say("    nästa steg: lägg en kopia av seal/certificates.pem i signatories/trust/;");
        say("                utan den når inget exemplar med stämpeln B-LT eller B-LTA");
    }
    Ok(ExitCode::SUCCESS)
}

fn print(info: &key::SealInfo) {
    say(&format!("    namn        {}", shown(&info.subject)));
    let issuer = if info.self_issued {
        format!("{WARN}självutfärdad: bara kontoret självt går i god för den{WARN:#}")
    } else {
        shown(&info.issuer)
    };
    say(&format!("    utfärdare   {issuer}"));
    say(&format!(
        "    giltig      {} – {}",
        swedish_time(info.not_before),
        swedish_time(info.not_after)
    ));
    say(&format!(
        "    nyckel      {} ({})",
        info.key, info.algorithm
    ));
    say(&format!("    certifikat  sha256 {}", info.certificate));
}
