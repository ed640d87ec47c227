//! What each takes of a shared cost: equal parts between services, exact to the öre.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Amount, Name, PartyCode, Service};

/// A shared cost, divided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// The cost.
    #[serde(rename = "amount_ore", serialize_with = "ore")]
    pub amount: Amount,
    /// Öre that equal parts leave over; so many services bear one öre each of it.
    pub remainder_ore: usize,
    /// One row for each service, in the order given.
    pub services: Vec<ServiceShare>,
    /// The sum of each party's services, in the order in which the parties first come.
    pub parties: Vec<PartyShare>,
}

/// What one service takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceShare {
    /// The service.
    pub name: Name,
    /// The party that answers for it.
    pub party: PartyCode,
    /// Its part.
    #[serde(rename = "amount_ore", serialize_with = "ore")]
    pub amount: Amount,
    /// Whether it bears an öre of the remainder.
    pub bears_remainder: bool,
}

/// What one party takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyShare {
    /// The party.
    pub party: PartyCode,
    /// How many of the services are its own, each of which is one part.
    pub parts: usize,
    /// The sum of their parts.
    #[serde(rename = "amount_ore", serialize_with = "ore")]
    pub amount: Amount,
}

/// Divides a cost in equal parts between services; `None` if there is none to divide it between.
///
/// What does not divide falls, one öre each, on the first services in the order given.
#[must_use]
pub fn shares(amount: Amount, services: &[Service]) -> Option<Shares> {
    let count = i64::try_from(services.len())
        .ok()
        .filter(|count| *count > 0)?;
    let part = amount.ore().checked_div(count)?;
    let remainder_ore = usize::try_from(amount.ore().checked_rem(count)?).ok()?;
    let rows = services.iter().enumerate().map(|(place, service)| {
        let bears_remainder = place < remainder_ore;
        let own = part.checked_add(i64::from(bears_remainder))?;
        Some(ServiceShare {
            name: service.name.clone(),
            party: service.party.clone(),
            amount: Amount::from_ore(own)?,
            bears_remainder,
        })
    });
    let rows: Vec<ServiceShare> = rows.collect::<Option<_>>()?;
    Some(Shares {
        amount,
        remainder_ore,
        parties: by_party(&rows)?,
        services: rows,
    })
}

fn by_party(rows: &[ServiceShare]) -> Option<Vec<PartyShare>> {
    let mut places: BTreeMap<&PartyCode, usize> = BTreeMap::new();
    let mut parties: Vec<PartyShare> = Vec::new();
    for row in rows {
        let place = *places.entry(&row.party).or_insert(parties.len());
        match parties.get_mut(place) {
            Some(share) => {
                share.parts = share.parts.checked_add(1)?;
                let sum = share.amount.ore().checked_add(row.amount.ore())?;
                share.amount = Amount::from_ore(sum)?;
            }
            None => parties.push(PartyShare {
                party: row.party.clone(),
                parts: 1,
                amount: row.amount,
            }),
        }
    }
    Some(parties)
}

fn ore<S: serde::Serializer>(amount: &Amount, output: S) -> Result<S::Ok, S::Error> {
    output.serialize_i64(amount.ore())
}
