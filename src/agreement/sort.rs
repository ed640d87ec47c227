//! Swedish order of names: å, ä and ö last, in that order.

use std::cmp::Ordering;
use std::sync::LazyLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

static SWEDISH: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| Collator::try_new(locale!("sv").into(), CollatorOptions::default()).ok());

/// Compares two names in Swedish order (CLDR `sv`): Vårgårda before Vänersborg.
#[must_use]
pub fn swedish(a: &str, b: &str) -> Ordering {
    // The Swedish table is compiled in; without it, code points are at least a stable order.
    SWEDISH
        .as_ref()
        .map_or_else(|| a.cmp(b), |collator| collator.compare(a, b))
        .then_with(|| a.cmp(b))
}
