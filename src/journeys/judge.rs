//! Judging a file with what the office knows of its copies, whom it trusts, and what may be fetched.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::Digest as _;

use super::authority::Authorities;
use super::office::anchors_of;
use super::publish::read_bundle;
use super::report::Means;
use super::{Error, Office};
use crate::agreement::{CopyData, CopyId, Party, SEAL_FIELD, SeatSpec, Sha256};
use crate::outside::{HttpFetch, now};
use crate::pdf;
use crate::register::{CopyState, Tally};
use crate::signature::{Anchors, revocation_answers};
use crate::store::{Store, pem_files};
use crate::template::Bundle;
use crate::validation::{
    self, Confirmation, Input, Issued, IssuedCopy, IssuedSeat, Policy, State, Supplied, Verdict,
};

/// How files are judged.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// A folder with the certificates to trust, instead of the office's signatories/trust/.
    pub trust: Option<PathBuf>,
    /// The instant, UTC, as of which is judged; the present when absent.
    pub at: Option<DateTime<Utc>>,
    /// The copy that the file should be.
    pub copy: Option<CopyId>,
    /// Whether addresses that the settings allow may be asked.
    pub fetch: bool,
}

/// What is at hand for judging many files.
pub(super) struct Judge<'a> {
    anchors: Anchors,
    /// Where the anchors come from, to be shown.
    anchors_from: String,
    at: DateTime<Utc>,
    copy: Option<CopyId>,
    fetch: Option<HttpFetch>,
    /// Who may sign for the parties; nobody without a register.
    authorities: Option<Authorities>,
    office: Option<&'a Office>,
    policy: Policy,
    register: Option<(Store, Tally)>,
}

/// A file that was judged.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// The copy data that it carries.
    pub(super) data: Option<CopyData>,
    /// The copy that the register knows it as.
    copy: Option<CopyId>,
}

impl<'a> Judge<'a> {
    /// Makes ready. `office` is `None` where there is none to ask.
    pub(super) async fn open(office: Option<&'a Office>, terms: &Terms) -> Result<Self, Error> {
        let (anchors, anchors_from) = match (&terms.trust, office) {
            (Some(folder), _) => {
                let files = pem_files(folder)?;
                (anchors_of(files)?, folder.display().to_string())
            }
            (None, Some(office)) => (office.anchors()?, "signatories/trust".to_owned()),
            (None, None) => (Anchors::default(), String::new()),
        };
        let store = match office {
            Some(office) => office.read_store().await?,
            None => None,
        };
        let register = match store {
            Some(mut store) => {
                let tally = Tally::fold(&store.records.entries(None).await?);
                Some((store, tally))
            }
            None => None,
        };
        let authorities = match (office, &register) {
            (Some(office), Some((store, tally))) => {
                Some(Authorities::read(office, store, tally).await?)
            }
            _ => None,
        };
        let hosts = office.map_or(&[][..], |office| &office.config.validation.fetch_hosts);
        let fetch =
            (terms.fetch && !hosts.is_empty()).then(|| HttpFetch::allow_listed(PATIENCE, hosts));
        Ok(Self {
            anchors,
            anchors_from,
            at: terms.at.unwrap_or_else(now),
            copy: terms.copy.clone(),
            fetch,
            authorities,
            office,
            policy: Policy::default(),
            register,
        })
    }

    /// Judges from now on as of an instant with what the register said then, asking nobody.
    pub(super) async fn go_back(&mut self, at: DateTime<Utc>, then: Tally) -> Result<(), Error> {
        self.at = at;
        self.fetch = None;
        if let Some((store, tally)) = &mut self.register {
            if let Some(office) = self.office {
                self.authorities = Some(Authorities::read(office, store, &then).await?);
            }
            *tally = then;
        }
        Ok(())
    }

    /// Judges by others who may sign than those that the register has now.
    pub(super) fn by(self, authorities: Authorities) -> Self {
        Self {
            authorities: Some(authorities),
            ..self
        }
    }

    /// Judges one file.
    pub(super) async fn judge(&self, bytes: &[u8]) -> Result<Judged, Error> {
        let data = attached_data(bytes);
        let found = self
            .register
            .as_ref()
            .and_then(|(_, tally)| find(bytes, data.as_ref(), self.copy.as_ref(), tally));
        let issued = match (&self.register, found) {
            (Some((store, tally)), Some(copy)) => Some(issued(store, tally, copy).await?),
            _ => None,
        };
        let question = match (&self.register, &issued) {
            (None, _) => Issued::NotAsked,
            (Some(_), None) => Issued::Unknown,
            (Some(_), Some(issued)) => Issued::Copy(issued),
        };
        let confirmed = found.map(confirmations).unwrap_or_default();
        let mut supplied = Supplied::default();
        let agreement = found.map(|copy| &copy.agreement);
        let parties = self.authorities.as_ref().map(|it| it.parties(agreement));
        let parties = parties.unwrap_or_default();
        let mut verdict = self.examine(bytes, question, parties, &confirmed, &supplied);
        // An answer may come from a responder on whose certificate somebody has to be asked in turn.
        for _ in 0..MAX_ROUNDS {
            if !self.ask(&verdict, &mut supplied).await {
                break;
            }
            verdict = self.examine(bytes, question, parties, &confirmed, &supplied);
        }
        Ok(Judged {
            verdict,
            data,
            copy: found.map(|copy| copy.issued.copy.clone()),
        })
    }

    fn examine(
        &self,
        bytes: &[u8],
        issued: Issued<'_>,
        parties: &[Party],
        confirmed: &[Confirmation],
        supplied: &Supplied,
    ) -> Verdict {
        let input = Input {
            issued,
            parties,
            confirmed,
            identifier_key: self
                .authorities
                .as_ref()
                .and_then(Authorities::identifier_key),
            anchors: &self.anchors,
            supplied,
            policy: &self.policy,
            at: self.at,
        };
        validation::examine(bytes, &input)
    }

    /// Asks about the certificates on whose revocation nothing is at hand; tells whether anything new came.
    async fn ask(&self, verdict: &Verdict, supplied: &mut Supplied) -> bool {
        let Some(fetch) = &self.fetch else {
            return false;
        };
        let mut is_new = false;
        for wanted in &verdict.wanted {
            let answers = revocation_answers(&wanted.certificate, &wanted.issuer, fetch).await;
            for response in answers.ocsp_responses {
                is_new |= keep(&mut supplied.ocsp_responses, response);
            }
            for list in answers.crls {
                is_new |= keep(&mut supplied.crls, list);
            }
        }
        is_new
    }

    /// Returns the copy that the register knows a file as, and where its documents are.
    pub(super) fn copy(&self, judged: &Judged) -> Option<(&Store, &Tally, &CopyState)> {
        let (store, tally) = self.register.as_ref()?;
        let copy = tally.copies.get(judged.copy.as_ref()?)?;
        Some((store, tally, copy))
    }

    /// Returns what the verdicts were reached with.
    pub(super) fn means(&self) -> Means<'_> {
        Means {
            anchors: self.anchors.certificates().len(),
            anchors_from: &self.anchors_from,
            has_register: self.office.is_some() && self.register.is_some(),
        }
    }
}

/// Judges a file with what the office knows of its copies, parties and anchors.
///
/// `may_fetch` says whether evidence that the file lacks is asked for, of the machines that the settings name.
///
/// # Errors
/// [`Error`] when the office cannot be read; a bad file is a verdict.
pub(super) async fn judge_file(
    office: &Office,
    bytes: &[u8],
    now: DateTime<Utc>,
    may_fetch: bool,
) -> Result<Verdict, Error> {
    let terms = Terms {
        at: Some(now),
        fetch: may_fetch,
        ..Terms::default()
    };
    let judge = Judge::open(Some(office), &terms).await?;
    Ok(judge.judge(bytes).await?.verdict)
}

/// Adds an item, and tells whether it is new.
fn keep(list: &mut Vec<Vec<u8>>, item: Vec<u8>) -> bool {
    let is_new = !list.contains(&item);
    if is_new {
        list.push(item);
    }
    is_new
}

/// Returns what officers confirmed for a copy, and did not take back.
pub(super) fn confirmations(copy: &CopyState) -> Vec<Confirmation> {
    let stands = |known: &&crate::register::Confirmation| known.withdrawn.is_none();
    copy.confirmations
        .iter()
        .filter(stands)
        .map(|known| Confirmation {
            as_role: known.confirmed.as_role.clone(),
            certificate: known.confirmed.certificate,
            seat: known.confirmed.seat.clone(),
        })
        .collect()
}

/// Finds the copy that a file is to be compared with: the one that it should be, the one that it is a known
/// state of or goes on from, else the one that it says it is.
fn find<'t>(
    bytes: &[u8],
    data: Option<&CopyData>,
    expected: Option<&CopyId>,
    tally: &'t Tally,
) -> Option<&'t CopyState> {
    if let Some(expected) = expected {
        return tally.copies.get(expected);
    }
    if let Some((copy, _)) = tally.copy_with_head(Sha256::of(bytes)) {
        return Some(copy);
    }
    for (_, digest) in states(bytes).into_iter().rev() {
        if let Some((copy, _)) = tally.copy_with_head(digest) {
            return Some(copy);
        }
    }
    tally.copies.get(&data?.copy)
}

/// Returns the size and digest of what stands before each end of a revision, hashing the file once.
pub(super) fn states(bytes: &[u8]) -> Vec<(usize, Sha256)> {
    let mut state = sha2::Sha256::new();
    let mut hashed = 0;
    let mut states = Vec::new();
    for end in pdf::revision_ends(bytes) {
        state.update(bytes.get(hashed..end).unwrap_or_default());
        hashed = end;
        states.push((end, Sha256::from_state(state.clone())));
    }
    states
}

/// Gathers what the office knows of a copy.
///
/// Of a state that came by mail with several signatures the states in between count as known too: each of them
/// is older than what is known.
pub(super) async fn issued(
    store: &Store,
    tally: &Tally,
    copy: &CopyState,
) -> Result<IssuedCopy, Error> {
    let base = State {
        digest: copy.issued.base,
        size_bytes: usize::try_from(copy.issued.size_bytes).unwrap_or(usize::MAX),
    };
    let heads: Vec<_> = copy.states().collect();
    let mut known = Vec::new();
    let mut newest = Vec::new();
    for head in &heads {
        known.push(State {
            digest: head.digest,
            size_bytes: usize::try_from(head.size_bytes).unwrap_or(usize::MAX),
        });
        if heads.iter().all(|other| other.follows != Some(head.digest)) {
            newest.push(head.digest);
            let document = store.documents.get(head.digest).await?;
            let inside = states(&document).into_iter();
            known.extend(inside.map(|(size_bytes, digest)| State { digest, size_bytes }));
        }
    }
    // Below the base there is no state of the copy.
    known.retain(|state| state.size_bytes >= base.size_bytes);
    let data: CopyData = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
    let manifest = match tally.version(&copy.agreement, copy.issued.version) {
        Some(version) => Some(read_bundle(store, &version.published).await?),
        None => None,
    };
    let manifest = manifest.as_ref().map(Bundle::manifest);
    let seats = data.seats().map(|(party, seat)| {
        let mut specs = manifest
            .into_iter()
            .flat_map(|all| all.seats_of(&party.kind));
        let spec = specs.find(|spec| spec.role == seat.role);
        // The version says which roles a seat admits; without the key the party's rule alone says.
        let admitted = spec.and_then(SeatSpec::admitted);
        IssuedSeat {
            id: seat.id.clone(),
            admitted,
        }
    });
    Ok(IssuedCopy {
        copy: copy.issued.copy.clone(),
        base,
        states: known,
        newest,
        is_voided: !copy.is_live(),
        seats: seats.collect(),
        seal_field: SEAL_FIELD.to_owned(),
        seal: copy.sealed.map(|seal| seal.certificate),
    })
}

/// Reads the copy data that a file carries, if it carries any.
pub(super) fn attached_data(bytes: &[u8]) -> Option<CopyData> {
    let json = pdf::attachment(bytes, ATTACHMENT).ok()??;
    let data: CopyData = serde_json::from_slice(&json).ok()?;
    (data.schema == CopyData::SCHEMA).then_some(data)
}

/// The attached copy data's name.
const ATTACHMENT: &str = "avtalsdata.json";

/// How often answers may lead to further questions.
const MAX_ROUNDS: usize = 4;

/// The longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(20);
