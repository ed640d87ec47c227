//! Consult show: where a consultation stands.

use super::About;
use super::overview::Overview;
use super::round::Round;
use crate::journeys::{Error, Office};

/// Returns where a consultation stands; only its open comments, where that is asked for.
///
/// # Errors
/// [`Error`] when there is none.
pub async fn run(office: &Office, about: &About, only_open: bool) -> Result<Overview, Error> {
    let mut store = office.read_store().await?;
    let round = Round::find(office, store.as_mut(), about).await?;
    let Some(store) = store else {
        return Err(Error::Unanswered);
    };
    let mut overview = Overview::gather(office, &store, &round).await?;
    if only_open {
        let others = overview.others.iter_mut().map(|round| &mut round.comments);
        for comments in others.chain([&mut overview.comments]) {
            comments.retain(|line| line.stand.is_none());
        }
        overview.others.retain(|round| !round.comments.is_empty());
    }
    Ok(overview)
}
