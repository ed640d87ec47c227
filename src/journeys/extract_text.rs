//! The text of an extract of minutes that came as a PDF.
//!
//! The file is somebody's: reading it may take for ever or eat all memory. So the child process reads it, which can be
//! stopped, and what it does not finish is an error of the file.

use std::path::Path;

use super::press::Press;
use super::{Error, Workshop};
use crate::minutes::{PdfText, PdfTextError};
use crate::outside::WorkerError;

/// Why a PDF gives no text.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The child died of it.
    #[error("the PDF cannot be read: reading it ended unexpectedly")]
    Died,
    /// It wants too much memory.
    #[error("the PDF cannot be read: reading it asked for more than {memory_mib} MiB of memory")]
    Memory {
        /// The limit.
        memory_mib: u64,
    },
    /// It holds nothing that can be read.
    #[error(transparent)]
    Pdf(#[from] PdfTextError),
    /// It does not end.
    #[error("the PDF cannot be read: reading it did not end within {seconds} seconds")]
    Slow {
        /// The limit.
        seconds: u64,
    },
}

impl ExtractError {
    /// Returns what to do about it.
    #[must_use]
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Pdf(PdfTextError::Encrypted) => {
                "save it without the password, or give the decision's fields as arguments"
            }
            Self::Pdf(PdfTextError::NoText { .. } | PdfTextError::Unreadable { .. }) => {
                "read it and give the decision's fields as arguments; the file is kept with --extract"
            }
            Self::Pdf(PdfTextError::TooManyPages { .. } | PdfTextError::TooMuchText)
            | Self::Pdf(PdfTextError::TooLarge { .. }) => {
                "hand in the pages of the § alone, as the extract"
            }
            Self::Died | Self::Memory { .. } | Self::Pdf(_) | Self::Slow { .. } => {
                "print it to a new PDF, save its text as .txt, or give the decision's fields as arguments"
            }
        }
    }
}

/// Returns the text of a PDF. `file` names it in messages.
///
/// # Errors
/// [`Error::Extract`] when it gives none, [`Error::Worker`] when no child can be started.
pub async fn run(workshop: &Workshop, file: &Path, bytes: Vec<u8>) -> Result<PdfText, Error> {
    let refused = |source: ExtractError| Error::Extract {
        file: file.to_owned(),
        source,
    };
    let finished = match Press::text(workshop, bytes)?.next().await {
        Ok(finished) => finished,
        Err(Error::Worker(WorkerError::Deadline { seconds })) => {
            return Err(refused(ExtractError::Slow { seconds }));
        }
        Err(Error::Worker(WorkerError::Died { .. })) => return Err(refused(ExtractError::Died)),
        Err(Error::Worker(WorkerError::Memory { memory_mib })) => {
            return Err(refused(ExtractError::Memory { memory_mib }));
        }
        Err(error) => return Err(error),
    };
    let answer = finished.and_then(|finished| finished.parts.into_iter().next());
    let answer = answer.ok_or_else(|| refused(ExtractError::Died))?;
    let text: Result<PdfText, PdfTextError> = serde_json::from_slice(&answer)?;
    text.map_err(|error| refused(error.into()))
}
