//! What is made of each agreement's entries and kept, so that asking about all agreements need not read them.
//!
//! A [`Recipe`] makes something of an agreement's entries. [`all`] gives what it makes of every agreement: what
//! is kept where nothing was entered since, else made anew, and then kept. Where it cannot be kept, as on a disk
//! that cannot be written, the answer is the same and takes longer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use crate::agreement::{AgreementId, Sha256};
use crate::register::Entry;
use crate::store::{Changed, Store, Summaries};

/// How something is made of entries; of the same entries and by the same rules always the same.
pub(super) trait Recipe {
    /// What is made.
    type Made: DeserializeOwned + Serialize;
    /// Its name beside the log.
    const KIND: &'static str;
    /// What becomes of entries that concern no agreement.
    const OFFICE: Office;

    /// Returns the digest of what it is made by besides entries, the number of its form included.
    fn by(&self) -> Result<Sha256, Error>;

    /// Makes it of an agreement's entries; without an agreement of those that concern none.
    async fn make(
        &self,
        store: &Store,
        agreement: Option<&AgreementId>,
        entries: &[&Entry],
    ) -> Result<Self::Made, Error>;
}

/// What becomes of entries that concern no agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Office {
    /// Something is made of them alone.
    Alone,
    /// They are among the entries of each agreement.
    InEach,
}

/// What is made of the agreements, each by its name; `None` is of the entries that concern no agreement.
pub(super) type Of<T> = BTreeMap<Option<AgreementId>, T>;

/// Returns what a recipe makes of every agreement in the register.
///
/// # Errors
/// What the register or the recipe says.
pub(super) async fn all<R: Recipe>(store: &mut Store, recipe: &R) -> Result<Of<R::Made>, Error> {
    let summaries = store.records.summaries(R::KIND, recipe.by()?).await?;
    let mut wanted = to_make::<R>(&summaries);
    let mut known = BTreeMap::new();
    for (agreement, text) in summaries.rows() {
        let Wanted::These(these) = &mut wanted else {
            break;
        };
        if these.contains(&agreement) {
            continue;
        }
        match serde_json::from_str(text) {
            Ok(made) => drop(known.insert(agreement, made)),
            Err(_) => drop(these.insert(agreement)),
        }
    }
    if matches!(&wanted, Wanted::These(these) if these.is_empty()) {
        return Ok(known);
    }
    let mut texts = BTreeMap::new();
    for (agreement, made) in make(store, recipe, wanted).await? {
        texts.insert(agreement.clone(), serde_json::to_string(&made)?);
        known.insert(agreement, made);
    }
    // Where the disk cannot be written, or another process writes, the next one makes them again.
    drop(store.records.keep_summaries(&summaries, &texts).await);
    Ok(known)
}

/// Tells whether something is kept as of the present state that is not what that gives.
///
/// # Errors
/// As [`all`].
pub(super) async fn is_wrong<R: Recipe>(store: &mut Store, recipe: &R) -> Result<bool, Error> {
    let by = recipe.by()?;
    let summaries = store.records.summaries(R::KIND, by).await?;
    if matches!(to_make::<R>(&summaries), Wanted::All) {
        return Ok(summaries.is_damaged());
    }
    let made = make(store, recipe, Wanted::All).await?;
    // Read again: what was entered meanwhile is not in all that was made.
    let summaries = store.records.summaries(R::KIND, by).await?;
    let Wanted::These(changed) = to_make::<R>(&summaries) else {
        return Ok(summaries.is_damaged());
    };
    let mut expected = BTreeMap::new();
    for (agreement, made) in made {
        if !changed.contains(&agreement) {
            expected.insert(agreement, serde_json::to_string(&made)?);
        }
    }
    let kept = summaries.rows().filter(|(of, _)| !changed.contains(of));
    let kept: Of<String> = kept.map(|(of, text)| (of, text.to_owned())).collect();
    Ok(kept != expected)
}

/// What has to be made anew.
enum Wanted {
    All,
    These(BTreeSet<Option<AgreementId>>),
}

fn to_make<R: Recipe>(summaries: &Summaries) -> Wanted {
    match &summaries.changed {
        Changed::All => Wanted::All,
        Changed::These(these) if R::OFFICE == Office::InEach && these.contains(&None) => {
            Wanted::All
        }
        Changed::These(these) => Wanted::These(these.clone()),
    }
}

async fn make<R: Recipe>(
    store: &mut Store,
    recipe: &R,
    wanted: Wanted,
) -> Result<Of<R::Made>, Error> {
    let entries = match &wanted {
        Wanted::All => store.records.entries(None).await?,
        Wanted::These(these) => {
            let agreements = these.iter().flatten().cloned().collect();
            store.records.entries_of(&agreements).await?
        }
    };
    let mut by_agreement: Of<Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        let own = by_agreement.entry(entry.agreement.clone()).or_default();
        own.push(entry);
    }
    let of_office = match R::OFFICE {
        Office::Alone => Vec::new(),
        Office::InEach => by_agreement.remove(&None).unwrap_or_default(),
    };
    let mut all = BTreeMap::new();
    for (agreement, mut entries) in by_agreement {
        if matches!(&wanted, Wanted::These(these) if !these.contains(&agreement)) {
            continue;
        }
        if !of_office.is_empty() {
            entries.extend(&of_office);
            entries.sort_unstable_by_key(|entry| entry.seq);
        }
        let made = recipe.make(store, agreement.as_ref(), &entries).await?;
        all.insert(agreement, made);
    }
    Ok(all)
}
