//! Values of agreement.toml and version.toml, and parties, that differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Compared;
use super::model::{Unseen, UnseenKind};
use crate::template::ListedParty;

/// Notes every key that differs, but for the version's own number and the names of clause files.
///
/// A party is told as `parties.1440`, what is printed of it as `parties.1440.seat`, a key of agreement.toml as
/// `agreement.name`, and one of version.toml as it stands there.
pub(super) fn compare(old: &Compared<'_>, new: &Compared<'_>, noted: &mut Vec<Unseen>) {
    let (old, new) = (Settings::of(old), Settings::of(new));
    let one_sided: Vec<&String> = old.parties.symmetric_difference(&new.parties).collect();
    // That a party is new or gone says it all.
    let is_told = |key: &str| {
        one_sided.iter().any(|party| {
            key.strip_prefix(party.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let keys: BTreeSet<&String> = old.values.keys().chain(new.values.keys()).collect();
    for key in keys {
        let (before, after) = (old.values.get(key), new.values.get(key));
        if before != after && !is_told(key) {
            noted.push(Unseen {
                kind: UnseenKind::Setting,
                place: key.clone(),
                old: before.cloned(),
                new: after.cloned(),
            });
        }
    }
}

/// Every value by its dotted key; of a list of tables each by what names it.
#[derive(Default)]
struct Settings {
    /// The keys of the parties.
    parties: BTreeSet<String>,
    values: BTreeMap<String, String>,
}

impl Settings {
    fn of(side: &Compared<'_>) -> Self {
        let mut settings = Self::default();
        // Both were read from text: there is nothing in them that cannot be written.
        if let Ok(agreement) = serde_json::to_value(side.agreement) {
            settings.flatten("agreement", &agreement);
        }
        if let Ok(Value::Object(map)) = serde_json::to_value(side.manifest) {
            for (key, value) in &map {
                if !IGNORED.contains(&key.as_str()) {
                    settings.flatten(key, value);
                }
            }
        }
        for party in side.parties {
            settings.list_party(party);
        }
        settings
    }

    fn list_party(&mut self, party: &ListedParty) {
        let path = format!("parties.{}", party.code);
        self.parties.insert(path.clone());
        let name = party.printed.get("legal_name").map(plain);
        let name = name.unwrap_or_else(|| party.code.to_string());
        self.values.insert(path.clone(), name);
        let kind = party.kind.to_string();
        self.values.insert(format!("{path}.kind"), kind);
        let groups = party.groupings.iter().map(|group| group.name.as_str());
        let groups: Vec<&str> = groups.collect();
        self.values
            .insert(format!("{path}.groupings"), groups.join(", "));
        let printed = party.printed.iter();
        for (field, value) in printed.filter(|(field, _)| *field != "legal_name") {
            self.values.insert(format!("{path}.{field}"), plain(value));
        }
    }

    fn flatten(&mut self, path: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(map) => {
                for (key, value) in map {
                    self.flatten(&format!("{path}.{key}"), value);
                }
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let mut names: Vec<String> = Vec::new();
                for (place, item) in (1_usize..).zip(items) {
                    let name = name(item);
                    // One that has the name of another is told by its place as well.
                    if names.contains(&name) {
                        names.push(format!("{name} ({place})"));
                    } else {
                        names.push(name);
                    }
                }
                self.values.insert(path.to_owned(), names.join(", "));
                for (item, name) in items.iter().zip(names) {
                    let keys = item.as_object().into_iter().flatten();
                    // What names it is told by the list itself.
                    let keys = keys.filter(|(key, _)| !naming(item).contains(&key.as_str()));
                    for (key, value) in keys {
                        self.flatten(&format!("{path}.{name}.{key}"), value);
                    }
                }
            }
            Value::Array(items) => {
                if !items.is_empty() {
                    let items: Vec<String> = items.iter().map(plain).collect();
                    self.values.insert(path.to_owned(), items.join(", "));
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.values.insert(path.to_owned(), plain(value));
            }
        }
    }
}

/// Returns the keys that name a table in a list: of a seat, a field, a day of follow-up.
fn naming(item: &Value) -> &'static [&'static str] {
    let has = |key: &&str| item.get(*key).is_some_and(Value::is_string);
    let mut known = NAMING.iter();
    known
        .find(|keys| keys.iter().all(has))
        .copied()
        .unwrap_or_default()
}

/// Returns what names a table in a list; all of it where nothing does.
fn name(item: &Value) -> String {
    let parts = naming(item).iter().filter_map(|key| item.get(*key));
    let parts: Vec<String> = parts.map(plain).collect();
    if parts.is_empty() {
        return plain(item);
    }
    parts.join("-")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// Keys that say nothing of what is agreed.
const IGNORED: [&str; 3] = ["clauses", "schema", "version"];
/// What names the tables in lists: the first of these that a table has.
const NAMING: [&[&str]; 3] = [&["party_kind", "role"], &["name"], &["title"]];
