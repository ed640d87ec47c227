//! The way through one file: read it, compare its revisions, verify its signatures, ask whom to trust,
//! and conclude.

use super::changes::{self, FormAnswer, Own, SignatureChanges};
use super::cms::{self, Cms, TimeStamp};
use super::conclude;
use super::digests::Digests;
use super::issued;
use super::trusted;
use super::{
    Conclusion, Finding, Input, Integrity, Issued, Question, Severity, SubIndication, Verdict,
};
use crate::agreement::Sha256;
use crate::pdf::{self, History, Object, SignatureKind, SignatureView};
use crate::signature::HashFunction;

/// One signature on its way to a verdict.
pub(super) struct Examined<'h> {
    pub(super) view: SignatureView<'h>,
    pub(super) changes: SignatureChanges,
    pub(super) content: Content,
}

/// What stands in `/Contents`.
pub(super) enum Content {
    /// A signature.
    Signature(Box<Cms>),
    /// A document time-stamp.
    Stamp(Box<TimeStamp>),
    /// Nothing that could be read.
    Nothing,
}

/// Judges a file.
///
/// Never fails: what cannot be read is a verdict too.
#[must_use]
pub fn examine(bytes: &[u8], input: &Input<'_>) -> Verdict {
    let mut verdict = Verdict {
        format: Verdict::FORMAT,
        sha256: Sha256::of(bytes),
        size_bytes: bytes.len(),
        judged_at: input.at,
        conclusion: Conclusion::failed(SubIndication::FormatFailure),
        integrity: Integrity::ParseError,
        trust: None,
        identity: issued::identify(bytes, input.issued),
        completeness: None,
        revisions: 0,
        signatures: Vec::new(),
        findings: Vec::new(),
        wanted: Vec::new(),
    };
    match History::read(bytes) {
        Ok(history) => read(bytes, &history, input, &mut verdict),
        Err(error) => verdict.findings.push(unreadable(&error)),
    }
    conclude::conclude(&mut verdict, input);
    verdict
}

fn read(bytes: &[u8], history: &History<'_>, input: &Input<'_>, verdict: &mut Verdict) {
    verdict.revisions = history.revisions().len();
    let views = match history.newest().signatures() {
        Ok(views) => views,
        Err(error) => {
            verdict.findings.push(unreadable(&error));
            return;
        }
    };
    if views.len() > MAX_SIGNATURES {
        verdict.findings.push(unreadable(&pdf::Error::TooMany {
            what: "signatures",
            limit: MAX_SIGNATURES,
        }));
        return;
    }
    let seats: Vec<String> = match input.issued {
        Issued::Copy(copy) => copy.seats.iter().map(|seat| seat.id.to_string()).collect(),
        Issued::NotAsked | Issued::Unknown => Vec::new(),
    };
    let own = match input.issued {
        Issued::Copy(copy) if issued::has_base(bytes, copy) => Some(Own {
            base_size: copy.base.size_bytes,
            seats: &seats,
            seal_field: &copy.seal_field,
        }),
        Issued::Copy(_) | Issued::NotAsked | Issued::Unknown => None,
    };
    let judged = changes::judge(history, &views, own.as_ref());
    verdict.findings.extend(judged.findings);
    let covered = judged.signatures.iter().map(|one| one.covered.clone());
    let mut digests = Digests::new(bytes, covered.collect());
    let form = if own.is_some() {
        cms::Form::Own
    } else {
        cms::Form::Any
    };
    let mut certificates = cms::Certificates::default();
    let mut examined = Vec::new();
    for (place, (view, changes)) in views.into_iter().zip(judged.signatures).enumerate() {
        let mut digest = |hash| digests.of(place, hash);
        let content = content(&view, &mut digest, form, &mut certificates);
        examined.push(Examined {
            view,
            changes,
            content,
        });
    }
    verdict.integrity = examined
        .iter()
        .map(Examined::integrity)
        .min()
        .unwrap_or(Integrity::NoSignature);
    trusted::judge(history, &examined, &mut certificates, input, verdict);
}

pub(super) fn content(
    view: &SignatureView<'_>,
    digest: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    form: cms::Form,
    certificates: &mut cms::Certificates,
) -> Content {
    let Some(contents) = view.contents_bytes.as_deref() else {
        return Content::Nothing;
    };
    let sub_filter = match view.dict.value("SubFilter") {
        Some(Object::Name(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => String::new(),
    };
    if view.kind == SignatureKind::TimeStamp || sub_filter == DOCUMENT_TIME_STAMP {
        return Content::Stamp(Box::new(cms::read_token(contents, digest, certificates)));
    }
    if sub_filter == PLAIN {
        let chain = match view.dict.value("Cert") {
            Some(Object::String(der)) => vec![der.clone()],
            Some(Object::Array(all)) => all
                .iter()
                .filter_map(|one| match one {
                    Object::String(der) => Some(der.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let cms = cms::read_plain(contents, &chain, digest, certificates);
        return Content::Signature(Box::new(cms));
    }
    let mut cms = cms::read(contents, &sub_filter, digest, form, certificates);
    let is_form_alone = cms.faults.iter().all(|fault| fault.code == "own_form");
    if is_form_alone && !cms.faults.is_empty() {
        // Another tool signs our copies too: lawfully, and told.
        let other = cms::read(contents, &sub_filter, digest, cms::Form::Any, certificates);
        if other.faults.is_empty() {
            cms = other;
            cms.notes.push(other_form());
        }
    }
    Content::Signature(Box::new(cms))
}

impl Examined<'_> {
    /// Returns the signature's own integrity.
    pub(super) fn integrity(&self) -> Integrity {
        if self.changes.form != FormAnswer::Ok || !self.is_value_right() {
            Integrity::Broken
        } else if self.changes.is_modified {
            Integrity::Modified
        } else {
            Integrity::Ok
        }
    }

    fn is_value_right(&self) -> bool {
        match &self.content {
            Content::Nothing => false,
            Content::Signature(cms) => cms.faults.is_empty(),
            Content::Stamp(stamp) => stamp.faults.is_empty(),
        }
    }
}

fn other_form() -> Finding {
    Finding::new(
        Question::Integrity,
        Severity::Warning,
        "other_form",
        "Underskriften är inte av den form som detta kontors program skriver.",
        "The signature is not of the form that this office's program writes.",
    )
}

fn unreadable(error: &pdf::Error) -> Finding {
    Finding::new(
        Question::Integrity,
        Severity::Fault,
        "unreadable",
        format!("Filen kan inte läsas på ett enda sätt ({error})."),
        format!("The file cannot be read in one way only: {error}."),
    )
    .advising(
        "Be avsändaren om filen igen, utan att den öppnas och sparas i ett annat program.",
        "Ask the sender for the file again, without opening and saving it in another program.",
    )
}

/// Signatures of one file; a joint copy for some hundred parties has a few hundred.
const MAX_SIGNATURES: usize = 2_000;

/// The kind of a document time-stamp (ISO 32000-2 §12.8.5).
const DOCUMENT_TIME_STAMP: &str = "ETSI.RFC3161";

/// The kind of a signature without CMS (ISO 32000-1 §12.8.3.2).
const PLAIN: &str = "adbe.x509.rsa_sha1";
