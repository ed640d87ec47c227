//! The child's side of public copies: a version typeset anew behind a sheet that says what it is a copy of.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CopyOrder, Press, copy_files, fonts, is_font};
use crate::agreement::{CopyData, SourceError};
use crate::journeys::init;
use crate::typesetting::{self, Options, Sources, Standard};

/// A public copy to typeset.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::journeys) struct PublicOrder {
    /// What the original says.
    pub(in crate::journeys) data: CopyData,
    /// The date of the file.
    pub(in crate::journeys) dated: NaiveDate,
    /// What is attached: what it is a copy of, as canonical JSON.
    pub(in crate::journeys) facts: String,
    /// What names the file for good.
    pub(in crate::journeys) identifier: String,
    /// What the sheet prints; every text is ready.
    pub(in crate::journeys) sheet: serde_json::Value,
}

/// A version made ready for public copies.
pub(super) struct PublicPress {
    press: Press,
    sources: Sources,
}

impl PublicPress {
    pub(super) fn new(files: BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<SourceError>> {
        let mut faces: BTreeMap<String, Vec<u8>> = files
            .iter()
            .filter(|(path, _)| is_font(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        // The sheet is ours and so are its fonts; where the version has the same, its own go first.
        for (path, bytes) in init::shared_files() {
            if is_font(&path) && !faces.values().any(|known| *known == bytes) {
                faces.insert(format!("~{path}"), bytes);
            }
        }
        let press = Press::new(files, "")?;
        let mut texts = press.filled.sources.clone();
        texts.insert(MAIN.to_owned(), TEMPLATE.to_owned());
        let sources = Sources::new(MAIN, &texts, &fonts(&faces)).ok_or_else(|| {
            vec![SourceError::new(
                MAIN,
                "a file's path cannot be used in Typst",
            )]
        })?;
        Ok(Self { press, sources })
    }

    pub(super) fn pdf(&self, order: &PublicOrder) -> Result<Vec<u8>, Vec<SourceError>> {
        let copy = CopyOrder {
            data: order.data.clone(),
            stamp: STAMP.to_owned(),
        };
        let failed = |message: String| vec![SourceError::new(order.data.copy.as_str(), message)];
        let (agreement, profile) = (&self.press.agreement, self.press.manifest.pdf);
        let mut data = copy_files(agreement, profile, &copy).map_err(failed)?;
        let sheet = serde_json::to_vec(&order.sheet).map_err(|error| failed(error.to_string()))?;
        data.insert("sheet.json".to_owned(), sheet);
        data.insert("kopia.json".to_owned(), order.facts.clone().into_bytes());
        let options = Options {
            identifier: &order.identifier,
            dated: order.dated,
            // PDF/A-2 admits no attachment that is not PDF/A itself (ISO 19005-2 §6.8).
            standard: Standard::A3a,
        };
        typesetting::pdf(&self.sources, &data, &options).map_err(|found| self.press.located(&found))
    }
}

/// The word behind the text of every page; the layout says beside the places for signatures that it may not
/// be signed.
const STAMP: &str = "KOPIA";
/// The sheet's source, which includes the version's own.
const MAIN: &str = "public.typ";
const TEMPLATE: &str = include_str!("public.typ");
