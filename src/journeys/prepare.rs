//! Prepare and finish: one signature in each of some copies, made by a signing service elsewhere.
//!
//! Only a digest leaves. What is to be signed stays in the store under a lease; the request file
//! names the leases and carries the digests out and the values back.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::signing::{
    Chosen, Leased, Plan, SignedCopy, SigningError, Summary, Wanted, commit, read_chain, stand_now,
};
use super::{Error, Office, check_reason};
use crate::agreement::{CopyId, InvalidId, SeatId, Sha256};
use crate::register::Tally;
use crate::signature::{Algorithm, Head, Prepared};
use crate::store::{LeaseRequest, LeaseToken, Queue, Store, is_file, read_limited, write_file};

/// What is to be prepared, besides what every signature says.
#[derive(Debug, Clone)]
pub struct Request {
    /// A PEM file: the signer's certificate and those of its issuers.
    pub certificates: PathBuf,
    /// Whether an RSA key will sign with PSS (RFC 8017 §8.1).
    pub pss: bool,
    /// How long the copies are held, in hours.
    pub hours: u32,
    /// Where the request file is written.
    pub request: PathBuf,
}

/// The file that goes out to a signing service and comes back with values.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFile {
    /// [`RequestFile::SCHEMA`].
    pub schema: String,
    /// What is signed with.
    pub signature_algorithm: String,
    /// The digest function of the digests.
    pub digest_algorithm: String,
    /// The digest of the certificate whose key signs.
    pub certificate: Sha256,
    /// One for each copy.
    pub items: Vec<RequestItem>,
}

/// One digest to be signed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestItem {
    /// The copy.
    pub copy: CopyId,
    /// The seat.
    pub seat: SeatId,
    /// What holds the copy; kept between prepare and finish.
    pub lease: String,
    /// Until when the copy is held, UTC.
    pub until: DateTime<Utc>,
    /// The digest to be signed, in hexadecimal.
    pub digest: String,
    /// The value that the service gave, in Base64: raw, or for ECDSA also DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl RequestFile {
    /// Name and version of this form of data.
    pub const SCHEMA: &str = "sigill-signing-1";
}

/// What is kept under a lease.
#[derive(Debug, Serialize, Deserialize)]
struct Work {
    chosen: Chosen,
    prepared: String,
}

/// Prepares signatures, holds the copies and writes the request file.
///
/// The paths of what is wanted are absolute: whoever finishes may stand in another folder.
///
/// # Errors
/// [`Error`]; then no copy is held.
pub async fn prepare(
    office: &Office,
    wanted: &Wanted,
    request: &Request,
) -> Result<(Summary, RequestFile), Error> {
    let chain = read_chain(&request.certificates)?;
    let algorithm = chain
        .signer()
        .key_kind()
        .and_then(|kind| Algorithm::new(kind, request.pss))
        .map_err(SigningError::Signature)?;
    if is_file(&request.request) {
        let file = request.request.clone();
        return Err(SigningError::RequestExists { file }.into());
    }
    let _queue = Queue::wait(office.root())?;
    let plan = Plan::new(office, wanted, &chain).await?;
    let mut store = office.write_store().await?;
    store.records.drop_abandoned().await?;
    let choice = plan.choose(office, &mut store, wanted).await?;
    let mut summary = plan.summary(wanted, &choice)?;
    let chosen = choice.chosen;
    let mut digests = Vec::with_capacity(chosen.len());
    let mut requests = Vec::with_capacity(chosen.len());
    for one in chosen {
        let bytes = store.documents.get(one.head).await?;
        let head = Head::new(&bytes);
        let prepared = plan.prepare(office, wanted, &one, &head, &chain, algorithm)?;
        digests.push(hex::encode(prepared.digest()));
        summary.copies.push(one.listed());
        let (copy, head, seat) = (one.copy.clone(), one.head, one.seat.clone());
        let work = Work {
            chosen: one,
            prepared: prepared.to_json().map_err(SigningError::Signature)?,
        };
        requests.push(LeaseRequest {
            copy,
            head,
            seat: Some(seat),
            seconds: request.hours.saturating_mul(60 * 60),
            work: Some(serde_json::to_vec(&work)?),
        });
    }
    let leases = store.records.lease_all(requests).await?;
    let tokens: Vec<LeaseToken> = leases.iter().map(|lease| lease.token.clone()).collect();
    let items = leases.into_iter().zip(digests);
    let file = RequestFile {
        schema: RequestFile::SCHEMA.to_owned(),
        signature_algorithm: algorithm.to_string(),
        digest_algorithm: algorithm.digest_name().to_owned(),
        certificate: plan.certificate.digest(),
        items: items
            .map(|(lease, digest)| RequestItem {
                copy: lease.copy,
                seat: wanted.seat.clone(),
                lease: lease.token.as_str().to_owned(),
                until: lease.until,
                digest,
                value: None,
            })
            .collect(),
    };
    if let Err(error) = write_file(&request.request, &serde_json::to_vec_pretty(&file)?) {
        // Without the file nobody could finish.
        store.records.release(&tokens).await?;
        return Err(error.into());
    }
    Ok((summary, file))
}

/// What was made of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Finished {
    /// The signed copies.
    pub copies: Vec<SignedCopy>,
    /// The copies whose signatures count by an officer's word that was entered with them.
    pub confirmed: Vec<CopyId>,
    /// Files that bore a copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
}

/// Makes signatures of the values that a signing service gave.
///
/// `value` is the file with the value where the request has one item; else each item has its own. `ground` is
/// how the office knows whose the certificate is, where the register does not tell.
///
/// # Errors
/// [`Error`]; a request whose lease was taken by another is refused and can be prepared again.
pub async fn finish(
    office: &Office,
    request: &Path,
    value: Option<&Path>,
    ground: Option<&str>,
) -> Result<Finished, Error> {
    ground.map_or(Ok(()), check_reason)?;
    let file = read_request(request)?;
    let mut values = Vec::with_capacity(file.items.len());
    for item in &file.items {
        values.push(value_of(request, item, value, file.items.len())?);
    }
    let mut work = Vec::with_capacity(values.len());
    let mut plan = None;
    {
        let mut store = office.write_store().await?;
        let tally = Tally::fold(&store.records.entries(None).await?);
        for (item, value) in file.items.iter().zip(values) {
            let token = token(request, item)?;
            let lease = store.records.lease_by_token(&token).await?;
            let Some(lease) = lease else {
                return Err(gone(&mut store, item).await?);
            };
            let mut kept: Work = serde_json::from_slice(lease.work.as_deref().unwrap_or_default())?;
            let prepared = Prepared::from_json(&kept.prepared).map_err(SigningError::Signature)?;
            if item.copy != lease.copy
                || item.seat != kept.chosen.seat
                || item.digest != hex::encode(prepared.digest())
            {
                let problem = format!("the item of {} is not the one that was prepared", item.copy);
                return Err(wrong(request, &problem).into());
            }
            match &plan {
                None => plan = Some(Plan::resume(office, &prepared)?),
                Some(first) if first.fits(&prepared) => {}
                Some(_) => {
                    let problem = "it has items of several signers or levels";
                    return Err(wrong(request, problem).into());
                }
            }
            if let Some(plan) = &plan {
                let signer = plan.signer(None);
                stand_now(office, &store, &tally, &mut kept.chosen, &signer).await?;
            }
            let bytes = store.documents.get(kept.chosen.head).await?;
            let leased = Leased {
                chosen: kept.chosen,
                lease,
            };
            work.push((leased, bytes, prepared, value));
        }
    }
    let Some(plan) = plan else {
        return Err(wrong(request, "it holds nothing to finish").into());
    };
    let (outcomes, copies): (Vec<_>, Vec<_>) = plan.complete(work).await?.into_iter().unzip();
    let mut store = office.write_store().await?;
    let committed = commit(office, &mut store, &outcomes, ground).await?;
    Ok(Finished {
        copies,
        moved: committed.moved,
        confirmed: committed.confirmed,
    })
}

/// What became of prepared copies that were given back.
#[derive(Debug, Default)]
pub struct Cancelled {
    /// Those that nobody holds any more.
    pub released: Vec<CopyId>,
    /// Those that this request held no longer: signed, given back, or taken by another.
    pub gone: Vec<CopyId>,
}

/// Gives prepared copies back without signing them.
///
/// # Errors
/// [`Error`] when the request cannot be read.
pub async fn cancel(office: &Office, request: &Path) -> Result<Cancelled, Error> {
    let file = read_request(request)?;
    let mut cancelled = Cancelled::default();
    let mut tokens = Vec::with_capacity(file.items.len());
    let mut store = office.write_store().await?;
    for item in &file.items {
        let token = token(request, item)?;
        if let Some(lease) = store.records.lease_by_token(&token).await? {
            cancelled.released.push(lease.copy);
            tokens.push(token);
        } else {
            cancelled.gone.push(item.copy.clone());
        }
    }
    store.records.release(&tokens).await?;
    Ok(cancelled)
}

/// Gives a copy back whose request file is lost.
///
/// # Errors
/// [`Error::Copy`] where nobody holds it.
pub async fn cancel_copy(office: &Office, copy: &CopyId) -> Result<(), Error> {
    let mut store = office.write_store().await?;
    if store.records.release_copy(copy).await? {
        return Ok(());
    }
    Err(Error::Copy {
        copy: copy.clone(),
        problem: "is not out for signing",
    })
}

/// Returns why a copy is no longer held for an item.
async fn gone(store: &mut Store, item: &RequestItem) -> Result<Error, Error> {
    let tally = Tally::fold(&store.records.entries(None).await?);
    let copy = item.copy.clone();
    let state = tally.copies.get(&copy);
    if state.is_some_and(|state| !state.is_live()) {
        return Ok(SigningError::Voided { copy }.into());
    }
    if let Some(signed) = state.and_then(|state| state.signed.get(&item.seat)) {
        let (seat, at) = (item.seat.clone(), signed.at);
        return Ok(SigningError::AlreadySigned { copy, seat, at }.into());
    }
    Ok(crate::store::Error::Stale { copy }.into())
}

fn token(request: &Path, item: &RequestItem) -> Result<LeaseToken, SigningError> {
    let token = item.lease.parse();
    token.map_err(|error: InvalidId| wrong(request, &error.to_string()))
}

fn read_request(path: &Path) -> Result<RequestFile, SigningError> {
    let bytes = read_limited(path, MAX_REQUEST_BYTES)?;
    let file: RequestFile =
        serde_json::from_slice(&bytes).map_err(|error| wrong(path, &error.to_string()))?;
    if file.schema == RequestFile::SCHEMA {
        Ok(file)
    } else {
        Err(wrong(
            path,
            &format!("schema {:?} is not known", file.schema),
        ))
    }
}

/// Returns an item's signature value.
fn value_of(
    request: &Path,
    item: &RequestItem,
    value: Option<&Path>,
    items: usize,
) -> Result<Vec<u8>, SigningError> {
    let (file, text) = match (value, &item.value) {
        (Some(path), _) if items == 1 => {
            let bytes = read_limited(path, MAX_REQUEST_BYTES)?;
            // A service may give the bytes themselves, or their Base64.
            match std::str::from_utf8(&bytes) {
                Ok(text) => (path, text.split_whitespace().collect()),
                Err(_) => return Ok(bytes),
            }
        }
        (Some(path), _) => {
            let problem = format!(
                "is one, and the request has {items} items: write each item's value into the request"
            );
            return Err(wrong_value(path, problem));
        }
        (None, Some(value)) => (request, value.clone()),
        (None, None) => {
            return Err(SigningError::NoValue {
                file: request.to_owned(),
                copy: item.copy.clone(),
            });
        }
    };
    if text.is_empty() {
        return Err(wrong_value(file, format!("for {} is empty", item.copy)));
    }
    let decoded = BASE64.decode(&text);
    decoded.map_err(|error| {
        let problem = format!("for {} is no Base64: {error}", item.copy);
        wrong_value(file, problem.trim_end_matches('.').to_owned())
    })
}

fn wrong_value(file: &Path, problem: String) -> SigningError {
    SigningError::Value {
        file: file.to_owned(),
        problem,
    }
}

fn wrong(file: &Path, problem: &str) -> SigningError {
    SigningError::RequestFile {
        file: file.to_owned(),
        problem: problem.to_owned(),
    }
}

/// A request for hundreds of copies is some hundred kilobytes.
const MAX_REQUEST_BYTES: u64 = 4 * 1024 * 1024;
