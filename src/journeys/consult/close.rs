//! Consult close: no more answers are waited for.

use serde::Serialize;

use super::round::Round;
use super::{About, ConsultError};
use crate::agreement::{AgreementId, VersionNumber};
use crate::journeys::act::{Act, Note, Planned, perform};
use crate::journeys::{Error, Office};
use crate::register::{ConsultationClosed, Event, Recipient};
use crate::store::Store;

/// A consultation that was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// The place of the entry.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// How many answered.
    pub answered: usize,
    /// Who did not.
    pub missing: Vec<Recipient>,
    /// How many comments are without a disposition.
    pub open: usize,
}

/// Ends a consultation.
///
/// # Errors
/// [`Error`] when there is none, or it has ended.
pub async fn run(office: &Office, about: &About) -> Result<Closing, Error> {
    perform::<Round>(office, about, false).await
}

impl Act for Round {
    type Request = About;
    type Answer = Closing;

    async fn plan(
        office: &Office,
        store: Option<&mut Store>,
        about: &About,
    ) -> Result<Planned<Self>, Error> {
        let round = Self::find(office, store, about).await?;
        refuse_closed(&round)?;
        Ok(Planned {
            agreement: Some(round.agreement.clone()),
            notes: Vec::new(),
            papers: Vec::new(),
            act: round,
        })
    }

    async fn event(&mut self, _store: &mut Store, _about: &About) -> Result<Event, Error> {
        let consultation = self.state.seq;
        Ok(Event::ConsultationClosed(ConsultationClosed {
            consultation,
        }))
    }

    fn answer(self, _about: &About, _notes: Vec<Note>, seq: Option<u64>) -> Closing {
        Closing {
            seq,
            version: self.version(),
            answered: self.state.standing().count(),
            missing: self.state.missing().cloned().collect(),
            open: self.state.open_comments().count(),
            agreement: self.agreement,
        }
    }
}

fn refuse_closed(round: &Round) -> Result<(), ConsultError> {
    match &round.state.closed {
        Some(closed) => Err(ConsultError::AlreadyClosed {
            closed: closed.seq,
            seq: round.state.seq,
        }),
        None => Ok(()),
    }
}
