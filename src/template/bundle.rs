//! The bundle: everything a version's copies are typeset from, frozen by `publish`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agreement::{
    Agreement, Binds, CopyParty, FieldError, Manifest, Name, Party, PartyCode, PartyKind, Sha256,
    SourceError, nfc, refused_character, swedish, to_canonical_json,
};

/// Name and version of the way the text digest is formed; the first line that is hashed.
pub const FORMAT: &str = "sigill-bundle-1";

/// The file of the bundle that lists the parties as printed when the text was frozen.
pub const LISTED_PARTIES: &str = "parties.json";

/// The files of a version by their path, and what its manifests say.
///
/// Paths: `agreement.toml`, `parties.json`, `version.toml`, `main.typ`, `party.typ`, `clauses/…` of
/// the version's folder, `shared/…` with the layout and the fonts.
#[derive(Debug, Clone)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
    agreement: Agreement,
    manifest: Manifest,
    parties: Vec<ListedParty>,
}

/// A party in the frozen list, as the text prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedParty {
    /// The code.
    pub code: PartyCode,
    /// The groups it belongs to.
    pub groupings: Vec<ListedGrouping>,
    /// The kind.
    pub kind: PartyKind,
    /// The printed fields by name.
    pub printed: BTreeMap<String, Value>,
}

/// A group in the frozen list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedGrouping {
    /// The short code.
    pub code: Name,
    /// The name.
    pub name: Name,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedParties {
    parties: Vec<ListedParty>,
    schema: String,
}

const LISTED_PARTIES_SCHEMA: &str = "sigill-parties-1";

/// Why files do not make a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A party's value that the version prints is missing or mistyped.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The list of parties cannot be read.
    #[error("{LISTED_PARTIES} of the bundle cannot be read: {0}")]
    ListedParties(#[from] serde_json::Error),
    /// A file that every version has is not there.
    #[error("the version has no file {0}")]
    Missing(String),
    /// A file that a person wrote is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Bundle {
    /// Freezes a version's files together with the parties it is between.
    ///
    /// `files` are by bundle path, `parties` in the order they are listed. `folder` is the
    /// version's folder as errors name it.
    ///
    /// # Errors
    /// [`BundleError`] naming file and line, or party and field.
    pub fn freeze(
        folder: &str,
        mut files: BTreeMap<String, Vec<u8>>,
        parties: &[Party],
    ) -> Result<Self, BundleError> {
        let agreement = read_agreement(&files, folder)?;
        let manifest = read_manifest(&files, folder)?;
        let mut listed = Vec::new();
        for party in parties
            .iter()
            .filter(|party| manifest.parties.includes(party))
        {
            let groupings = party.groupings.iter();
            listed.push(ListedParty {
                code: party.code.clone(),
                groupings: groupings
                    .map(|group| ListedGrouping {
                        code: group.code.clone(),
                        name: group.name.clone(),
                    })
                    .collect(),
                kind: party.kind.clone(),
                printed: CopyParty::new(party, &manifest)?.printed,
            });
        }
        check_selection(&manifest, parties, &listed)
            .map_err(|message| SourceError::new(&source_name(folder, "version.toml"), message))?;
        let listed = ListedParties {
            parties: listed,
            schema: LISTED_PARTIES_SCHEMA.to_owned(),
        };
        files.insert(LISTED_PARTIES.to_owned(), to_canonical_json(&listed)?);
        let bundle = Self {
            files,
            agreement,
            manifest,
            parties: listed.parties,
        };
        bundle.check(folder)?;
        Ok(bundle)
    }

    /// Reads what a frozen bundle says of agreement, version and parties, from those files alone.
    ///
    /// Its text cannot be filled; for showing where an agreement stands it need not.
    ///
    /// # Errors
    /// [`BundleError`]; a bundle that was published has none.
    pub fn outline(files: BTreeMap<String, Vec<u8>>) -> Result<Self, BundleError> {
        let agreement = read_agreement(&files, "")?;
        let manifest = read_manifest(&files, "")?;
        let listed: ListedParties = serde_json::from_slice(required(&files, LISTED_PARTIES)?)?;
        Ok(Self {
            files,
            agreement,
            manifest,
            parties: listed.parties,
        })
    }

    /// The files that [`Bundle::outline`] needs.
    pub const OUTLINE: [&str; 3] = ["agreement.toml", LISTED_PARTIES, "version.toml"];

    /// Reads a frozen bundle again from its files.
    ///
    /// # Errors
    /// [`BundleError`]; a bundle that was published has none.
    pub fn thaw(files: BTreeMap<String, Vec<u8>>) -> Result<Self, BundleError> {
        let bundle = Self::outline(files)?;
        bundle.check("")?;
        Ok(bundle)
    }

    /// Returns the text digest: SHA-256 over the format's name, then for each file in the order of
    /// its path: path, NUL, SHA-256 in hexadecimal, LF.
    #[must_use]
    pub fn text_digest(&self) -> Sha256 {
        let mut lines = format!("{FORMAT}\n");
        for (path, bytes) in &self.files {
            lines.push_str(&format!("{path}\0{}\n", Sha256::of(bytes)));
        }
        Sha256::of(lines.as_bytes())
    }

    /// Returns every file by its path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Returns what agreement.toml says.
    #[must_use]
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// Returns what version.toml says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the parties as listed when the text was frozen, in print order.
    #[must_use]
    pub fn parties(&self) -> &[ListedParty] {
        &self.parties
    }

    /// Returns the parties grouped, groups in Swedish order of their names.
    pub(super) fn groupings(&self) -> Vec<(ListedGrouping, Vec<&ListedParty>)> {
        let mut groups: BTreeMap<&ListedGrouping, Vec<&ListedParty>> = BTreeMap::new();
        for party in &self.parties {
            for group in &party.groupings {
                groups.entry(group).or_default().push(party);
            }
        }
        let mut groups: Vec<_> = groups
            .into_iter()
            .map(|(group, list)| (group.clone(), list))
            .collect();
        groups.sort_by(|(a, _), (b, _)| swedish(a.name.as_str(), b.name.as_str()));
        groups
    }

    fn check(&self, folder: &str) -> Result<(), BundleError> {
        let named = self.manifest.clauses.iter().map(String::as_str);
        if let Some(stray) = named.clone().find(|path| !path.starts_with("clauses/")) {
            let message = format!("clause {stray:?} does not lie in clauses/");
            return Err(SourceError::new(&source_name(folder, "version.toml"), message).into());
        }
        for path in ["main.typ", "party.typ"].into_iter().chain(named) {
            required(&self.files, path)?;
        }
        for path in self.files.keys().filter(|path| is_text(path)) {
            check_text(&source_name(folder, path), required(&self.files, path)?)?;
        }
        if let Some(with) = &self.manifest.form.with
            && !self.parties.iter().any(|party| party.code == *with)
        {
            let message = format!(
                "with = {:?} is not one of the agreement's parties",
                with.as_str()
            );
            return Err(SourceError::new(&source_name(folder, "version.toml"), message).into());
        }
        for party in &self.parties {
            if self.manifest.seats_of(&party.kind).next().is_none() {
                let message = format!(
                    "party {} is of kind {}, which has no [[seats]]",
                    party.code, party.kind
                );
                return Err(SourceError::new(&source_name(folder, "version.toml"), message).into());
            }
        }
        if self.parties.is_empty() {
            let message = "no party is selected: the agreement would be between nobody";
            return Err(
                SourceError::new(&source_name(folder, "version.toml"), message)
                    .with_hint("see [parties] there, and the files in signatories/")
                    .into(),
            );
        }
        Ok(())
    }
}

/// Checks that whoever version.toml names is there: a mistyped code would leave a party out.
fn check_selection(
    manifest: &Manifest,
    parties: &[Party],
    listed: &[ListedParty],
) -> Result<(), String> {
    let selection = &manifest.parties;
    if let Some(code) = selection
        .codes
        .iter()
        .find(|code| parties.iter().all(|party| party.code != **code))
    {
        return Err(format!(
            "[parties] names {code}, which no file in signatories/ has"
        ));
    }
    if let Some(kind) = selection
        .kinds
        .iter()
        .find(|kind| parties.iter().all(|party| party.kind != **kind))
    {
        return Err(format!(
            "[parties] names the kind {kind}, which no party has"
        ));
    }
    let in_group = |name: &Name| {
        parties
            .iter()
            .any(|party| party.groupings.iter().any(|group| group.code == *name))
    };
    if let Some(group) = selection.groupings.iter().find(|name| !in_group(name)) {
        return Err(format!(
            "[parties] names the grouping {group}, to which no party belongs"
        ));
    }
    match &manifest.binds {
        Binds::AtLeast { count }
            if usize::try_from(*count).map_or(true, |count| count > listed.len()) =>
        {
            Err(format!(
                "[binds] asks for {count} of {} parties",
                listed.len()
            ))
        }
        Binds::Named { parties } if parties.is_empty() => {
            Err("[binds] names no party: it would bind before anyone signs".to_owned())
        }
        Binds::Named { parties } => {
            match parties
                .iter()
                .find(|code| listed.iter().all(|party| party.code != **code))
            {
                Some(code) => Err(format!(
                    "[binds] names {code}, which is not a party to the agreement"
                )),
                None => Ok(()),
            }
        }
        Binds::All | Binds::AtLeast { .. } | Binds::Pairwise => Ok(()),
    }
}

/// Returns a bundle path as a person finds it on disk, given the version's folder there.
#[must_use]
pub fn source_name(folder: &str, path: &str) -> String {
    let agreement_folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    let templates = agreement_folder
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent);
    let base = match path.split('/').next() {
        _ if folder.is_empty() => return path.to_owned(),
        Some("shared") => templates,
        Some("agreement.toml") => agreement_folder,
        _ => folder,
    };
    if base.is_empty() {
        path.to_owned()
    } else {
        format!("{base}/{path}")
    }
}

/// Tells whether a file of a bundle is text, which must be UTF-8, NFC and LF.
#[must_use]
pub fn is_text(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "typ" | "toml" | "md")))
}

fn required<'a>(files: &'a BTreeMap<String, Vec<u8>>, path: &str) -> Result<&'a [u8], BundleError> {
    files
        .get(path)
        .map(Vec::as_slice)
        .ok_or_else(|| BundleError::Missing(path.to_owned()))
}

fn read_agreement(
    files: &BTreeMap<String, Vec<u8>>,
    folder: &str,
) -> Result<Agreement, BundleError> {
    let file = source_name(folder, "agreement.toml");
    let text = check_text(&file, required(files, "agreement.toml")?)?;
    Ok(Agreement::parse(&file, text)?)
}

fn read_manifest(files: &BTreeMap<String, Vec<u8>>, folder: &str) -> Result<Manifest, BundleError> {
    let file = source_name(folder, "version.toml");
    let text = check_text(&file, required(files, "version.toml")?)?;
    Ok(Manifest::parse(&file, text)?)
}

/// Checks that a text file is UTF-8, NFC, has LF line ends, and no deceiving character.
fn check_text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, SourceError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        SourceError::new(file, "the file is not UTF-8").at_line(lines_in(before))
    })?;
    for (index, line) in text.split('\n').enumerate() {
        let found =
            |message: String| SourceError::new(file, message).at_line(index.saturating_add(1));
        if line.ends_with('\r') {
            return Err(found("the line ends with CR LF".to_owned())
                .with_hint("save the file with LF line ends"));
        }
        if let Some((position, c)) = refused_character(&line.replace('\t', " ")) {
            let code = u32::from(c);
            return Err(found(format!(
                "character U+{code:04X} at position {position} is not allowed"
            )));
        }
        if nfc(line) != line {
            return Err(
                found("the line is not in Unicode normalisation form C".to_owned())
                    .with_hint("type å, ä and ö as one character each"),
            );
        }
    }
    Ok(text)
}

fn lines_in(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        .saturating_add(1)
}
