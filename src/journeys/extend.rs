//! Extend: brings signed copies to B-LT and B-LTA, and later renews their archive time-stamps.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::out::folder_name;
use super::signing::{Outcome, SigningError, Tools, commit, extended};
use super::{Error, Office};
use crate::agreement::{AgreementId, CopyId, Form, Level, Sha256, VersionNumber};
use crate::register::{CopyState, Event, Extended, Tally};
use crate::store::{Lease, LeaseRequest, Queue};

/// Which copies are to be extended, and how far.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// Only this version.
    pub version: Option<VersionNumber>,
    /// Only this form.
    pub form: Option<Form>,
    /// These copies, also while seats are unsigned; all that are complete if empty.
    pub copies: Vec<CopyId>,
    /// B-LT or B-LTA.
    pub level: Level,
    /// Whether copies that have the level get a further archive time-stamp.
    pub renew: bool,
}

/// What was extended.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The copies that have more evidence now.
    pub extended: Vec<ExtendedCopy>,
    /// Copies that cannot be extended, and why; they are as they were.
    pub failed: Vec<FailedCopy>,
    /// Files that bore a copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
    /// Copies that had the level.
    pub unchanged: Vec<CopyId>,
    /// Copies that are out for signing: left alone, or extended because they were named.
    pub incomplete: Vec<CopyId>,
}

/// One copy with more evidence.
#[derive(Debug, Clone, Serialize)]
pub struct ExtendedCopy {
    /// The copy.
    pub copy: CopyId,
    /// Its digest now.
    pub head: Sha256,
    /// The time that its document time-stamp proves, UTC.
    pub stamped_at: Option<DateTime<Utc>>,
}

/// A copy that cannot be extended.
#[derive(Debug, Clone, Serialize)]
pub struct FailedCopy {
    /// The copy.
    pub copy: CopyId,
    /// Why.
    pub problem: String,
}

/// Extends copies, one entry each.
///
/// `progress` is told how many of how many copies are done. A copy whose evidence cannot be had, or
/// says that a certificate is revoked, is told in the summary and keeps nobody else waiting.
///
/// # Errors
/// [`Error`]; the copies before it are extended, the others are as they were.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Summary, Error> {
    let tools = Tools::new(office)?;
    tools.require_anchors()?;
    if request.level == Level::Lta {
        tools.require(request.level)?;
    }
    let _queue = Queue::wait(office.root())?;
    let mut summary = Summary::default();
    let chosen = {
        let mut store = office.write_store().await?;
        let tally = Tally::fold(&store.records.entries(Some(&request.agreement)).await?);
        office.require_agreement(&request.agreement, &tally)?;
        choose(request, &tally, &mut summary)?
    };
    progress(0, chosen.len());
    for (done, copy) in chosen.iter().enumerate() {
        let lease = lease(office, copy).await?;
        let outcome = extend(office, request, &tools, copy, lease.clone()).await;
        if !matches!(outcome, Ok(Some(_)))
            && let Ok(mut store) = office.write_store().await
        {
            store.records.release(&[lease.token]).await.ok();
        }
        match outcome {
            Ok(Some((one, moved))) => {
                summary.extended.push(one);
                summary.moved.extend(moved);
            }
            Ok(None) => summary.unchanged.push(copy.issued.copy.clone()),
            Err(Error::Signing(SigningError::Copy { copy, source })) => {
                let problem = source.to_string();
                summary.failed.push(FailedCopy { copy, problem });
            }
            Err(error) => return Err(SigningError::stopped(error, done, chosen.len())),
        }
        progress(done.saturating_add(1), chosen.len());
    }
    Ok(summary)
}

fn choose(
    request: &Request,
    tally: &Tally,
    summary: &mut Summary,
) -> Result<Vec<CopyState>, Error> {
    for id in &request.copies {
        let problem = match tally.copies.get(id) {
            None => "is not in the register",
            Some(copy) if !copy.is_live() => "is voided",
            Some(copy) if copy.level().is_none() => "bears no signature yet",
            Some(_) => continue,
        };
        return Err(Error::Copy {
            copy: id.clone(),
            problem,
        });
    }
    let is_meant = |copy: &&CopyState| {
        copy.agreement == request.agreement
            && copy.is_live()
            && request
                .version
                .is_none_or(|version| copy.issued.version == version)
            && request.form.is_none_or(|form| copy.issued.form == form)
            && (request.copies.is_empty() || request.copies.contains(&copy.issued.copy))
    };
    let mut chosen = Vec::new();
    for copy in tally.copies.values().filter(is_meant) {
        let id = copy.issued.copy.clone();
        if !copy.is_complete() {
            summary.incomplete.push(id.clone());
            if request.copies.is_empty() {
                continue;
            }
        }
        if copy.level().is_some_and(|level| level >= request.level) && !request.renew {
            summary.unchanged.push(id);
            continue;
        }
        // Evidence is about a proven time: a signature without one cannot be brought further.
        let seats = copy
            .signed
            .iter()
            .map(|(seat, signed)| (seat.to_string(), signed.level));
        let seal = copy
            .sealed
            .iter()
            .map(|sealed| ("seal".to_owned(), sealed.level));
        if let Some((field, level)) = seats.chain(seal).find(|(_, level)| *level < Level::T) {
            let wanted = request.level;
            let problem = format!(
                "it cannot reach {wanted}: the signature of {field} is {level}, without a time-stamp"
            );
            summary.failed.push(FailedCopy { copy: id, problem });
            continue;
        }
        chosen.push(copy.clone());
    }
    Ok(chosen)
}

async fn lease(office: &Office, copy: &CopyState) -> Result<Lease, Error> {
    let mut store = office.write_store().await?;
    store.records.drop_abandoned().await?;
    let lease = store.records.lease(LeaseRequest {
        copy: copy.issued.copy.clone(),
        head: copy.head(),
        seat: None,
        seconds: LEASE_SECONDS,
        work: None,
    });
    Ok(lease.await?)
}

/// Extends one copy; `None` if there is nothing to add.
async fn extend(
    office: &Office,
    request: &Request,
    tools: &Tools,
    copy: &CopyState,
    lease: Lease,
) -> Result<Option<(ExtendedCopy, Vec<PathBuf>)>, Error> {
    let id = copy.issued.copy.clone();
    let before = copy.head();
    let bytes = office.documents()?.get(before).await?;
    let (bytes, stamped_at) = extended(&id, bytes, request.level, tools).await?;
    let head = Sha256::of(&bytes);
    if head == before {
        return Ok(None);
    }
    let event = Event::Extended(Extended {
        copy: id.clone(),
        head_after: head,
        head_before: before,
        level: request.level,
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        stamped_at,
    });
    let issued = &copy.issued;
    let folder = folder_name(&copy.agreement, issued.version, issued.form);
    let outcome = Outcome {
        agreement: copy.agreement.clone(),
        version: issued.version,
        form: issued.form,
        copy: id.clone(),
        lease,
        bytes,
        event,
        file: office.out().join(folder).join(&issued.file_name),
        can_be_confirmed: false,
    };
    let mut store = office.write_store().await?;
    let moved = commit(office, &mut store, &[outcome], None).await?.moved;
    let extended = ExtendedCopy {
        copy: id,
        head,
        stamped_at,
    };
    Ok(Some((extended, moved)))
}

/// How long a copy is held while the authorities answer, in seconds.
const LEASE_SECONDS: u32 = 10 * 60;
