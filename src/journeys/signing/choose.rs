//! From files and a seat to copies that may be signed now, or the reason why not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SigningError;
use crate::agreement::{
    AgreementId, CopyData, CopyId, CopyParty, CopySeat, Form, Manifest, Party, Role, SeatId,
    SeatOrder, Sha256, VersionNumber,
};
use crate::journeys::publish::read_outline;
use crate::journeys::{Error, Office};
use crate::pdf;
use crate::register::{CopyState, HeadPlace, Tally};
use crate::store::{Store, files_below, read_limited};
use crate::template::Bundle;

/// A copy that may be signed in a seat now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::journeys) struct Chosen {
    /// The file that the signed copy is written to.
    pub(in crate::journeys) file: PathBuf,
    /// The agreement.
    pub(in crate::journeys) agreement: AgreementId,
    /// The agreement's short name.
    pub(in crate::journeys) agreement_name: String,
    /// The version.
    pub(in crate::journeys) version: VersionNumber,
    /// The form.
    pub(in crate::journeys) form: Form,
    /// The copy.
    pub(in crate::journeys) copy: CopyId,
    /// Its newest head.
    pub(in crate::journeys) head: Sha256,
    /// Whether the file is an older one.
    pub(in crate::journeys) is_older: bool,
    /// The seat.
    pub(in crate::journeys) seat: SeatId,
    /// The role that the signer signs in.
    pub(in crate::journeys) role: Role,
    /// The signer's title.
    pub(in crate::journeys) title: String,
    /// The name recorded for that role, if any.
    pub(in crate::journeys) recorded_name: Option<String>,
    /// The party's legal name as printed.
    pub(in crate::journeys) party: String,
}

/// Returns the PDF files that paths name; a folder stands for those directly in it.
///
/// # Errors
/// [`Error`] for a folder that cannot be read or holds none.
pub(in crate::journeys) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let is_pdf = |file: &Path| file.extension().is_some_and(|end| end == "pdf");
        let below = files_below(path)?;
        if below.as_slice() == std::slice::from_ref(path) {
            files.push(path.clone());
            continue;
        }
        let direct = below
            .into_iter()
            .filter(|file| file.parent() == Some(path.as_path()) && is_pdf(file));
        let before = files.len();
        files.extend(direct);
        if files.len() == before {
            return Err(SigningError::EmptyFolder {
                folder: path.clone(),
            }
            .into());
        }
    }
    Ok(files)
}

/// Finds the copies that files are, and checks that each may be signed in the seat.
///
/// Of several copies those whose seat is signed are left out and given second: so a command that
/// stopped half-way can be run again.
///
/// # Errors
/// [`SigningError`] for the first that may not; nothing is changed.
pub(in crate::journeys) async fn choose(
    office: &Office,
    store: &Store,
    tally: &Tally,
    files: &[PathBuf],
    seat: &SeatId,
    role: Option<&Role>,
) -> Result<(Vec<Chosen>, Vec<CopyId>), Error> {
    let parties = office.parties()?;
    let mut outlines: BTreeMap<(AgreementId, VersionNumber), Bundle> = BTreeMap::new();
    let mut chosen: Vec<Chosen> = Vec::with_capacity(files.len());
    let mut signed_before: Vec<CopyId> = Vec::new();
    let mut refusal = None;
    for file in files {
        let bytes = read_limited(file, MAX_FILE_BYTES)?;
        let (copy, place) = find(tally, file, &bytes)?;
        if let Some(first) = chosen.iter().find(|first| first.copy == copy.issued.copy) {
            return Err(SigningError::FileTwice {
                copy: copy.issued.copy.clone(),
                first: first.file.clone(),
                second: file.clone(),
            }
            .into());
        }
        let key = (copy.agreement.clone(), copy.issued.version);
        if !outlines.contains_key(&key)
            && let Some(version) = tally.version(&copy.agreement, copy.issued.version)
        {
            let outline = read_outline(store, &version.published).await?;
            outlines.insert(key.clone(), outline);
        }
        let outline = outlines.get(&key).ok_or_else(|| Error::UnknownVersion {
            agreement: copy.agreement.clone(),
            version: copy.issued.version,
        })?;
        let data: CopyData = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
        let (party, place_to_sign) = match may_sign(copy, &data, outline.manifest(), seat) {
            Err(signed @ SigningError::AlreadySigned { .. }) => {
                signed_before.push(copy.issued.copy.clone());
                refusal.get_or_insert(signed);
                continue;
            }
            other => other?,
        };
        let (role, title, recorded_name) =
            signer(&parties, party, place_to_sign, outline.manifest(), role)?;
        chosen.push(Chosen {
            file: file.clone(),
            agreement: copy.agreement.clone(),
            agreement_name: outline.agreement().short_name.to_string(),
            version: copy.issued.version,
            form: copy.issued.form,
            copy: copy.issued.copy.clone(),
            head: copy.head(),
            is_older: place == HeadPlace::Earlier,
            seat: seat.clone(),
            role,
            title,
            recorded_name,
            party: party.legal_name().to_owned(),
        });
    }
    match refusal {
        Some(refusal) if chosen.is_empty() => Err(refusal.into()),
        _ => Ok((chosen, signed_before)),
    }
}

/// Finds the copy that a file is, byte for byte, in its newest or an earlier known state.
fn find<'a>(
    tally: &'a Tally,
    file: &Path,
    bytes: &[u8],
) -> Result<(&'a CopyState, HeadPlace), Error> {
    if let Some((copy, place)) = tally.copy_with_head(Sha256::of(bytes)) {
        if copy.is_live() && place == HeadPlace::Newest && Sha256::of(bytes) != copy.head() {
            return Err(SigningError::Forked {
                file: file.to_owned(),
                copy: copy.issued.copy.clone(),
            }
            .into());
        }
        if copy.is_live() {
            return Ok((copy, place));
        }
        return Err(SigningError::Voided {
            copy: copy.issued.copy.clone(),
        }
        .into());
    }
    // Not known as it is: tell whether it goes on after a known state, or is something else.
    let known = pdf::revision_ends(bytes).into_iter().rev().find_map(|end| {
        let (copy, _) = tally.copy_with_head(Sha256::of(bytes.get(..end)?))?;
        Some(copy.issued.copy.clone())
    });
    Err(match known {
        Some(copy) => SigningError::FileGoesOn {
            file: file.to_owned(),
            copy,
        },
        None => SigningError::FileUnknown {
            file: file.to_owned(),
        },
    }
    .into())
}

/// Checks that a seat of a copy can be signed now.
fn may_sign<'a>(
    copy: &CopyState,
    data: &'a CopyData,
    manifest: &Manifest,
    seat: &SeatId,
) -> Result<(&'a CopyParty, &'a CopySeat), SigningError> {
    let id = &copy.issued.copy;
    let Some((party, place)) = data.seats().find(|(_, place)| place.id == *seat) else {
        return Err(SigningError::NoSuchSeat {
            copy: id.clone(),
            seat: seat.clone(),
            seats: copy.issued.seats.clone(),
        });
    };
    if let Some(signed) = copy.signed.get(seat) {
        return Err(SigningError::AlreadySigned {
            copy: id.clone(),
            seat: seat.clone(),
            at: signed.at,
        });
    }
    let comes_first = |(other, earlier): &(&CopyParty, &CopySeat)| {
        let in_order = match manifest.signing.order {
            SeatOrder::Any => false,
            SeatOrder::Parties => true,
            SeatOrder::Seats => other.code == party.code,
        };
        in_order && !copy.signed.contains_key(&earlier.id)
    };
    let earlier = data.seats().take_while(|(_, earlier)| earlier.id != *seat);
    match earlier.into_iter().find(comes_first) {
        Some((_, first)) => Err(SigningError::SeatOrder {
            copy: id.clone(),
            seat: seat.clone(),
            first: first.id.clone(),
        }),
        None => Ok((party, place)),
    }
}

/// Returns the role that the signer signs in, its title, and the name recorded for it.
///
/// The version says which roles a seat admits, the party which of them it uses.
fn signer(
    parties: &[Party],
    party: &CopyParty,
    seat: &CopySeat,
    manifest: &Manifest,
    wanted: Option<&Role>,
) -> Result<(Role, String, Option<String>), SigningError> {
    let spec = manifest
        .seats_of(&party.kind)
        .find(|spec| spec.role == seat.role);
    let today = parties.iter().find(|today| today.code == party.code);
    let rule = today.and_then(|today| {
        let mut rules = today.signing.seats.iter();
        rules.find(|rule| rule.role == seat.role)
    });
    let own = vec![seat.role.clone()];
    let lawful: Vec<Role> = rule
        .map_or(&own, |rule| &rule.by)
        .iter()
        .filter(|role| spec.is_some_and(|spec| spec.admits(role)))
        .cloned()
        .collect();
    let role = match wanted {
        Some(role) => lawful.iter().find(|lawful| *lawful == role),
        None => lawful.first(),
    };
    let role = role.ok_or_else(|| SigningError::Role {
        seat: seat.id.clone(),
        role: wanted.unwrap_or(&seat.role).clone(),
        lawful: lawful.clone(),
    })?;
    let person = today.and_then(|today| {
        let mut persons = today.signatories.iter();
        persons.find(|person| person.role == *role)
    });
    let title = person.map_or(&seat.title, |person| &person.title);
    let name = person.and_then(|person| person.name.as_ref());
    Ok((
        role.clone(),
        title.to_string(),
        name.map(ToString::to_string),
    ))
}

/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
