//! From when later versions of an agreement bind the parties of the earlier ones.
//!
//! Kept beside what is known of its life, as who may sign bears on it and that is entered for all agreements
//! together. Of an agreement with one version there is nothing to know.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::kept::{self, Recipe};
use super::super::{Error, bound};
use crate::agreement::{AgreementId, Party, PartyCode, Sha256, VersionNumber, to_canonical_json};
use crate::register::{Entry, Event, Tally};
use crate::store::Store;

/// A version that has later ones, and whom these bind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replaced {
    /// The version.
    pub(super) version: VersionNumber,
    /// Its parties that a later one binds, each with the first day on which one does.
    pub(super) from: BTreeMap<PartyCode, NaiveDate>,
}

/// How it is found out.
pub(super) struct Replacing<'a> {
    /// The office's parties.
    pub(super) parties: &'a [Party],
}

impl Recipe for Replacing<'_> {
    type Made = Vec<Replaced>;
    const KIND: &'static str = "replaced";
    // Who may sign for a party bears on whether a version binds it.
    const OFFICE: kept::Office = kept::Office::InEach;

    fn by(&self) -> Result<Sha256, Error> {
        let parties = self.parties.iter();
        let rules: BTreeMap<_, _> = parties.map(|it| (&it.code, &it.signing)).collect();
        let program = concat!("sigill-replaced-1 ", env!("CARGO_PKG_VERSION"));
        Ok(Sha256::of(&to_canonical_json(&(program, rules))?))
    }

    async fn make(
        &self,
        store: &Store,
        agreement: Option<&AgreementId>,
        entries: &[&Entry],
    ) -> Result<Self::Made, Error> {
        let Some(agreement) = agreement else {
            return Ok(Vec::new());
        };
        let is_publication = |entry: &&&Entry| {
            entry.agreement.as_ref() == Some(agreement)
                && matches!(entry.event, Event::Published(_))
        };
        if entries.iter().filter(is_publication).count() < 2 {
            return Ok(Vec::new());
        }
        let tally = Tally::fold(entries.iter().copied());
        let versions = tally.versions.iter().rev();
        let mut found = Vec::new();
        let mut later: BTreeMap<PartyCode, NaiveDate> = BTreeMap::new();
        for ((_, version), published) in versions.filter(|((of, _), _)| of == agreement) {
            let rows = match bound::by_version(store, &tally, published, self.parties).await {
                Ok(rows) => rows,
                // It is told with its own line; that it binds somebody is not certain.
                Err(Error::Term { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            let from: BTreeMap<PartyCode, NaiveDate> = rows
                .iter()
                .filter_map(|(code, _)| Some((code.clone(), *later.get(code)?)))
                .collect();
            if !from.is_empty() {
                found.push(Replaced {
                    version: *version,
                    from,
                });
            }
            for (code, bound_from) in rows {
                if let Some(day) = bound_from {
                    let first = later.entry(code).or_insert(day);
                    *first = day.min(*first);
                }
            }
        }
        Ok(found)
    }
}
