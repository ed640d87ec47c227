//! Change: enters that a party got another name or number, or became part of another.
//!
//! Copies that are signed keep what they say, and the party's history stays. The party's file, which new
//! copies are made from, is edited by hand.

use chrono::NaiveDate;
use serde::Serialize;

use super::act::{Act, ActError, Note, Planned, check_public, perform};
use super::{Error, Office};
use crate::agreement::{Name, OrgNumber, Party, PartyCode, known_owner};
use crate::register::{Entry, Event, PartyChange, PartyChanged, Tally};
use crate::store::Store;

/// What changed.
#[derive(Debug, Clone)]
pub struct Request {
    /// What changed.
    pub change: PartyChange,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The first day of the change.
    pub from: NaiveDate,
    /// The party, by the code that its copies have.
    pub party: PartyCode,
    /// Where it is decided.
    pub source: Name,
}

/// A change that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The party.
    pub party: PartyCode,
    /// Its name in law by its file.
    pub party_name: String,
    /// What changed.
    pub change: PartyChange,
    /// The first day of the change.
    pub from: NaiveDate,
    /// What to look at.
    pub notes: Vec<Note>,
}

/// Enters a change of a party.
///
/// # Errors
/// [`Error`] for what cannot be or says nothing new; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Changed, Error> {
    perform::<Plan>(office, request, request.dry_run).await
}

/// A change that may be entered.
struct Plan {
    party_name: String,
}

impl Act for Plan {
    type Request = Request;
    type Answer = Changed;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Planned<Self>, Error> {
        let (act, notes) = check(office, request)?;
        if let Some(store) = store {
            refuse_known(&store.records.entries(None).await?, request)?;
        }
        Ok(Planned {
            act,
            agreement: None,
            notes,
            papers: Vec::new(),
        })
    }

    async fn event(&mut self, _store: &mut Store, request: &Request) -> Result<Event, Error> {
        Ok(Event::PartyChanged(PartyChanged {
            change: request.change.clone(),
            from: request.from,
            party: request.party.clone(),
            source: request.source.clone(),
        }))
    }

    fn answer(self, request: &Request, notes: Vec<Note>, seq: Option<u64>) -> Changed {
        Changed {
            seq,
            party: request.party.clone(),
            party_name: self.party_name,
            change: request.change.clone(),
            from: request.from,
            notes,
        }
    }
}

fn check(office: &Office, request: &Request) -> Result<(Plan, Vec<Note>), Error> {
    let parties = office.folder.parties()?;
    let find = |code: &PartyCode| parties.iter().find(|(_, party)| party.code == *code);
    let refused = |problem: String| ActError::Change {
        party: request.party.clone(),
        problem,
    };
    let Some((file, party)) = find(&request.party) else {
        return Err(refused("has no file in signatories/".to_owned()).into());
    };
    check_public("the source", &request.source)?;
    let mut notes = Vec::new();
    let into = match &request.change {
        PartyChange::Merged { into } => std::slice::from_ref(into),
        PartyChange::Split { into } => into.as_slice(),
        PartyChange::Renamed { .. } | PartyChange::Renumbered { .. } => &[],
    };
    if matches!(request.change, PartyChange::Merged { .. }) && into.contains(&request.party) {
        return Err(refused("cannot become part of itself".to_owned()).into());
    }
    for code in into {
        if find(code).is_none() {
            let party = code.clone();
            notes.push(Note::WithoutFile { party });
        }
    }
    if let PartyChange::Renumbered { org_number } = &request.change {
        let number: OrgNumber = org_number
            .as_str()
            .parse()
            .map_err(|error| refused(format!("cannot have the number {org_number}: {error}")))?;
        let others = parties.iter().map(|(_, party)| party);
        let mut others = others.filter(|other| other.code != request.party);
        if let Some(other) = others.find(|other| other.org_number == number) {
            let problem = format!(
                "cannot have the number {number}: it is that of {}",
                other.code
            );
            return Err(refused(problem).into());
        }
        if let Some(owner) =
            known_owner(&number).filter(|owner| *owner != party.legal_name.as_str())
        {
            let problem = format!("cannot have the number {number}: it is that of {owner}");
            return Err(refused(problem).into());
        }
    }
    if !is_in_file(party, &request.change) {
        let file = file.clone();
        notes.push(Note::EditFile { file });
    }
    let party_name = party.legal_name.to_string();
    Ok((Plan { party_name }, notes))
}

/// Tells whether the party's file has the change already; of mergers and splits it says nothing.
fn is_in_file(party: &Party, change: &PartyChange) -> bool {
    match change {
        PartyChange::Merged { .. } | PartyChange::Split { .. } => true,
        PartyChange::Renamed {
            legal_name,
            styled_name,
        } => party.legal_name == *legal_name && party.styled_name == *styled_name,
        PartyChange::Renumbered { org_number } => {
            party.org_number.to_string() == org_number.as_str()
        }
    }
}

fn refuse_known(entries: &[Entry], request: &Request) -> Result<(), ActError> {
    let tally = Tally::fold(entries);
    let mut known = tally.party_changes(&request.party).iter();
    let is_same = |it: &PartyChanged| it.from == request.from && it.change == request.change;
    match known.find(|known| is_same(&known.body)) {
        Some(known) => Err(ActError::KnownBefore {
            again: false,
            seq: known.seq,
            what: format!("a change of {} from {}", request.party, request.from),
        }),
        None => Ok(()),
    }
}
