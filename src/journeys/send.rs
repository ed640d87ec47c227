//! Send: makes each party's parcel, with its copies, a guide, and the digests.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::judge::attached_data;
use super::out::{SUMS, write_parcel};
use super::press::Press;
use super::publish::read_bundle;
use super::{Error, Office};
use crate::agreement::{
    AgreementId, CopyData, CopyId, CopyParty, Form, PartyCode, Sha256, personal_numbers,
};
use crate::pdf;
use crate::register::{CopyState, Event, PublishedVersion, Sent, Tally, Way};
use crate::signature::texts_in;
use crate::store::{Draft, Store};
use crate::template::Bundle;

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// Only to these parties; to all if empty.
    pub parties: Vec<PartyCode>,
    /// Copies in this form; the version's own if not said.
    pub form: Option<Form>,
    /// One zip per party instead of a folder.
    pub zip: bool,
    /// Where the parcels go; `out/` of the office if not said.
    pub out: Option<PathBuf>,
}

/// One party's parcel.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Parcel {
    /// To whom.
    pub party: PartyCode,
    /// The copies in it.
    pub copies: Vec<CopyId>,
    /// The folder or zip.
    pub path: PathBuf,
    /// Copies in it whose signatures carry a personal identity number.
    pub personal_numbers: Vec<CopyId>,
    /// Whether it had been handed out before, with the same copies.
    pub again: bool,
}

/// The guide's file in a parcel.
const GUIDE: &str = "LÄS-MIG-FÖRST.pdf";
const GUIDE_TEMPLATE: &str = "guide.typ";

/// Makes the parcels of the latest version that has copies; one entry each.
///
/// `progress` is told how many of how many parcels are done.
///
/// # Errors
/// [`Error`]; parcels already entered stay.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Vec<Parcel>, Error> {
    let agreement = &request.agreement;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    office.require_agreement(agreement, &tally)?;
    let nothing = || Error::NothingIssued {
        agreement: agreement.clone(),
    };
    // A newer version may be published and not issued yet: then the copies out there still count.
    let issued = |published: &&PublishedVersion| {
        let version = published.published.version;
        tally
            .copies
            .values()
            .any(|copy| copy.is_live() && copy.issued.version == version)
    };
    let version = tally.versions.values().rfind(issued).ok_or_else(nothing)?;
    let bundle = read_bundle(&store, &version.published).await?;
    let form = request.form.unwrap_or(bundle.manifest().form.kind);
    let live: Vec<&CopyState> = tally
        .copies
        .values()
        .filter(|copy| {
            copy.is_live()
                && copy.issued.version == version.published.version
                && copy.issued.form == form
        })
        .collect();
    if live.is_empty() {
        return Err(nothing());
    }
    let recipients = recipients(request, &bundle, &live)?;
    let mut contexts = Vec::new();
    for (party, copies) in &recipients {
        contexts.push(guide_context(&bundle, &store, party, copies).await?);
    }
    let folder = request
        .out
        .clone()
        .unwrap_or_else(|| office.out())
        .join(format!("{agreement}-{}-utskick", version.published.version));
    progress(0, recipients.len());
    let mut press = Press::letters(office, GUIDE_TEMPLATE, contexts, bundle.manifest().dated)?;
    let mut parcels = Vec::new();
    while let Some(finished) = press.next().await? {
        let Some(((party, copies), guide)) = recipients
            .get(finished.job)
            .zip(finished.parts.into_iter().next())
        else {
            continue;
        };
        let mut files = BTreeMap::from([(GUIDE.to_owned(), guide)]);
        let mut personal_numbers = Vec::new();
        for copy in copies {
            let bytes = store.documents.get(copy.head()).await?;
            if has_personal_number(&bytes) {
                personal_numbers.push(copy.issued.copy.clone());
            }
            files.insert(copy.issued.file_name.clone(), bytes);
        }
        let sums: String = files
            .iter()
            .map(|(name, bytes)| format!("{}  {name}\n", Sha256::of(bytes)))
            .collect();
        files.insert(SUMS.to_owned(), sums.into_bytes());
        let path = write_parcel(&folder, party, &files, request.zip)?;
        let ids: Vec<CopyId> = copies.iter().map(|copy| copy.issued.copy.clone()).collect();
        let again = copies.iter().all(|copy| copy.sent.contains_key(party));
        let sent = Sent {
            copies: ids.clone(),
            party: party.clone(),
            way: if request.zip { Way::Zip } else { Way::Folder },
        };
        let draft = Draft {
            actor: office.actor.clone(),
            agreement: Some(agreement.clone()),
            event: Event::Sent(sent),
        };
        store.records.append(vec![draft]).await?;
        parcels.push(Parcel {
            party: party.clone(),
            copies: ids,
            personal_numbers,
            path,
            again,
        });
        progress(parcels.len(), recipients.len());
    }
    parcels.sort_by_key(|parcel| {
        recipients
            .iter()
            .position(|(party, _)| *party == parcel.party)
    });
    Ok(parcels)
}

type Recipient<'a> = (PartyCode, Vec<&'a CopyState>);

/// Returns each party with its copies, in print order.
fn recipients<'a>(
    request: &Request,
    bundle: &Bundle,
    live: &[&'a CopyState],
) -> Result<Vec<Recipient<'a>>, Error> {
    let codes: Vec<PartyCode> = bundle
        .parties()
        .iter()
        .map(|party| party.code.clone())
        .collect();
    if let Some(unknown) = request.parties.iter().find(|party| !codes.contains(party)) {
        return Err(Error::UnknownParty {
            agreement: request.agreement.clone(),
            party: unknown.clone(),
        });
    }
    let of_party = |party: PartyCode| {
        let copies: Vec<&CopyState> = live
            .iter()
            .copied()
            .filter(|copy| copy.issued.parties.contains(&party))
            .collect();
        (party, copies)
    };
    let recipients: Vec<_> = codes
        .into_iter()
        .filter(|code| request.parties.is_empty() || request.parties.contains(code))
        .map(of_party)
        .filter(|(_, copies)| !copies.is_empty())
        .collect();
    if recipients.is_empty() {
        return Err(Error::NothingIssued {
            agreement: request.agreement.clone(),
        });
    }
    Ok(recipients)
}

/// Returns what the guide of a parcel says.
async fn guide_context(
    bundle: &Bundle,
    store: &Store,
    party: &PartyCode,
    copies: &[&CopyState],
) -> Result<serde_json::Value, Error> {
    let mut datas: Vec<CopyData> = Vec::new();
    for copy in copies {
        datas.push(serde_json::from_slice(
            &store.documents.get(copy.issued.data).await?,
        )?);
    }
    let own = datas
        .iter()
        .flat_map(|data| &data.parties)
        .find(|printed| printed.code == *party);
    let first = copies.first().zip(datas.first());
    Ok(json!({
        "agreement": {
            "name": bundle.agreement().name,
            "short_name": bundle.agreement().short_name,
        },
        "coordinator": bundle.agreement().coordinator,
        "contact": bundle.agreement().contact,
        "version": { "number": bundle.manifest().version, "dated": bundle.manifest().dated.to_string() },
        "party": { "code": party, "legal_name": own.map(CopyParty::legal_name) },
        "copies": copies.iter().map(|copy| json!({
            "id": copy.issued.copy, "file_name": copy.issued.file_name, "sha256": copy.head(),
        })).collect::<Vec<_>>(),
        "copy": first.map(|(copy, data)| json!({
            "id": copy.issued.copy,
            "file_name": copy.issued.file_name,
            "sha256": copy.head(),
            "form": copy.issued.form,
            "parties": data.parties.iter().map(CopyParty::legal_name).collect::<Vec<_>>(),
        })),
        "parties": first.map(|(_, data)| data.parties.iter().map(|party| json!({
            "legal_name": party.legal_name(),
        })).collect::<Vec<_>>()),
        "seats": own.map(|own| own.seats.iter().map(|seat| json!({ "title": seat.title })).collect::<Vec<_>>()),
    }))
}

/// Tells whether a copy carries a personal identity number: in a signature, whose certificate may
/// name its holder so, or in the copy data.
pub(super) fn has_personal_number(bytes: &[u8]) -> bool {
    let is_in = |text: &str| !personal_numbers(text).is_empty();
    let signatures = pdf::embedded_signatures(bytes).unwrap_or_default();
    let data = attached_data(bytes).and_then(|data| data.to_json().ok());
    let in_signature = |contents: &[u8]| texts_in(contents).iter().any(|text| is_in(text));
    signatures
        .iter()
        .any(|signature| in_signature(&signature.contents))
        || data.is_some_and(|data| is_in(&String::from_utf8_lossy(&data)))
}
