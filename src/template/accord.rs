//! What the text of a local accord can print of its services and their shares.

use chrono::NaiveDate;
use serde::Serialize;

use super::Bundle;
use crate::agreement::{Amount, PartyCode, shares};

/// The values under `accord`.
#[derive(Serialize)]
pub(super) struct AccordContext<'a> {
    /// The shared cost of a year in kronor, as on paper.
    budget: Option<String>,
    from: Option<NaiveDate>,
    parties: Vec<PartyContext<'a>>,
    /// In how many equal parts the cost is divided.
    parts: usize,
    remainder_ore: usize,
    services: Vec<ServiceContext<'a>>,
}

#[derive(Serialize)]
struct PartyContext<'a> {
    amount: Option<String>,
    name: &'a str,
    parts: usize,
}

#[derive(Serialize)]
struct ServiceContext<'a> {
    amount: Option<String>,
    bears_remainder: bool,
    name: String,
    party: &'a str,
}

impl<'a> AccordContext<'a> {
    /// Returns the values of a bundle that is an accord.
    pub(super) fn new(bundle: &'a Bundle) -> Option<Self> {
        let accord = bundle.manifest().accord.as_ref()?;
        let shares = shares(accord.budget.unwrap_or_default(), &accord.services)?;
        let shown = |amount: Amount| accord.budget.map(|_| amount.to_string());
        let parties = shares.parties.iter().map(|share| PartyContext {
            amount: shown(share.amount),
            name: name_of(bundle, &share.party),
            parts: share.parts,
        });
        let services = shares.services.iter().map(|share| ServiceContext {
            amount: shown(share.amount),
            bears_remainder: share.bears_remainder,
            name: share.name.to_string(),
            party: name_of(bundle, &share.party),
        });
        Some(Self {
            budget: shown(shares.amount),
            from: accord.from,
            parties: parties.collect(),
            parts: shares.services.len(),
            remainder_ore: shares.remainder_ore,
            services: services.collect(),
        })
    }
}

/// Returns a party's name as printed; nothing where the bundle does not list the party.
fn name_of<'a>(bundle: &'a Bundle, code: &PartyCode) -> &'a str {
    let party = bundle.parties().iter().find(|party| party.code == *code);
    party
        .and_then(|party| party.printed.get("legal_name"))
        .and_then(|name| name.as_str())
        .unwrap_or_default()
}
