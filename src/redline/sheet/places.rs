//! Where things stand, as people say it: `7.2`, `§ 5 Mål`, `Uppsägningstid`.

use std::collections::BTreeMap;

use super::words;
use crate::redline::model::{BlockKind, ClausePlace, Fate, Redline, Unseen, UnseenKind};

/// The names of clauses and of what moved.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By a clause's id, in the old text and in the new one.
    clauses: BTreeMap<String, (Option<String>, Option<String>)>,
    /// By the number of a move.
    from: BTreeMap<u32, String>,
    to: BTreeMap<u32, String>,
}

impl Places {
    pub(super) fn of(redline: &Redline) -> Self {
        let mut places = Self::default();
        for clause in &redline.clauses {
            let names = (clause.old.as_ref().map(name), clause.new.as_ref().map(name));
            places.clauses.insert(clause.id.to_string(), names);
            // The numbered paragraph that an item stands in.
            let (mut old_above, mut new_above) = (String::new(), String::new());
            for block in &clause.blocks {
                let depth = match block.kind {
                    BlockKind::Item { depth, .. } => depth,
                    BlockKind::Cell { .. }
                    | BlockKind::Heading { .. }
                    | BlockKind::Paragraph { .. }
                    | BlockKind::Term { .. } => 0,
                };
                if depth == 1 && !block.old_label.is_empty() {
                    old_above.clone_from(&block.old_label);
                }
                if depth == 1 && !block.new_label.is_empty() {
                    new_above.clone_from(&block.new_label);
                }
                match block.fate {
                    Fate::MovedFrom { pair } => {
                        let place = place(clause.new.as_ref(), &new_above, &block.new_label);
                        places.to.entry(pair).or_insert(place);
                    }
                    Fate::MovedTo { pair } => {
                        let place = place(clause.old.as_ref(), &old_above, &block.old_label);
                        places.from.entry(pair).or_insert(place);
                    }
                    Fate::Deleted | Fate::Inserted | Fate::Kept => {}
                }
            }
        }
        places
    }

    /// Returns where a block went or came from; empty for one that did not move.
    pub(super) fn note(&self, fate: Fate) -> String {
        let (pair, way) = match fate {
            Fate::MovedFrom { pair } => (pair, "från"),
            Fate::MovedTo { pair } => (pair, "till"),
            Fate::Deleted | Fate::Inserted | Fate::Kept => return String::new(),
        };
        let (from, to) = (self.from.get(&pair), self.to.get(&pair));
        let other = if matches!(fate, Fate::MovedTo { .. }) {
            to
        } else {
            from
        };
        match other {
            Some(place) if from == to => format!("flyttad {way} en annan plats i {place}"),
            Some(place) => format!("flyttad {way} {place}"),
            None => format!("flyttad {way} en annan plats"),
        }
    }

    /// Returns where something stands that changed without being seen.
    pub(super) fn of_unseen(&self, unseen: &Unseen) -> String {
        match unseen.kind {
            UnseenKind::Setting => words::setting(&unseen.place),
            UnseenKind::SharedFile => unseen.place.clone(),
            UnseenKind::Computed
            | UnseenKind::Formatting
            | UnseenKind::Link
            | UnseenKind::NumberFormat
            | UnseenKind::Reference
            | UnseenKind::Spacing => match self.clauses.get(&unseen.place) {
                Some((old, new)) => new.clone().or_else(|| old.clone()).unwrap_or_default(),
                None => unseen.place.clone(),
            },
        }
    }

    /// Returns a value of something that changed without being seen, as it is read.
    pub(super) fn value(&self, unseen: &Unseen, value: Option<&str>) -> String {
        let Some(value) = value else {
            return "–".to_owned();
        };
        match unseen.kind {
            UnseenKind::Reference => {
                let is_old = unseen.old.as_deref() == Some(value);
                let names = self.clauses.get(value).cloned().unwrap_or_default();
                let name = if is_old { names.0 } else { names.1 };
                name.unwrap_or_else(|| value.to_owned())
            }
            UnseenKind::Setting => words::value(&unseen.place, value),
            UnseenKind::Computed
            | UnseenKind::Formatting
            | UnseenKind::Link
            | UnseenKind::NumberFormat
            | UnseenKind::SharedFile
            | UnseenKind::Spacing => value.to_owned(),
        }
    }
}

fn name(place: &ClausePlace) -> String {
    format!("{} {}", place.number, place.title)
        .trim()
        .to_owned()
}

fn place(clause: Option<&ClausePlace>, above: &str, label: &str) -> String {
    if label.contains('.') {
        return label.to_owned();
    }
    let clause = clause.map(|clause| match clause.number.as_str() {
        "" => clause.title.clone(),
        number => number.to_owned(),
    });
    match (above, label) {
        ("", label) => format!("{} {label}", clause.unwrap_or_default())
            .trim()
            .to_owned(),
        (above, "") => above.to_owned(),
        (above, label) => format!("{above} {label}"),
    }
}
