//! One signer, one seat, some copies: what is checked, written and entered for each of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::appearance::{drawable, lines, seat_words};
use super::evidence::Completed;
use super::{
    Chosen, Outcome, SignedCopy, Signer, SigningError, Summary, Tools, Warning, choose, expand,
    extended,
};
use crate::agreement::{
    CopyId, Level, Name, Role, SeatId, Sha256, nfc, personal_numbers, without_personal_numbers,
};
use crate::journeys::{Error, Office};
use crate::outside::now;
use crate::pdf::SignatureEntries;
use crate::register::{Event, Signed, Tally};
use crate::signature::{self, Algorithm, Certificate, Chain, Head, Prepared, check_signer};
use crate::store::{Lease, LeaseRequest, Store, probe_writable};

/// What a signature is to say, and where it goes.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Files or folders of copies.
    pub files: Vec<PathBuf>,
    /// The seat, the same in each copy.
    pub seat: SeatId,
    /// The role that the signer signs in; the first that the party's rule names if not said.
    pub role: Option<Role>,
    /// The level; as sigill.toml says, else B-T.
    pub level: Option<Level>,
    /// Why it is signed; a sentence that names agreement and party if not said.
    pub reason: Option<Name>,
    /// Where it is signed; as sigill.toml says if not said.
    pub location: Option<Name>,
    /// The folder for the signed files; the files themselves are replaced if not said.
    pub out: Option<PathBuf>,
    /// How the office knows whose certificate it is, where the register does not tell: entered as an
    /// officer's word together with the signature.
    pub ground: Option<String>,
}

/// Copies that may be signed, and what to know of them.
pub(in crate::journeys) struct Choice {
    pub(in crate::journeys) chosen: Vec<Chosen>,
    warnings: Vec<Warning>,
}

/// A copy that is held for one signature.
#[derive(Debug, Clone)]
pub(in crate::journeys) struct Leased {
    /// The copy and its seat.
    pub(in crate::journeys) chosen: Chosen,
    /// What holds it.
    pub(in crate::journeys) lease: Lease,
}

/// One signer and what each signature needs.
pub(in crate::journeys) struct Plan {
    pub(in crate::journeys) level: Level,
    pub(in crate::journeys) certificate: Certificate,
    /// Whether the certificate leads to an anchor of the office.
    is_trusted: bool,
    /// The signer's name as the certificate has it, without a personal identity number.
    name: String,
    tools: Tools,
    warnings: Vec<Warning>,
}

impl Plan {
    /// Checks that this signer may sign at all, and that what the level needs is set.
    ///
    /// At any level but B-B the issuers are asked whether the certificate is revoked.
    pub(in crate::journeys) async fn new(
        office: &Office,
        wanted: &Wanted,
        chain: &Chain,
    ) -> Result<Self, Error> {
        let (signer, now) = (chain.signer(), now());
        check_signer(signer, now).map_err(SigningError::Signature)?;
        refuse_personal_numbers(wanted)?;
        let level = wanted.level.or(office.config.signing.level);
        let level = level.unwrap_or(Level::T);
        let tools = Tools::new(office)?;
        tools.require(level)?;
        let mut warnings = Vec::new();
        let texts = signer.texts();
        if texts.iter().any(|text| !personal_numbers(text).is_empty()) {
            warnings.push(Warning::PersonalNumber);
        }
        if level != Level::B {
            match tools.check_revocation(chain).await {
                Ok(()) | Err(signature::Error::Untrusted { .. }) => {}
                Err(error @ signature::Error::NoEvidence { .. }) => {
                    let reason = error.to_string();
                    warnings.push(Warning::RevocationUnknown { reason });
                }
                Err(error) => return Err(SigningError::Signature(error).into()),
            }
        }
        let is_trusted = tools.is_trusted(chain);
        if !is_trusted {
            let issuer = without_personal_numbers(&signer.issuer());
            warnings.push(Warning::Untrusted { issuer });
        }
        Ok(Self {
            level,
            certificate: signer.clone(),
            is_trusted,
            name: nfc(&without_personal_numbers(&signer.subject_name())),
            tools,
            warnings,
        })
    }

    /// Returns the plan of a signature that was prepared, for completing it.
    pub(in crate::journeys) fn resume(office: &Office, prepared: &Prepared) -> Result<Self, Error> {
        let certificate = prepared.certificate();
        check_signer(certificate, now()).map_err(SigningError::Signature)?;
        let tools = Tools::new(office)?;
        tools.require(prepared.level())?;
        Ok(Self {
            level: prepared.level(),
            certificate: certificate.clone(),
            is_trusted: tools.is_trusted(prepared.chain()),
            name: String::new(),
            tools,
            warnings: Vec::new(),
        })
    }

    /// Tells whether a prepared signature is of the same signer and level.
    pub(in crate::journeys) fn fits(&self, prepared: &Prepared) -> bool {
        self.level == prepared.level()
            && self.certificate.digest() == prepared.certificate().digest()
    }

    /// Returns the copies that may be signed, without holding them.
    pub(in crate::journeys) async fn choose(
        &self,
        office: &Office,
        store: &mut Store,
        wanted: &Wanted,
    ) -> Result<Choice, Error> {
        let files = expand(&wanted.files)?;
        let tally = Tally::fold(&store.records.entries(None).await?);
        let signer = self.signer(wanted.role.as_ref());
        let (mut chosen, signed_before) =
            choose(office, store, &tally, &files, &wanted.seat, &signer).await?;
        let mut warnings = Vec::new();
        if !store.mended.is_empty() {
            let copies = store.mended.clone();
            warnings.push(Warning::Mended { copies });
        }
        if !signed_before.is_empty() {
            let copies = signed_before;
            warnings.push(Warning::SignedBefore { copies });
        }
        for one in &chosen {
            if let Some(why) = &one.doubt {
                doubt(&mut warnings, why, &one.copy);
            }
        }
        let mut targets = BTreeSet::new();
        for one in &mut chosen {
            if one.is_older {
                let file = one.file.clone();
                warnings.push(Warning::OlderFile { file });
            }
            if let (Some(out), Some(name)) = (&wanted.out, one.file.file_name()) {
                one.file = out.join(name);
            }
            if !targets.insert(one.file.clone()) {
                let file = one.file.clone();
                return Err(SigningError::SameTarget { file }.into());
            }
        }
        let folders: BTreeSet<_> = chosen.iter().filter_map(|one| one.file.parent()).collect();
        folders.into_iter().try_for_each(probe_writable)?;
        Ok(Choice { chosen, warnings })
    }

    /// Returns who signs, in a role if it was said.
    pub(in crate::journeys) fn signer<'a>(&'a self, role: Option<&'a Role>) -> Signer<'a> {
        Signer {
            certificate: &self.certificate,
            is_trusted: self.is_trusted,
            role,
        }
    }

    /// Holds the copies for so long, all or none; for whoever is at the front of the queue.
    pub(in crate::journeys) async fn lease(
        &self,
        office: &Office,
        wanted: &Wanted,
        seconds: u32,
    ) -> Result<(Vec<Leased>, Summary), Error> {
        let mut store = office.write_store().await?;
        store.records.drop_abandoned().await?;
        let choice = self.choose(office, &mut store, wanted).await?;
        let summary = self.summary(wanted, &choice)?;
        let requests = choice.chosen.iter().map(|one| LeaseRequest {
            copy: one.copy.clone(),
            head: one.head,
            seat: Some(one.seat.clone()),
            seconds,
            work: None,
        });
        let leases = store.records.lease_all(requests.collect()).await?;
        let leased = choice.chosen.into_iter().zip(leases);
        let leased = leased.map(|(chosen, lease)| Leased { chosen, lease });
        Ok((leased.collect(), summary))
    }

    /// Returns what the signer is told: all but the copies.
    pub(in crate::journeys) fn summary(
        &self,
        wanted: &Wanted,
        choice: &Choice,
    ) -> Result<Summary, SigningError> {
        let mut warnings = self.warnings.clone();
        warnings.extend(choice.warnings.iter().cloned());
        let mut name = self.name.clone();
        for one in &choice.chosen {
            name = self.shown_name(one)?;
            if let Some(recorded) = &one.recorded_name
                && nfc(recorded).to_lowercase() != name.to_lowercase()
            {
                let warning = Warning::NameDiffers {
                    recorded: recorded.clone(),
                    certificate: name.clone(),
                };
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
        Ok(Summary {
            seat: wanted.seat.clone(),
            name,
            level: self.level,
            certificate: self.certificate.digest(),
            copies: Vec::new(),
            warnings,
        })
    }

    fn shown_name(&self, chosen: &Chosen) -> Result<String, SigningError> {
        if !self.name.is_empty() {
            return Ok(self.name.clone());
        }
        let recorded = chosen.recorded_name.as_deref().map(nfc);
        recorded.ok_or_else(|| SigningError::NoName {
            seat: chosen.seat.clone(),
        })
    }

    /// Makes the revision that is to be signed, all but the signature.
    pub(in crate::journeys) fn prepare(
        &self,
        office: &Office,
        wanted: &Wanted,
        chosen: &Chosen,
        head: &Head<'_>,
        chain: &Chain,
        algorithm: Algorithm,
    ) -> Result<Prepared, SigningError> {
        let name = self.shown_name(chosen)?;
        let at = now();
        let words = seat_words(&name, &chosen.title, &chosen.party, at);
        let words = drawable(head.bytes(), words).map_err(|source| SigningError::Pdf {
            copy: chosen.copy.clone(),
            source,
        })?;
        let reason = wanted.reason.as_ref().map_or_else(
            || {
                format!(
                    "Undertecknar {} {} för {}",
                    chosen.agreement_name, chosen.version, chosen.party
                )
            },
            Name::to_string,
        );
        let location = wanted.location.as_ref();
        let location = location.or(office.config.signing.location.as_ref());
        let entries = SignatureEntries {
            field: chosen.seat.as_str(),
            signed_at: at,
            name: Some(&name),
            reason: Some(&reason),
            location: location.map(Name::as_str),
            appearance: &lines(&words),
            certifies: false,
            reserve_bytes: 0,
        };
        let prepared = signature::prepare(head, &entries, chain, algorithm, self.level);
        prepared.map_err(|source| SigningError::Copy {
            copy: chosen.copy.clone(),
            source,
        })
    }

    /// Completes revisions whose signature values are there: time-stamps, and more evidence where the
    /// level asks for it. The authorities are asked for several at once.
    pub(in crate::journeys) async fn complete(
        &self,
        work: Vec<(Leased, Vec<u8>, Prepared, Vec<u8>)>,
    ) -> Result<Vec<(Outcome, SignedCopy)>, Error> {
        let complete =
            |(leased, bytes, prepared, value)| self.complete_one(leased, bytes, prepared, value);
        stream::iter(work.into_iter().map(complete))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn complete_one(
        &self,
        leased: Leased,
        bytes: Vec<u8>,
        prepared: Prepared,
        value: Vec<u8>,
    ) -> Result<(Outcome, SignedCopy), Error> {
        let Leased { chosen, lease } = leased;
        let Completed {
            mut bytes,
            mut digest,
            stamped_at,
        } = self
            .tools
            .completed(&chosen.copy, bytes, prepared, &value)
            .await?;
        if self.level >= Level::Lt {
            (bytes, _) = extended(&chosen.copy, bytes, self.level, &self.tools).await?;
            digest = Sha256::of(&bytes);
        }
        let event = Event::Signed(Signed {
            as_role: chosen.role.clone(),
            certificate: self.certificate.digest(),
            copy: chosen.copy.clone(),
            head_after: digest,
            head_before: chosen.head,
            level: self.level,
            seat: chosen.seat.clone(),
            size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            stamped_at,
            standing: chosen.standing,
        });
        let copy = SignedCopy {
            head: digest,
            stamped_at,
            ..chosen.listed()
        };
        let outcome = Outcome {
            agreement: chosen.agreement,
            version: chosen.version,
            form: chosen.form,
            copy: chosen.copy,
            lease,
            bytes,
            event,
            file: chosen.file,
            can_be_confirmed: self.is_trusted,
        };
        Ok((outcome, copy))
    }
}

/// Adds that a copy's signature waits for an officer's word, and why.
fn doubt(warnings: &mut Vec<Warning>, said: &str, copy: &CopyId) {
    for warning in warnings.iter_mut() {
        if let Warning::ToConfirm { copies, why } = warning
            && why == said
        {
            copies.push(copy.clone());
            return;
        }
    }
    warnings.push(Warning::ToConfirm {
        copies: vec![copy.clone()],
        why: said.to_owned(),
    });
}

/// Refuses words for a signature that hold a personal identity number: they go with the file.
fn refuse_personal_numbers(wanted: &Wanted) -> Result<(), SigningError> {
    let words = [("reason", &wanted.reason), ("location", &wanted.location)];
    for (what, text) in words {
        if text
            .as_ref()
            .is_some_and(|text| !personal_numbers(text.as_str()).is_empty())
        {
            return Err(SigningError::PersonalNumber { what });
        }
    }
    Ok(())
}

/// Time-stamps that are asked for at the same time.
const AT_ONCE: usize = 8;
