//! Correct: enters that an earlier entry was wrong, and what should have been entered, or that nothing should.
//!
//! Nothing is edited: the wrong entry stays, and so does the correction. A correction may be corrected; the
//! last one rules.

mod keys;

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use self::keys::{FILES, MINUTES, OPTIONS, PERSON, WORDS, is_fixed};
use super::act::{
    About, Act, ActError, Case, Note, Paper, Planned, check_act, check_minutes, check_order,
    check_past, clean_long, clean_words, enter, perform, ruling,
};
use super::authority::Rejudged;
use super::consult::ConsultError;
use super::{Error, Office, authorise};
use crate::agreement::{AgreementId, Name, PartyCode, Person, Sha256, to_canonical_json};
use crate::calendar::swedish_day;
use crate::outside::now;
use crate::register::{Commitment, Corrected, Entry, Event, Tally};
use crate::store::Store;

/// What is to be corrected.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The place of the entry.
    pub entry: u64,
    /// Why.
    pub reason: String,
    /// Keys and their values; with none the entry is struck.
    pub set: Vec<(String, String)>,
}

/// A correction that was entered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement; `None` where it concerns the office.
    pub agreement: Option<AgreementId>,
    /// The place of the corrected entry.
    pub entry: u64,
    /// What it was, e.g. `Decided`.
    pub kind: String,
    /// What changes, key by key; none where the entry is struck.
    pub changes: Vec<Change>,
    /// What follows for signatures, where it is about who may sign.
    pub rejudged: Rejudged,
}

/// A key that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The key, e.g. `minutes.met_on`.
    pub key: String,
    /// What the entry said. Of words that can be erased these stand here, not their commitment.
    pub before: Value,
    /// What it says now.
    pub after: Value,
}

/// Enters a correction.
///
/// # Errors
/// [`Error`] for entries that are undone otherwise, values that do not fit, and corrections of nothing;
/// nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Correction, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// A correction that may be entered.
struct Plan {
    agreement: Option<AgreementId>,
    changes: Vec<Change>,
    entries: Vec<Entry>,
    // Kind and body of what should have been entered; words are committed when it is entered.
    instead: Option<Value>,
    kind: String,
    papers: Vec<Paper>,
    reason: String,
    rejudged: Rejudged,
    // The party for which who may sign is corrected.
    signs_for: Option<PartyCode>,
    words: Vec<(Vec<String>, String)>,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Correction;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let reason = clean_words("the reason", &request.reason)?;
        let store = store.ok_or_else(|| unknown(request.entry))?;
        let mut plan = Self::make(office, store, request, reason).await?;
        Ok(Planned {
            agreement: plan.agreement.clone(),
            notes: Vec::new(),
            papers: std::mem::take(&mut plan.papers),
            act: plan,
        })
    }

    async fn event(&mut self, store: &mut Store, request: &Request) -> Result<Event, Error> {
        for (path, words) in std::mem::take(&mut self.words) {
            let commitment = store.commit_words(&words).await?;
            self.place(&path, serde_json::to_value(commitment)?);
        }
        let instead = match &self.instead {
            Some(value) => Some(Box::new(serde_json::from_value(value.clone())?)),
            None => None,
        };
        Ok(Event::Corrected(Corrected {
            entry: request.entry,
            instead,
            reason: store.commit_words(&self.reason).await?,
        }))
    }

    async fn enter(
        &mut self,
        office: &Office,
        store: &mut Store,
        agreement: Option<&AgreementId>,
        event: Event,
    ) -> Result<u64, Error> {
        let Some(party) = self.signs_for.take() else {
            return enter(office, store, agreement, event).await;
        };
        let entries = std::mem::take(&mut self.entries);
        let agreement = agreement.cloned();
        let (seq, rejudged) =
            authorise::enter(office, store, entries, agreement, event, &party).await?;
        self.rejudged = rejudged;
        Ok(seq)
    }

    fn answer(self, request: &Request, _notes: Vec<Note>, seq: Option<u64>) -> Correction {
        Correction {
            seq,
            agreement: self.agreement,
            entry: request.entry,
            kind: self.kind,
            changes: self.changes,
            rejudged: self.rejudged,
        }
    }
}

impl Plan {
    async fn make(
        office: &Office,
        store: &mut Store,
        request: &Request,
        reason: String,
    ) -> Result<Self, Error> {
        let entries = store.records.entries(None).await?;
        let mut known = entries.iter();
        let entry = known.find(|entry| entry.seq == request.entry);
        let entry = entry.ok_or_else(|| unknown(request.entry))?;
        let kind = kind_of(&entry.event)?;
        if !entry.event.is_correctable() {
            return Err(ActError::Entry {
                entry: entry.seq,
                hint: undoing(&entry.event).to_owned(),
                problem: format!("is of the kind {kind}, which is not corrected"),
            }
            .into());
        }
        let tally = Tally::fold(&entries);
        let standing = ruling(&tally, entry);
        let mut plan = Self {
            agreement: entry.agreement.clone(),
            changes: Vec::new(),
            entries: Vec::new(),
            instead: None,
            kind,
            papers: Vec::new(),
            reason,
            rejudged: Rejudged::default(),
            signs_for: signs_for(&entries, entry),
            words: Vec::new(),
        };
        if request.set.is_empty() {
            if standing.is_none() {
                let entry = entry.seq;
                return Err(ActError::Unchanged { entry }.into());
            }
            plan.entries = entries;
            return Ok(plan);
        }
        if matches!(entry.event, Event::Corrected(_)) {
            return Err(ActError::Entry {
                entry: entry.seq,
                hint: "strike it with --strike, or correct the entry that it corrects once more"
                    .to_owned(),
                problem: "is a correction itself".to_owned(),
            }
            .into());
        }
        // What was struck comes back as it was entered.
        let before = serde_json::to_value(standing.unwrap_or(&entry.event))?;
        plan.instead = Some(before.clone());
        for (key, value) in &request.set {
            plan.set(store, entry, key, value).await?;
        }
        let is_back = standing.is_none();
        if plan.changes.is_empty() && !is_back {
            let entry = entry.seq;
            return Err(ActError::Unchanged { entry }.into());
        }
        let instead = plan.instead.clone().unwrap_or_default();
        let event: Event = serde_json::from_value(instead).map_err(|error| {
            let (key, value) = request.set.last().cloned().unwrap_or_default();
            fit(entry, &key, &value, &error.to_string())
        })?;
        plan.check(office, store, &tally, &event).await?;
        plan.entries = entries;
        Ok(plan)
    }

    /// Replaces one key's value.
    async fn set(
        &mut self,
        store: &Store,
        entry: &Entry,
        key: &str,
        value: &str,
    ) -> Result<(), Error> {
        let path = path_of(key, entry);
        let refused = |problem: &str| fit(entry, key, value, problem);
        let old = self.instead.as_ref().and_then(|event| at(event, &path));
        let Some(old) = old.cloned() else {
            return Err(refused("there is no such key").into());
        };
        let last = path.last().map(String::as_str).unwrap_or_default();
        if is_fixed(&entry.event, &path) {
            let problem = "it says what the entry is about: strike the entry and enter it anew";
            return Err(refused(problem).into());
        }
        let (shown, new) = if value.is_empty() {
            (Value::Null, Value::Null)
        } else if WORDS.contains(&last) {
            let was = match commitment(&old) {
                Some(commitment) => store.words(commitment).await?,
                None => None,
            };
            let words = match entry.event {
                Event::Answered(_) => clean_long("the text", value)?,
                Event::Authorised(_) => person(was.as_deref(), clean_words("the text", value)?)?,
                _ => clean_words("the text", value)?,
            };
            if was.as_deref() == Some(words.as_str()) {
                return Ok(());
            }
            self.words.push((path.clone(), words.clone()));
            // Stands for the words until they are committed, so that the form can be checked.
            let stand_in = Commitment {
                commitment: Sha256::of(words.as_bytes()),
            };
            (Value::from(words), serde_json::to_value(stand_in)?)
        } else if FILES.contains(&last) {
            let paper = Paper::read(Path::new(value))?;
            let digest = Value::from(paper.digest().to_string());
            self.papers.push(paper);
            (digest.clone(), digest)
        } else {
            let new = self
                .fitting(&path, last, value)
                .map_err(|it| refused(&it))?;
            (new.clone(), new)
        };
        if new == old {
            return Ok(());
        }
        let before = match commitment(&old) {
            Some(commitment) => store
                .words(commitment)
                .await?
                .map_or(Value::Null, Value::from),
            None => old,
        };
        self.place(&path, new);
        self.changes.push(Change {
            key: path.get(1..).unwrap_or_default().join("."),
            before,
            after: shown,
        });
        Ok(())
    }

    /// Returns a value in the type that its key has: text, else a number, a truth value or a list.
    fn fitting(&self, path: &[String], last: &str, value: &str) -> Result<Value, String> {
        let text = match (last, value) {
            // As the option of `decide` has it.
            ("outcome", "condition") => "approved_with_condition",
            _ => value,
        };
        let texts = [Some(Value::from(text)), serde_json::from_str(value).ok()];
        let mut problem = String::new();
        for candidate in texts.into_iter().flatten() {
            let mut event = self.instead.clone().unwrap_or_default();
            if let Some(place) = at_mut(&mut event, path) {
                *place = candidate.clone();
            }
            match serde_json::from_value::<Event>(event) {
                // Back from the type, so that it stands as it will be entered.
                Ok(event) => {
                    let event = serde_json::to_value(event).map_err(|error| error.to_string())?;
                    return Ok(at(&event, path).cloned().unwrap_or(candidate));
                }
                Err(error) if problem.is_empty() => problem = error.to_string(),
                Err(_) => {}
            }
        }
        Err(problem)
    }

    fn place(&mut self, path: &[String], value: Value) {
        if let Some(place) = self.instead.as_mut().and_then(|event| at_mut(event, path)) {
            *place = value;
        }
    }

    /// Checks that what should have been entered could have been.
    async fn check(
        &self,
        office: &Office,
        store: &mut Store,
        tally: &Tally,
        event: &Event,
    ) -> Result<(), Error> {
        check_own(tally, event)?;
        if let Event::Answered(it) = event
            && let Some(opens_on) = tally.consultation(it.consultation).map(|it| it.since)
            && it.received_on < opens_on
        {
            let day = it.received_on;
            return Err(ConsultError::ReceivedEarly { day, opens_on }.into());
        }
        let version = match event {
            Event::Decided(it) => Some(it.version),
            Event::Declined(it) | Event::Retracted(it) => Some(it.version),
            Event::Notified(it) => Some(it.version),
            Event::Recommended(it) => Some(it.version),
            _ => None,
        };
        let (Some(version), Some(agreement)) = (version, &self.agreement) else {
            return Ok(());
        };
        let about = About {
            agreement: Some(agreement.clone()),
            version: Some(version),
        };
        let case = Case::open(office, Some(store), &about).await?;
        check_act(&case, event)
    }
}

/// Returns the party for which an entry, or what it corrects, says who may sign.
fn signs_for(entries: &[Entry], entry: &Entry) -> Option<PartyCode> {
    match &entry.event {
        Event::Authorised(it) => Some(it.party.clone()),
        Event::Relieved(it) => Some(it.party.clone()),
        Event::Corrected(it) if it.entry < entry.seq => {
            let mut known = entries.iter();
            signs_for(entries, known.find(|known| known.seq == it.entry)?)
        }
        _ => None,
    }
}

/// Checks what needs no version: the days of who may sign, and paper.
fn check_own(tally: &Tally, event: &Event) -> Result<(), ActError> {
    let today = swedish_day(now());
    match event {
        Event::Answered(it) => check_past(today, "the answer's day", it.received_on)?,
        Event::Authorised(it) => {
            check_minutes(today, &it.source)?;
            for person in &it.persons {
                check_order(("the first day", person.from), ("the last day", person.to))?;
            }
        }
        Event::Inked(it) => {
            check_past(today, "the day on the paper", it.signed_on)?;
            let copy = tally.copies.get(&it.copy);
            for seat in &it.seats {
                if !copy.is_some_and(|copy| copy.issued.seats.contains(&seat.seat)) {
                    let (copy, seat) = (it.copy.clone(), seat.seat.clone());
                    let problem = "has no such seat";
                    return Err(ActError::Seat {
                        copy,
                        problem,
                        seat,
                    });
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Returns a person as the words of an authority hold one: as JSON, or with another name than before.
fn person(was: Option<&str>, words: String) -> Result<String, Error> {
    let known: Option<Person> = was.and_then(|was| serde_json::from_str(was).ok());
    let person = match (
        serde_json::from_str::<Person>(&words),
        words.parse::<Name>(),
    ) {
        (Ok(person), _) => person,
        (Err(_), Ok(name)) => Person {
            email: known.as_ref().and_then(|known| known.email.clone()),
            name,
            title: known.and_then(|known| known.title),
        },
        (Err(_), Err(problem)) => {
            let what = "the name";
            return Err(ActError::Words { problem, what }.into());
        }
    };
    let json = to_canonical_json(&person)?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}

fn unknown(entry: u64) -> ActError {
    ActError::Entry {
        entry,
        hint: "`sigill log` shows the entries".to_owned(),
        problem: "is not in the register".to_owned(),
    }
}

fn fit(entry: &Entry, key: &str, value: &str, problem: &str) -> ActError {
    ActError::Value {
        entry: entry.seq,
        key: key.to_owned(),
        problem: problem.to_owned(),
        value: value.to_owned(),
    }
}

fn kind_of(event: &Event) -> Result<String, Error> {
    let event = serde_json::to_value(event)?;
    let kind = event.get("kind").and_then(Value::as_str);
    Ok(kind.unwrap_or_default().to_owned())
}

/// Returns where a key stands in an event: as it is entered, or as the option that gave it is called.
fn path_of(key: &str, entry: &Entry) -> Vec<String> {
    let source = match entry.event {
        Event::Authorised(_) => "source",
        _ => "minutes",
    };
    let in_minutes = MINUTES.iter().find(|(option, _)| *option == key);
    if let Some((_, name)) = in_minutes
        && matches!(
            entry.event,
            Event::Authorised(_) | Event::Decided(_) | Event::Recommended(_)
        )
    {
        return vec!["body".to_owned(), source.to_owned(), (*name).to_owned()];
    }
    if let Event::Authorised(authorised) = &entry.event
        && authorised.persons.len() == 1
        && let Some((_, name)) = PERSON.iter().find(|(option, _)| *option == key)
    {
        return ["body", "persons", "0", name].map(str::to_owned).into();
    }
    let own = OPTIONS.iter().find(|(option, _)| *option == key);
    let key = own.map_or(key, |(_, name)| name);
    let path = std::iter::once("body").chain(key.split('.'));
    path.map(str::to_owned).collect()
}

fn at<'a>(event: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(event, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn at_mut<'a>(event: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(event, |value, key| match value {
        Value::Object(map) => Map::get_mut(map, key),
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn commitment(value: &Value) -> Option<Commitment> {
    serde_json::from_value(value.clone()).ok()
}

/// Returns what undoes an entry that is not corrected.
fn undoing(event: &Event) -> &'static str {
    match event {
        Event::Confirmed(_) => "`sigill confirm COPY SEAT --withdraw` takes a confirmation back",
        Event::Withdrawn(_) => "`sigill confirm COPY SEAT` confirms it again",
        Event::Extended(_)
        | Event::Issued(_)
        | Event::Reissued(_)
        | Event::Sealed(_)
        | Event::Signed(_) => "`sigill void` takes a copy out of force, `generate` issues another",
        Event::Erased(_) => "what was erased does not come back",
        Event::Published(_) => "a published text is frozen: make a new version",
        Event::Received(_) => {
            "`sigill receive` enters the right file; a wrong one stays and says so"
        }
        Event::Opened(_) | Event::Restored(_) => "`sigill restore` puts another register in place",
        Event::ConsultationClosed(_) => "a late answer is taken in all the same",
        Event::ConsultationOpened(_) => "`sigill consult open --again` sends it out once more",
        Event::Lettered(_) => "write the letters again: `sigill letter`",
        Event::Sent(_) => "hand out the copies again: `sigill send`",
        Event::Voided(_) => "`sigill generate` issues another copy",
        Event::Answered(_)
        | Event::Authorised(_)
        | Event::Considered(_)
        | Event::Corrected(_)
        | Event::Decided(_)
        | Event::Declined(_)
        | Event::Inked(_)
        | Event::Notified(_)
        | Event::PartyChanged(_)
        | Event::Recommended(_)
        | Event::Relieved(_)
        | Event::Retracted(_)
        | Event::Settled(_) => "`sigill correct` corrects it",
    }
}
