//! From files and a seat to copies that may be signed now, or the reason why not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SigningError;
use crate::agreement::{
    AgreementId, CopyData, CopyId, CopyParty, CopySeat, Form, Manifest, Role, SeatId, SeatOrder,
    SeatSpec, Sha256, VersionNumber,
};
use crate::calendar::swedish_day;
use crate::journeys::authority::{self, Authorities};
use crate::journeys::judge::confirmations;
use crate::journeys::publish::read_outline;
use crate::journeys::{Error, Office};
use crate::outside::now;
use crate::pdf;
use crate::register::{CopyState, HeadPlace, Standing, Tally};
use crate::signature::Certificate;
use crate::store::{Store, files_below, read_limited};
use crate::template::Bundle;
use crate::validation::Severity;

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
    /// Whether the signature will count; not said in what was prepared before this was asked.
    #[serde(default)]
    pub(in crate::journeys) standing: Option<Standing>,
    /// Why it does not count yet, in Swedish.
    #[serde(default)]
    pub(in crate::journeys) doubt: Option<String>,
}

/// Whoever signs.
#[derive(Debug)]
pub(in crate::journeys) struct Signer<'a> {
    /// The certificate.
    pub(in crate::journeys) certificate: &'a Certificate,
    /// Whether it leads to somebody whom the office trusts.
    pub(in crate::journeys) is_trusted: bool,
    /// The role that the signer signs in, where it was said.
    pub(in crate::journeys) role: Option<&'a Role>,
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
    signer: &Signer<'_>,
) -> Result<(Vec<Chosen>, Vec<CopyId>), Error> {
    let authorities = Authorities::read(office, store, tally).await?;
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
        let seating = Seating {
            authorities: &authorities,
            copy,
            party,
            seat: place_to_sign,
            spec: outline
                .manifest()
                .seats_of(&party.kind)
                .find(|spec| spec.role == place_to_sign.role),
        };
        let (role, title, recorded_name) = seating.signer(signer)?;
        let (standing, doubt) = seating.standing(signer, &role)?;
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
            standing: Some(standing),
            doubt,
        });
    }
    match refusal {
        Some(refusal) if chosen.is_empty() => Err(refusal.into()),
        _ => Ok((chosen, signed_before)),
    }
}

/// Tells anew whether a signature will count that was prepared earlier.
///
/// # Errors
/// [`SigningError::NotAuthorised`] where it is known by now that it cannot.
pub(in crate::journeys) async fn stand_now(
    office: &Office,
    store: &Store,
    tally: &Tally,
    chosen: &mut Chosen,
    signer: &Signer<'_>,
) -> Result<(), Error> {
    // One that was voided meanwhile is refused when it is entered.
    let Some(copy) = tally.copies.get(&chosen.copy) else {
        return Ok(());
    };
    let Some(version) = tally.version(&copy.agreement, copy.issued.version) else {
        return Ok(());
    };
    let outline = read_outline(store, &version.published).await?;
    let data: CopyData = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
    let Some((party, seat)) = data.seats().find(|(_, seat)| seat.id == chosen.seat) else {
        return Ok(());
    };
    let authorities = Authorities::read(office, store, tally).await?;
    let mut specs = outline.manifest().seats_of(&party.kind);
    let seating = Seating {
        authorities: &authorities,
        copy,
        party,
        seat,
        spec: specs.find(|spec| spec.role == seat.role),
    };
    let (standing, doubt) = seating.standing(signer, &chosen.role)?;
    chosen.standing = Some(standing);
    chosen.doubt = doubt;
    Ok(())
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
    // One that was made here stands in the file, whether it counts or not.
    let mut known = copy.signatures.iter();
    let made_here = known.find(|it| it.seat == *seat && copy.was_made_here(it));
    let signed = copy.signed.get(seat).map(|signed| signed.at);
    if let Some(at) = signed.or(made_here.map(|known| known.at)) {
        return Err(SigningError::AlreadySigned {
            copy: id.clone(),
            seat: seat.clone(),
            at,
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

/// A seat of a copy, and who may sign in it.
struct Seating<'a> {
    authorities: &'a Authorities,
    copy: &'a CopyState,
    party: &'a CopyParty,
    seat: &'a CopySeat,
    spec: Option<&'a SeatSpec>,
}

impl Seating<'_> {
    /// Returns the role that the signer signs in, its title, and the name recorded for it.
    ///
    /// The version says which roles a seat admits, the party which of them it uses. Where it is not said, it
    /// is the role of the person whose certificate it is, else the first.
    fn signer(&self, signer: &Signer<'_>) -> Result<(Role, String, Option<String>), SigningError> {
        let parties = self.authorities.parties(Some(&self.copy.agreement));
        let today = parties.iter().find(|today| today.code == self.party.code);
        let mut lawful = match today {
            Some(today) => today.signing.roles_for(&self.seat.role),
            None => vec![self.seat.role.clone()],
        };
        lawful.retain(|role| self.spec.is_some_and(|spec| spec.admits(role)));
        let tied = match signer.role {
            Some(_) => None,
            None => self.judge(signer, None).as_role,
        };
        let role = match signer.role.or(tied.as_ref()) {
            Some(wanted) => lawful.iter().find(|lawful| *lawful == wanted),
            None => lawful.first(),
        };
        let role = role.ok_or_else(|| SigningError::Role {
            seat: self.seat.id.clone(),
            role: signer.role.unwrap_or(&self.seat.role).clone(),
            lawful: lawful.clone(),
        })?;
        let person = today.and_then(|today| today.holder(role, swedish_day(now())));
        let title = person.map_or(&self.seat.title, |person| &person.title);
        let name = person.and_then(|person| person.name.as_ref());
        Ok((
            role.clone(),
            title.to_string(),
            name.map(ToString::to_string),
        ))
    }

    /// Tells whether the signature will count, and why it does not yet.
    ///
    /// # Errors
    /// [`SigningError::NotAuthorised`] where it is known that it cannot.
    fn standing(
        &self,
        signer: &Signer<'_>,
        role: &Role,
    ) -> Result<(Standing, Option<String>), SigningError> {
        let judged = self.judge(signer, Some(role));
        let why = authority::reason(&judged.findings);
        match judged.standing {
            Standing::Refused => Err(SigningError::NotAuthorised {
                copy: self.copy.issued.copy.clone(),
                seat: self.seat.id.clone(),
                role: role.clone(),
                why: why.map_or_else(String::new, |it| clause(&it.english)),
            }),
            Standing::Counts | Standing::ToConfirm if !signer.is_trusted => {
                Ok((Standing::ToConfirm, None))
            }
            Standing::Counts => Ok((Standing::Counts, None)),
            Standing::ToConfirm => {
                let why = why.filter(|it| it.severity != Severity::Note);
                Ok((Standing::ToConfirm, why.map(|it| it.swedish.clone())))
            }
        }
    }

    fn judge(&self, signer: &Signer<'_>, role: Option<&Role>) -> authority::Judged {
        let admitted = self.spec.and_then(SeatSpec::admitted);
        let confirmed = confirmations(self.copy);
        let place = authority::Place {
            agreement: &self.copy.agreement,
            seat: &self.seat.id,
            admitted: admitted.as_deref(),
            confirmed: &confirmed,
        };
        // It is made here, so it will hold; whether its certificate is trusted is told apart.
        let today = swedish_day(now());
        self.authorities
            .judge(place, role, signer.certificate, today, true)
    }
}

/// Returns a sentence as it stands after a colon.
fn clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
