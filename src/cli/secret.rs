//! Where a passphrase or PIN comes from: a variable, a file, else the terminal; never an argument.

use std::path::PathBuf;

use clap::Args;

use crate::outside::SecretSource;

/// Where the passphrase or PIN comes from.
#[derive(Debug, Clone, Args)]
pub(super) struct SecretArguments {
    /// The environment variable that holds the passphrase or PIN [default: asked for]
    #[arg(long, value_name = "NAME", conflicts_with = "passphrase_file")]
    passphrase_env: Option<String>,
    /// The file whose first line is the passphrase or PIN; nobody but you may read it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl SecretArguments {
    /// Returns the source that was named, if one was.
    pub(super) fn named(self) -> Option<SecretSource> {
        let variable = self.passphrase_env.map(SecretSource::Environment);
        variable.or(self.passphrase_file.map(SecretSource::File))
    }

    /// Returns the source: the one that was named, else the terminal.
    pub(super) fn source(self, what: &str) -> SecretSource {
        self.named().unwrap_or_else(|| SecretSource::Prompt {
            what: what.to_owned(),
        })
    }
}
