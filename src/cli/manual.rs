//! `sigill completions` and `sigill man`.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::report;
use super::style::write_out;
use crate::journeys::Error;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill completions bash > /etc/bash_completion.d/sigill")]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill man | man -l -
  sigill man generate | man -l -")]
pub(super) struct ManArguments {
    /// Of this command
    command: Option<String>,
}

pub(super) fn completions(arguments: &CompletionsArguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "sigill",
        &mut script,
    );
    write_out(&script);
    ExitCode::SUCCESS
}

pub(super) fn man(arguments: &ManArguments) -> Result<ExitCode, Error> {
    let mut command = super::Arguments::command();
    command.build();
    let page = match &arguments.command {
        None => command,
        Some(name) => match command
            .find_subcommand(name)
            .filter(|found| !found.is_hide_set())
        {
            Some(found) => found.clone(),
            None => {
                return Ok(report::user(
                    &format!("there is no command {name:?}"),
                    "`sigill --help` lists the commands",
                ));
            }
        },
    };
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _written = clap_mangen::Man::new(page).render(&mut text);
    write_out(&text);
    Ok(ExitCode::SUCCESS)
}
