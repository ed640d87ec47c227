//! Local accords: an agreement under another one, which may add to it and take nothing away.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::manifest::at_key;
use super::{
    AgreementId, Amount, ClauseId, Manifest, Name, PartyCode, Relation, SourceError, toml_date,
};

/// What a local accord says besides its words: `[accord]` in version.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accord {
    /// The services that take part, in the order in which they are listed and bear a remainder.
    pub services: Vec<Service>,
    /// The first day of an accord without `[term]`; it ends with its parent.
    #[serde(
        default,
        with = "toml_date::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<NaiveDate>,
    /// The shared cost of a year, where the text states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// Which clause of the parent each of its clauses adds to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub adds_to: BTreeMap<ClauseId, ClauseId>,
}

/// A service that takes part in an accord, and so in its shared costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name, e.g. `Öppen förskola`.
    pub name: Name,
    /// The party that answers for it.
    pub party: PartyCode,
}

/// What a version asks of the accords under it: `[accords]` in its version.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccordRules {
    /// The names that a service may have; any where none is given.
    #[serde(default)]
    pub services: Vec<Name>,
    /// The services that take part in every accord.
    #[serde(default)]
    pub required: Vec<Name>,
}

/// Checks what a version.toml says of accords by itself; gives the key and the problem.
pub(super) fn check(manifest: &Manifest) -> Result<(), (&'static str, String)> {
    if let Some(rules) = &manifest.accords {
        let unknown = |name: &&Name| !rules.services.is_empty() && !rules.services.contains(name);
        if let Some(name) = rules.required.iter().find(unknown) {
            let message = format!("[accords] requires \"{name}\", which is not among its services");
            return Err(("required", message));
        }
    }
    let Some(accord) = &manifest.accord else {
        return Ok(());
    };
    if !matches!(manifest.relation, Some(Relation::Under { .. })) {
        let message = "[accord] stands without [relation] kind = \"under\"".to_owned();
        return Err(("[accord]", message));
    }
    if accord.services.len() < LEAST_SERVICES {
        let message = format!(
            "the accord has {} of at least {LEAST_SERVICES} services",
            accord.services.len()
        );
        return Err(("services", message));
    }
    let mut names = BTreeSet::new();
    for Service { name, party } in &accord.services {
        if !names.insert(name.as_str().to_lowercase()) {
            return Err(("services", format!("service \"{name}\" is given twice")));
        }
        if !manifest.parties.codes.contains(party) {
            let message =
                format!("service \"{name}\" is of {party}, which codes of [parties] does not name");
            return Err(("services", message));
        }
    }
    if let (Some(from), Some(term)) = (accord.from, &manifest.term) {
        let message = format!(
            "[accord] is from {from} and [term] starts {}: an accord with a term of its own needs no from",
            term.start
        );
        return Err(("from", message));
    }
    Ok(())
}

/// One side of the comparison of an accord with its parent.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The agreement.
    pub agreement: &'a AgreementId,
    /// Its version.toml.
    pub manifest: &'a Manifest,
    /// Its parties.
    pub parties: &'a BTreeSet<PartyCode>,
    /// Its clauses.
    pub clauses: &'a BTreeMap<String, ClausePlace>,
    /// Its version.toml as messages name it.
    pub file: &'a str,
    /// The text of that file.
    pub text: &'a str,
}

/// Where a clause stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClausePlace {
    /// The file as messages name it.
    pub file: String,
    /// The line of its heading, counted from 1.
    pub line: usize,
}

/// Returns where an accord takes something away from the version that it stands under; each names both places.
///
/// An accord is between parties of its parent. It has no clause with the name of one of the parent's, which
/// would replace it. Values that the parent declares as least are not undershot, and the services are
/// those that the parent lets and asks to take part. Its days are checked where terms are reckoned.
#[must_use]
pub fn taken_away(accord: &Side<'_>, parent: &Side<'_>) -> Vec<SourceError> {
    let above = format!("{} {}", parent.agreement, parent.manifest.version);
    let problem = |key: &str, message: String, hint: String| {
        at_key(accord.file, accord.text, key, message).with_hint(hint)
    };
    let mut found = Vec::new();
    for party in accord.parties.difference(parent.parties) {
        found.push(problem(
            "codes",
            format!("party {party} is not a party to {above}"),
            format!("[parties] in {} says who is", parent.file),
        ));
    }
    for (id, place) in accord.clauses {
        if let Some(replaced) = parent.clauses.get(id) {
            let message = format!(
                "clause <{id}> has the name of a clause of {above}, {}:{}, and would replace it",
                replaced.file, replaced.line
            );
            let hint = format!(
                "name it otherwise, and say under [accord] adds_to = {{ NAME = \"{id}\" }} what it adds to"
            );
            found.push(
                SourceError::new(&place.file, message)
                    .at_line(place.line)
                    .with_hint(hint),
            );
        }
    }
    for (name, least) in &parent.manifest.least {
        let Some(said) = accord.manifest.values.get(name) else {
            continue;
        };
        if said.as_i64().is_none_or(|said| said < *least) {
            found.push(problem(
                name,
                format!("value {name} is {said}, less than the {least} of {above}"),
                format!(
                    "[least] in {} says so; an accord may give more",
                    parent.file
                ),
            ));
        }
    }
    if let Some(said) = &accord.manifest.accord {
        found.extend(in_accord(said, accord, parent, &above));
    }
    found
}

fn in_accord(said: &Accord, accord: &Side<'_>, parent: &Side<'_>, above: &str) -> Vec<SourceError> {
    let problem = |key: &str, message: String, hint: String| {
        at_key(accord.file, accord.text, key, message).with_hint(hint)
    };
    let mut found = Vec::new();
    for (own, added_to) in &said.adds_to {
        if !accord.clauses.contains_key(own.as_str()) {
            found.push(problem(
                "adds_to",
                format!("adds_to names the clause <{own}>, which the accord does not have"),
                "the name stands after the clause's heading".to_owned(),
            ));
        }
        if !parent.clauses.contains_key(added_to.as_str()) {
            found.push(problem(
                "adds_to",
                format!("<{own}> adds to <{added_to}>, a clause that {above} does not have"),
                format!("the clauses of {above} are listed in {}", parent.file),
            ));
        }
    }
    let Some(rules) = &parent.manifest.accords else {
        return found;
    };
    let hint = || format!("[accords] in {} says which", parent.file);
    for service in &said.services {
        if !rules.services.is_empty() && !rules.services.contains(&service.name) {
            let message = format!(
                "service \"{}\" is none of those that {above} knows: {}",
                service.name,
                listed(&rules.services)
            );
            found.push(problem("services", message, hint()));
        }
    }
    for name in &rules.required {
        if said.services.iter().all(|service| service.name != *name) {
            let message = format!(
                "service \"{name}\" does not take part, without which {above} knows no accord"
            );
            found.push(problem("services", message, hint()));
        }
    }
    found
}

fn listed(names: &[Name]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// Nobody shares costs alone.
const LEAST_SERVICES: usize = 2;
