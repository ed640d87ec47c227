//! A party's signing rule, where a source sets it anew.

use std::path::Path;

use serde::Deserialize;

use super::{AuthoriseError, Request};
use crate::agreement::{Party, Role, SigningRule, SourceError};
use crate::journeys::Error;
use crate::store::{self, read_limited};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    signing: SigningRule,
}

/// Reads a party's rule from a TOML file.
pub(super) fn read_rule(file: &Path) -> Result<SigningRule, Error> {
    let name = file.display().to_string();
    let bytes = read_limited(file, MAX_RULE_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| store::Error::from(SourceError::new(&name, "the file is not UTF-8")))?;
    let read: RuleFile = toml::from_str(&text)
        .map_err(|error| store::Error::from(SourceError::from_toml(&name, &text, &error)))?;
    Ok(read.signing)
}

/// Returns the party's rule as it is from now on, where the request changes it.
pub(super) fn changed_rule(
    party: &Party,
    from_file: Option<SigningRule>,
    request: &Request,
) -> Result<Option<SigningRule>, AuthoriseError> {
    if from_file.is_none() && request.at_least.is_none() && request.least_grade.is_none() {
        return Ok(None);
    }
    let mut rule = from_file.unwrap_or_else(|| party.signing.clone());
    rule.at_least = request.at_least.or(rule.at_least);
    rule.least_grade = request.least_grade.or(rule.least_grade);
    let wrong = |problem: String| Err(AuthoriseError::Rule { problem });
    for seat in &rule.seats {
        let is_known = party
            .signing
            .seats
            .iter()
            .any(|known| known.role == seat.role);
        if !is_known {
            return wrong(format!(
                "names a seat {}, which {} has not",
                seat.role, party.code
            ));
        }
        if seat.by.is_empty() {
            return wrong(format!("lets nobody sign in the seat {}", seat.role));
        }
    }
    for known in &party.signing.seats {
        if rule.seats.iter().filter(|it| it.role == known.role).count() != 1 {
            return wrong(format!(
                "does not say once who may sign in the seat {}",
                known.role
            ));
        }
    }
    let seats = rule.seats.len();
    match rule.at_least {
        Some(needed)
            if needed == 0 || usize::try_from(needed).map_or(true, |needed| needed > seats) =>
        {
            wrong(format!("asks for {needed} of {seats} seats"))
        }
        _ => Ok(Some(rule)),
    }
}

/// Returns the roles that may sign in any seat, each once.
pub(super) fn roles(rule: &SigningRule) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for role in rule.seats.iter().flat_map(|seat| &seat.by) {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles
}

/// A rule is a few lines.
const MAX_RULE_BYTES: u64 = 64 * 1024;
