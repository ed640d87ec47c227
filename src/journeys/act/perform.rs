//! The one way in which an act is entered.

use super::super::{Error, Office};
use super::{Note, Paper};
use crate::agreement::AgreementId;
use crate::register::Event;
use crate::store::{Draft, Store};

/// What an officer enters of what a party did, as far as acts differ.
///
/// The implementing type is what looking at a request gives: all that the event and the answer need.
pub(in crate::journeys) trait Act: Sized {
    /// What the officer asks for.
    type Request;
    /// What the officer is told.
    type Answer;

    /// Looks at a request as the register stands, and refuses what cannot be entered.
    ///
    /// It enters nothing and keeps nothing: it is called without the office's lock and again under it.
    /// There is no store in an office whose register is not opened.
    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        request: &Self::Request,
    ) -> Result<Planned<Self>, Error>;

    /// Returns what is entered. Its words are committed here; its papers are kept already.
    async fn event(&mut self, store: &mut Store, request: &Self::Request) -> Result<Event, Error>;

    /// Enters the event, and returns its place.
    async fn enter(
        &mut self,
        office: &Office,
        store: &mut Store,
        agreement: Option<&AgreementId>,
        event: Event,
    ) -> Result<u64, Error> {
        enter(office, store, agreement, event).await
    }

    /// Returns what the officer is told; without a place where nothing was entered.
    fn answer(self, request: &Self::Request, notes: Vec<Note>, seq: Option<u64>) -> Self::Answer;
}

/// An act that may be entered.
pub(in crate::journeys) struct Planned<A> {
    pub(in crate::journeys) act: A,
    /// The agreement; `None` for what concerns the whole office.
    pub(in crate::journeys) agreement: Option<AgreementId>,
    /// What to look at.
    pub(in crate::journeys) notes: Vec<Note>,
    /// What is kept with the entry.
    pub(in crate::journeys) papers: Vec<Paper>,
}

/// Performs an act: whatever is refused is refused before anything is opened for writing, and looked at
/// again under the lock; papers are kept first, then words, then the entry is made.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub(in crate::journeys) async fn perform<A: Act>(
    office: &Office,
    request: &A::Request,
    dry_run: bool,
) -> Result<A::Answer, Error> {
    let mut store = office.read_store().await?;
    let Planned {
        act,
        mut notes,
        papers,
        ..
    } = A::plan(office, store.as_mut(), request).await?;
    // Reading a PDF takes a while, so the office is not held meanwhile.
    drop(store);
    let mut read = Vec::new();
    for paper in &papers {
        read.extend(paper.notes(office).await);
    }
    if dry_run {
        notes.extend(read);
        return Ok(act.answer(request, notes, None));
    }
    let mut store = office.write_store().await?;
    let Planned {
        mut act,
        agreement,
        mut notes,
        papers,
    } = A::plan(office, Some(&mut store), request).await?;
    notes.extend(read);
    for paper in papers {
        store.documents.put(paper.bytes).await?;
    }
    let event = act.event(&mut store, request).await?;
    let agreement = agreement.as_ref();
    let seq = act.enter(office, &mut store, agreement, event).await?;
    Ok(act.answer(request, notes, Some(seq)))
}

/// Enters one event, and returns its place.
pub(in crate::journeys) async fn enter(
    office: &Office,
    store: &mut Store,
    agreement: Option<&AgreementId>,
    event: Event,
) -> Result<u64, Error> {
    let draft = Draft {
        actor: office.actor.clone(),
        agreement: agreement.cloned(),
        event,
    };
    let entered = store.records.append(vec![draft]).await?;
    Ok(entered.first().map_or(0, |entry| entry.seq))
}
