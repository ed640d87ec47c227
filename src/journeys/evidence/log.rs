//! The register's part: entries as stored, the public key, words behind commitments where asked for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::package::{FileLine, Package, What};
use super::{Error, Scope};
use crate::journeys::receipt;
use crate::register::{Event, Receipt};

pub(super) async fn add(scope: &mut Scope<'_>, package: &mut Package) -> Result<(), Error> {
    let mut lines = Vec::new();
    for entry in &scope.entries {
        lines.extend(entry.to_bytes()?);
        lines.push(b'\n');
    }
    let line = FileLine::new(
        "register/entries.jsonl",
        What::Entries,
        "registrets poster om detta, byte för byte som de är lagrade, en per rad",
    );
    package.add(line, &lines)?;
    let opened = scope.entries.iter().find_map(|entry| match &entry.event {
        Event::Opened(opened) => Some(format!("{}\n", opened.public_key)),
        _ => None,
    });
    if let Some(key) = opened {
        let line = FileLine::new(
            "register/public-key.txt",
            What::RegisterKey,
            "registrets offentliga nyckel",
        );
        package.add(line, key.as_bytes())?;
    }
    receipts(scope, package).await?;
    if scope.request.with_words {
        let words = words(scope).await?;
        let mut json = serde_json::to_vec_pretty(&words)?;
        json.push(b'\n');
        let line = FileLine::new(
            "register/words.json",
            What::Words,
            "villkor, skäl och namn bakom posternas åtaganden",
        );
        package.add(line, &json)?;
    }
    Ok(())
}

/// Adds the register's signed head, and for every file that an entry names the proof that the entry is in the
/// register.
async fn receipts(scope: &mut Scope<'_>, package: &mut Package) -> Result<(), Error> {
    // A register that an earlier program wrote last has no tree yet.
    let Some(checkpoint) = scope.store.records.checkpoint().await? else {
        return Ok(());
    };
    let line = FileLine::new(
        "register/checkpoint.txt",
        What::Checkpoint,
        "registrets kontrollpunkt: antal poster och trädets rot, undertecknad av registret",
    );
    package.add(line, checkpoint.as_bytes())?;
    if let Some(cosigned) = scope.store.records.cosigned().await? {
        let line = FileLine::new(
            "register/cosigned.txt",
            What::Checkpoint,
            "den senaste kontrollpunkten som vittnen har undertecknat",
        );
        package.add(line, cosigned.as_bytes())?;
    }
    let named: BTreeSet<u64> = package.files.iter().filter_map(|file| file.entry).collect();
    for seq in named {
        let receipt = receipt::receipt(&mut scope.store, seq).await?;
        let path = format!("receipts/post-{seq}.{}", Receipt::EXTENSION);
        let description = format!("kvitto: bevis för att post {seq} står i registret");
        let mut line = FileLine::new(path, What::Receipt, description);
        line.entry = Some(seq);
        package.add(line, receipt.to_text().as_bytes())?;
    }
    Ok(())
}

/// Words behind a commitment.
#[derive(Serialize)]
struct WordsLine {
    entry: u64,
    /// When they were erased, UTC.
    erased_at: Option<DateTime<Utc>>,
    key: &'static str,
    /// `None` where they were erased.
    words: Option<String>,
}

async fn words(scope: &Scope<'_>) -> Result<Vec<WordsLine>, Error> {
    let mut lines = Vec::new();
    for entry in &scope.entries {
        for (key, commitment) in entry.event.commitments() {
            lines.push(WordsLine {
                entry: entry.seq,
                erased_at: scope.tally.erased_at(commitment.commitment),
                key,
                words: scope.store.words(commitment).await?,
            });
        }
    }
    Ok(lines)
}
