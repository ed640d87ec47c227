//! Sign: one signature in each of some copies, with a key at hand.

use super::signing::{
    Chosen, Committed, Leased, Plan, SignedCopy, SigningError, Summary, Wanted, Warning, commit,
};
use super::{Error, Office, check_reason};
use crate::signature::{Head, Key};
use crate::store::{LeaseToken, Queue};

/// Shows what [`run`] would sign; nothing is held, signed or entered.
///
/// # Errors
/// [`Error`], as [`run`] would give before it signs.
pub async fn preview(office: &Office, wanted: &Wanted, key: &dyn Key) -> Result<Summary, Error> {
    let plan = Plan::new(office, wanted, key.chain()).await?;
    let mut store = office.read_store().await?.ok_or(SigningError::NoRegister)?;
    let choice = plan.choose(office, &mut store, wanted).await?;
    let mut summary = plan.summary(wanted, &choice)?;
    summary.copies = choice.chosen.iter().map(Chosen::listed).collect();
    Ok(summary)
}

/// Signs copies.
///
/// `progress` is told how many of how many copies are done. Copies are entered a few at a time: if a
/// later one cannot be signed, the earlier ones are, and the rest stay as they were.
///
/// # Errors
/// [`Error`]; no signature of a lower level than asked for is ever made.
pub async fn run(
    office: &Office,
    wanted: &Wanted,
    key: &mut dyn Key,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Summary, Error> {
    if let Some(ground) = &wanted.ground {
        check_reason(ground)?;
    }
    let _queue = Queue::wait(office.root())?;
    let plan = Plan::new(office, wanted, key.chain()).await?;
    let (leased, mut summary) = plan.lease(office, wanted, LEASE_SECONDS).await?;
    progress(0, leased.len());
    for chunk in leased.chunks(CHUNK) {
        match sign(office, wanted, &plan, key, chunk).await {
            Ok((copies, committed)) => {
                summary.copies.extend(copies);
                summary.note_confirmed(committed.confirmed);
                let moved = committed
                    .moved
                    .into_iter()
                    .map(|file| Warning::Moved { file });
                summary.warnings.extend(moved);
            }
            Err(error) => {
                release(office, &leased).await;
                let (done, of) = (summary.copies.len(), leased.len());
                return Err(SigningError::stopped(error, done, of));
            }
        }
        progress(summary.copies.len(), leased.len());
    }
    Ok(summary)
}

async fn sign(
    office: &Office,
    wanted: &Wanted,
    plan: &Plan,
    key: &mut dyn Key,
    chunk: &[Leased],
) -> Result<(Vec<SignedCopy>, Committed), Error> {
    let mut work = Vec::with_capacity(chunk.len());
    for leased in chunk {
        let bytes = office.documents()?.get(leased.chosen.head).await?;
        let head = Head::new(&bytes);
        let (chain, algorithm) = (key.chain().clone(), key.algorithm());
        let prepared = plan.prepare(office, wanted, &leased.chosen, &head, &chain, algorithm)?;
        let value = key.sign(prepared.message()).map_err(SigningError::Key)?;
        work.push((leased.clone(), bytes, prepared, value));
    }
    let (outcomes, copies): (Vec<_>, Vec<_>) = plan.complete(work).await?.into_iter().unzip();
    let mut store = office.write_store().await?;
    let ground = wanted.ground.as_deref();
    let committed = commit(office, &mut store, &outcomes, ground).await?;
    Ok((copies, committed))
}

/// Gives back what was not entered; a lease that cannot be given back runs out by itself.
async fn release(office: &Office, leased: &[Leased]) {
    let tokens: Vec<LeaseToken> = leased.iter().map(|one| one.lease.token.clone()).collect();
    if let Ok(mut store) = office.write_store().await {
        store.records.release(&tokens).await.ok();
    }
}

/// How long a copy is held while a key at hand signs it and the authorities answer, in seconds.
const LEASE_SECONDS: u32 = 10 * 60;

/// Copies that are entered together.
const CHUNK: usize = 16;
