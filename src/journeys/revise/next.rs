//! The next version: the same text, with its days moved on.

use chrono::NaiveDate;
use toml_edit::{DocumentMut, Item, Table, value};

use super::super::Error;
use super::{Base, Draft, LookAt, Moved, ReviseError, toml_day};
use crate::agreement::{Manifest, Relation, Status, Term, VersionNumber};
use crate::calendar::{Schedule, State, Stretch};

/// Drafts the next version.
pub(super) fn draft(
    base: &Base,
    number: VersionNumber,
    keep_term: bool,
    today: NaiveDate,
) -> Result<Draft, Error> {
    check_number(base, number)?;
    let manifest = base.bundle.manifest();
    let mut document = base.document()?;
    put(&mut document, "version", value(number.to_string()));
    put(&mut document, "status", value(Status::Draft.as_str()));
    put(&mut document, "dated", toml_day(today));
    let mut look_at = Vec::new();
    let relation = match &manifest.relation {
        // A later version of an amendment stands where the earlier one stood.
        Some(relation @ Relation::Amends { .. }) => Some(relation.clone()),
        // An accord follows its parent.
        Some(Relation::Under { agreement, version }) => {
            let newest = base.newest_parent.filter(|newest| newest > version);
            if let Some(new) = newest {
                look_at.push(LookAt::Parent {
                    agreement: agreement.clone(),
                    old: *version,
                    new,
                });
            }
            Some(Relation::Under {
                agreement: agreement.clone(),
                version: newest.unwrap_or(*version),
            })
        }
        // What an earlier draft was to replace is still to be replaced.
        Some(relation @ Relation::Replaces { version })
            if !base.is_adopted() && base.tally.version(base.agreement(), *version).is_some() =>
        {
            Some(relation.clone())
        }
        _ if base.is_adopted() => Some(Relation::Replaces {
            version: base.version(),
        }),
        _ => {
            look_at.push(LookAt::NotAdopted);
            None
        }
    };
    match &relation {
        Some(Relation::Replaces { version }) => {
            let mut table = Table::new();
            table["kind"] = value("replaces");
            table["version"] = value(version.to_string());
            set_table(&mut document, "relation", table);
        }
        Some(Relation::Under { version, .. }) => {
            let table = document.get_mut("relation");
            if let Some(table) = table.and_then(Item::as_table_like_mut) {
                table.insert("version", value(version.to_string()));
            }
        }
        Some(Relation::Amends { .. }) => {}
        None => drop(document.remove("relation")),
    }
    let mut draft = Draft {
        agreement: base.agreement().clone(),
        agreement_text: None,
        document,
        files: base.own_files(),
        look_at,
        moved: Vec::new(),
        new_term: None,
        old_term: None,
        relation,
        version: number,
    };
    draft.move_term(base, manifest, keep_term, today)?;
    Ok(draft)
}

fn check_number(base: &Base, number: VersionNumber) -> Result<(), ReviseError> {
    let agreement = base.agreement().clone();
    let is_published = base.tally.version(&agreement, number).is_some();
    if is_published || base.versions.contains(&number) {
        return Err(ReviseError::Exists {
            agreement,
            is_published,
            version: number,
        });
    }
    if number <= base.version() {
        return Err(ReviseError::NotGreater {
            from: base.version(),
            version: number,
        });
    }
    match base.tally.latest(&agreement) {
        Some(latest) if latest.published.version > number => Err(ReviseError::Backwards {
            agreement,
            newest: latest.published.version,
            version: number,
        }),
        _ => Ok(()),
    }
}

impl Draft {
    /// Moves the term on, and the values that are days of it.
    fn move_term(
        &mut self,
        base: &Base,
        manifest: &Manifest,
        keep_term: bool,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let wrong = |problem: String, hint: String| Error::Term {
            agreement: base.agreement().clone(),
            version: base.version(),
            problem,
            hint,
        };
        let Some(term) = &manifest.term else {
            // Without one it follows what it stands to.
            let stands_beside = matches!(
                self.relation,
                Some(Relation::Amends { .. } | Relation::Under { .. })
            );
            if !stands_beside {
                self.look_at.push(LookAt::NoTerm);
            }
            self.days_to_look_at(manifest, &[]);
            return Ok(());
        };
        let schedule =
            Schedule::of(term).map_err(|error| wrong(error.to_string(), error.hint()))?;
        let old = Stretch::new(term.start, term.end);
        // A term that has not begun, or that goes on, is that of a correction.
        let has_begun = schedule.standing(today, None).state != State::NotYet;
        let new = if has_begun && !keep_term {
            next_term(&schedule, today)
        } else {
            old
        };
        self.old_term = old;
        self.new_term = new;
        let (Some(old), Some(new)) = (old, new) else {
            let problem = "its term cannot be moved on".to_owned();
            return Err(wrong(problem, "check the years of [term]".to_owned()));
        };
        if new == old {
            return Ok(());
        }
        let moved = Term {
            start: new.first_day(),
            end: new.last_day(),
            ..*term
        };
        let moved = Schedule::of(&moved).map_err(|error| wrong(error.to_string(), error.hint()))?;
        if new.first_day() <= today {
            self.look_at.push(LookAt::TermBegun {
                start: new.first_day(),
            });
        }
        if let Some(table) = self.document.get_mut("term").and_then(Item::as_table_mut) {
            put(table, "start", toml_day(new.first_day()));
            put(table, "end", toml_day(new.last_day()));
        }
        let days = days_of(&schedule)
            .into_iter()
            .zip(days_of(&moved))
            .filter_map(|(old, new)| Some((old?, new?)))
            .collect::<Vec<_>>();
        self.days_to_look_at(manifest, &days);
        Ok(())
    }

    /// Moves the values that are days of the old term, and lists the other days.
    fn days_to_look_at(&mut self, manifest: &Manifest, days: &[(NaiveDate, NaiveDate)]) {
        for (key, text) in &manifest.values {
            let day: Option<NaiveDate> = text.as_str().and_then(|text| text.parse().ok());
            let Some(day) = day else {
                continue;
            };
            let new = days.iter().find(|(old, _)| *old == day);
            let table = self.document.get_mut("values");
            match (new, table.and_then(Item::as_table_mut)) {
                (Some((_, new)), Some(table)) => {
                    put(table, key, value(new.to_string()));
                    self.moved.push(Moved {
                        key: key.clone(),
                        old: day,
                        new: *new,
                    });
                }
                _ => self.look_at.push(LookAt::Day {
                    key: format!("values.{key}"),
                    day,
                }),
            }
        }
        if let Some(from) = manifest.amended.as_ref().and_then(|amended| amended.from) {
            self.look_at.push(LookAt::Day {
                key: "amended.from".to_owned(),
                day: from,
            });
        }
        if let Some(from) = manifest.accord.as_ref().and_then(|accord| accord.from) {
            self.look_at.push(LookAt::Day {
                key: "accord.from".to_owned(),
                day: from,
            });
        }
    }
}

/// Returns the term that follows on the period that runs: the next period, reckoned from the end of the first,
/// where there is one; else as many whole months as the term has, or as many days.
fn next_term(schedule: &Schedule, today: NaiveDate) -> Option<Stretch> {
    let period = schedule.standing(today, None).period;
    if let Some(next) = period
        .number
        .checked_add(1)
        .and_then(|number| schedule.period(number))
    {
        return Some(next.days);
    }
    period.days.following()
}

/// Returns the days of a term that a text may print: both ends, the day after it, and the last days for notice.
fn days_of(schedule: &Schedule) -> [Option<NaiveDate>; 5] {
    let first = schedule.period(1);
    let notice = first.and_then(|period| schedule.notice_days(&period));
    let days = first.map(|period| period.days);
    [
        // A day that is two of them is the last day for notice first: that is why texts print it.
        notice.map(|days| days.plain),
        notice.map(|days| days.cautious),
        days.map(Stretch::first_day),
        days.map(Stretch::last_day),
        days.and_then(|days| days.last_day().succ_opt()),
    ]
}

/// Puts a value in another's place, with the comments around that one.
pub(super) fn put(table: &mut Table, key: &str, mut new: Item) {
    let old = table.get(key).and_then(Item::as_value);
    if let (Some(old), Some(new)) = (old, new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, new);
}

/// Puts a table where one of its name stood, else at the end.
pub(super) fn set_table(document: &mut DocumentMut, key: &str, mut table: Table) {
    if let Some(old) = document.get(key).and_then(Item::as_table) {
        table.set_position(old.position());
        *table.decor_mut() = old.decor().clone();
    }
    document[key] = Item::Table(table);
}
