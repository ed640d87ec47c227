//! Why a copy was not signed, sealed or extended.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::agreement::{CopyId, Level, Role, SeatId};
use crate::calendar::swedish_time;
use crate::journeys::{Error, Kind};
use crate::outside::{AddressError, AttemptError, AuthorityError, Pkcs11Error, SecretError};
use crate::signature::{self, KeyError, TimeStampError};
use crate::{pdf, store};

/// Why a copy was not signed, sealed or extended; file and register stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// An address in sigill.toml is none of an authority.
    #[error("sigill.toml, [time_stamp] authorities: {0}")]
    Address(#[from] AddressError),
    /// The seat is signed.
    #[error("{seat} of {copy} was signed {}", swedish_time(*at))]
    AlreadySigned {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
        /// When it was entered.
        at: DateTime<Utc>,
    },
    /// A file does not hold certificates.
    #[error("{}: {source}", file.display())]
    CertificateFile {
        /// The file.
        file: PathBuf,
        /// Why.
        source: signature::Error,
    },
    /// A signature of a copy cannot be made, or evidence on it cannot be had.
    #[error("{copy}: {source}")]
    Copy {
        /// The copy.
        copy: CopyId,
        /// Why.
        source: signature::Error,
    },
    /// A folder holds no PDF file.
    #[error("the folder {} holds no PDF file", folder.display())]
    EmptyFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The register has the new state of a copy, and its readable file could not be written.
    #[error("{copy} is entered, but its file could not be written: {source}")]
    Entered {
        /// The copy.
        copy: CopyId,
        /// Why.
        source: store::Error,
    },
    /// A file begins with a known copy and goes on with bytes that this office did not write.
    #[error("{}: begins with {copy} and goes on with what this register does not know", file.display())]
    FileGoesOn {
        /// The file.
        file: PathBuf,
        /// The copy.
        copy: CopyId,
    },
    /// A file is the end of another branch than the newest state.
    #[error("{}: {copy} went on elsewhere from an earlier state of it", file.display())]
    Forked {
        /// The file.
        file: PathBuf,
        /// The copy.
        copy: CopyId,
    },
    /// Two files are the same copy.
    #[error("{} and {} are both {copy}", first.display(), second.display())]
    FileTwice {
        /// The copy.
        copy: CopyId,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A file is no copy of this office, or was changed.
    #[error("{}: not a copy in this register, or changed since it was issued", file.display())]
    FileUnknown {
        /// The file.
        file: PathBuf,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key of a file cannot be used.
    #[error("{}: {source}", file.display())]
    KeyFile {
        /// The file.
        file: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// There is nothing to trust.
    #[error(
        "signatories/trust/ holds no certificate, so no time-stamp and no evidence can be trusted"
    )]
    NoAnchors,
    /// No time-stamping authority is set.
    #[error("level {level} needs a time-stamp, and sigill.toml names no time-stamping authority")]
    NoAuthority {
        /// The level asked for.
        level: Level,
    },
    /// Neither the certificate nor the party's file names the signer.
    #[error("the certificate names no person, nor does the file of the party for {seat}")]
    NoName {
        /// The seat.
        seat: SeatId,
    },
    /// A copy that was prepared has no signature value yet.
    #[error("{}: the item of {copy} has no value", file.display())]
    NoValue {
        /// The request file.
        file: PathBuf,
        /// The copy.
        copy: CopyId,
    },
    /// Nothing was issued here.
    #[error("this office has no register yet")]
    NoRegister,
    /// There is no seal.
    #[error("this office has no seal")]
    NoSeal,
    /// The copy has no such seat.
    #[error("{copy} has no seat {seat}")]
    NoSuchSeat {
        /// The copy.
        copy: CopyId,
        /// The seat asked for.
        seat: SeatId,
        /// The seats that it has.
        seats: Vec<SeatId>,
    },
    /// It is known that the signer may not sign in the seat, so the signature could not count.
    #[error("nothing was signed in {seat} of {copy} as {role}: {why}")]
    NotAuthorised {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
        /// The role that the signer would have signed in.
        role: Role,
        /// Why not, a clause.
        why: String,
    },
    /// The file cannot be signed.
    #[error("{copy}: {source}")]
    Pdf {
        /// The copy.
        copy: CopyId,
        /// Why.
        source: pdf::Error,
    },
    /// Words for a signature hold a personal identity number.
    #[error("the {what} holds a personal identity number, which would go with the file")]
    PersonalNumber {
        /// Which words.
        what: &'static str,
    },
    /// The key on a card, a token or an HSM cannot be used.
    #[error(transparent)]
    Pkcs11(#[from] Pkcs11Error),
    /// The file that a request is to be written to is there.
    #[error("{} is there already", file.display())]
    RequestExists {
        /// The file.
        file: PathBuf,
    },
    /// The file of a prepared signing is not what this program wrote.
    #[error("{}: {problem}", file.display())]
    RequestFile {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// The role may not sign in the seat.
    #[error("{role} may not sign in {seat}")]
    Role {
        /// The seat.
        seat: SeatId,
        /// The role asked for.
        role: Role,
        /// The roles that may.
        lawful: Vec<Role>,
    },
    /// Two copies would be written to one file.
    #[error("two of the copies would be written to {}", file.display())]
    SameTarget {
        /// The file.
        file: PathBuf,
    },
    /// The office has a seal.
    #[error("this office has a seal already: {}", file.display())]
    SealExists {
        /// Where.
        file: PathBuf,
    },
    /// The settings of the seal cannot be read.
    #[error("{}: {problem}", file.display())]
    SealFile {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// The key that was to be the seal lies open.
    #[error("{}: the key is not encrypted", file.display())]
    SealOpen {
        /// The file.
        file: PathBuf,
    },
    /// Another seat comes first.
    #[error("{seat} of {copy} is signed after {first}, which is not signed yet")]
    SeatOrder {
        /// The copy.
        copy: CopyId,
        /// The seat asked for.
        seat: SeatId,
        /// The seat that comes first.
        first: SeatId,
    },
    /// The passphrase or PIN could not be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The signature cannot be made.
    #[error(transparent)]
    Signature(#[from] signature::Error),
    /// The passphrase is too short.
    #[error("the passphrase has fewer than {least} characters")]
    ShortPassphrase {
        /// The least number.
        least: usize,
    },
    /// Some of several copies are done, and one failed.
    #[error("{done} of {of} copies are done, then: {source}")]
    Stopped {
        /// The copies that are done.
        done: usize,
        /// All copies.
        of: usize,
        /// Why no more are.
        source: Box<Error>,
    },
    /// Reading a key file.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// No authority gave a time-stamp that holds.
    #[error(transparent)]
    TimeStamp(#[from] AuthorityError),
    /// A signature value is not what it should be.
    #[error("{}: the value {problem}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// The copy is voided.
    #[error("{copy} is voided")]
    Voided {
        /// The copy.
        copy: CopyId,
    },
}

impl SigningError {
    /// Returns an error of one of several copies, with how many were done before it.
    pub(in crate::journeys) fn stopped(source: Error, done: usize, of: usize) -> Error {
        if done == 0 {
            return source;
        }
        let source = Box::new(source);
        Self::Stopped { done, of, source }.into()
    }

    /// Returns the kind, for the exit code.
    #[must_use]
    pub(in crate::journeys) fn kind(&self) -> Kind {
        match self {
            Self::CertificateFile { .. }
            | Self::EmptyFolder { .. }
            | Self::FileTwice { .. }
            | Self::Key(_)
            | Self::KeyFile { .. }
            | Self::NoSuchSeat { .. }
            | Self::NoValue { .. }
            | Self::PersonalNumber { .. }
            | Self::Pkcs11(_)
            | Self::RequestExists { .. }
            | Self::RequestFile { .. }
            | Self::SameTarget { .. }
            | Self::SealOpen { .. }
            | Self::Secret(_)
            | Self::ShortPassphrase { .. }
            | Self::Value { .. } => Kind::User,
            Self::Address(_)
            | Self::NoAnchors
            | Self::NoAuthority { .. }
            | Self::NoSeal
            | Self::SealFile { .. } => Kind::Config,
            Self::AlreadySigned { .. }
            | Self::FileGoesOn { .. }
            | Self::Forked { .. }
            | Self::FileUnknown { .. }
            | Self::NoName { .. }
            | Self::NoRegister
            | Self::NotAuthorised { .. }
            | Self::Pdf { .. }
            | Self::Role { .. }
            | Self::SealExists { .. }
            | Self::SeatOrder { .. }
            | Self::Voided { .. } => Kind::Refused,
            Self::Copy { source, .. } | Self::Signature(source) => match source {
                signature::Error::NoEvidence { .. } => Kind::Outside,
                _ => Kind::Refused,
            },
            Self::Stopped { source, .. } => source.kind(),
            Self::TimeStamp(_) => Kind::Outside,
            Self::Entered { source: error, .. } | Self::Store(error) => {
                crate::journeys::error::store_kind(error)
            }
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub(in crate::journeys) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AlreadySigned { .. } => {
                "nothing is left to do; to sign anew, void the copy and issue another: `sigill generate --reissue`"
            }
            Self::CertificateFile { .. } => {
                "give a PEM file with the certificates, --certificates FILE"
            }
            Self::Copy { source, .. } | Self::Signature(source) => return signature_hint(source),
            Self::Entered { .. } => "`sigill generate` writes it from the store",
            Self::EmptyFolder { .. } => "name the files, or the folder that holds them",
            Self::FileGoesOn { .. } => {
                "a copy signed elsewhere must be received before it is signed here; the newest known file is written by `sigill generate`"
            }
            Self::FileTwice { .. } => "name each copy once",
            Self::FileUnknown { .. } => {
                "`sigill verify FILE` tells more; `sigill generate` writes the copies anew from the store"
            }
            Self::Address(_) => "give an address such as http://tsa.example.se/tsa",
            Self::Key(error) | Self::KeyFile { source: error, .. } => return key_hint(error),
            Self::NoAnchors => {
                "put the root certificate of the time-stamping authority into signatories/trust/ as a .pem file"
            }
            Self::NoAuthority { .. } => {
                "set authorities under [time_stamp] in sigill.toml, or ask for --level B-B: such a signature proves no time"
            }
            Self::NoName { .. } => "record the name in the party's file, [[signatories]]",
            Self::NoRegister => "`sigill generate` issues copies",
            Self::NotAuthorised { seat, .. } => {
                return Some(format!(
                    "name another role with --as, or enter the right to sign with `sigill authorise`; `sigill authorise {} --list` shows who has it",
                    seat.party()
                ));
            }
            Self::NoSeal => {
                "`sigill key seal create` makes one, `sigill key seal import` takes one over"
            }
            Self::NoSuchSeat { seats, .. } => {
                let seats: Vec<&str> = seats.iter().map(SeatId::as_str).take(8).collect();
                return Some(format!("it has {}", seats.join(", ")));
            }
            Self::Pdf { .. } => return None,
            Self::NoValue { .. } => {
                "give it with --value FILE, or write each item's \"value\" into the request, in Base64"
            }
            Self::Pkcs11(Pkcs11Error::Key(error)) => return key_hint(error),
            Self::Pkcs11(Pkcs11Error::Module { .. } | Pkcs11Error::NoModule) => {
                "add ?module-path=FILE to the address, or set pkcs11_module under [signing] in sigill.toml"
            }
            Self::Pkcs11(_) => "`pkcs11-tool --list-objects` shows what a token holds",
            Self::ShortPassphrase { .. } => "choose a longer one and keep it apart from the office",
            Self::PersonalNumber { .. } => "leave it out; a name and a title are enough",
            Self::RequestExists { .. } => {
                "name a new file: a request that is lost cannot be finished"
            }
            Self::SameTarget { .. } => {
                "sign them one after the other, with different --out folders"
            }
            Self::Forked { .. } => {
                "sign the newest file; `sigill generate` writes it from the store"
            }
            Self::RequestFile { .. } => "use the file that `sigill sign prepare` wrote, unchanged",
            Self::Role { lawful, .. } => {
                let lawful: Vec<&str> = lawful.iter().map(Role::as_str).collect();
                return Some(if lawful.is_empty() {
                    "version.toml and the party's [[signing.seats]] admit no common role".to_owned()
                } else {
                    format!("these may, in this order: {}", lawful.join(", "))
                });
            }
            Self::SealExists { .. } => "move it away first; copies that it sealed stay valid",
            Self::SealFile { .. } => {
                "put it back as it was, or move the folder away and make the seal anew: `sigill key seal --help`"
            }
            Self::SealOpen { .. } => {
                "encrypt it first: `openssl pkcs8 -topk8 -in KEY.pem -out ENCRYPTED.pem`"
            }
            Self::SeatOrder { .. } => "version.toml sets this order, [signing] order",
            Self::Secret(_) => {
                "name where it is with --passphrase-env or --passphrase-file; such a file must be yours alone (chmod 600)"
            }
            Self::Stopped { .. } => {
                "those that are done stay so; run the command again, it goes on with the others"
            }
            Self::Store(error) => return crate::journeys::error::store_hint(error),
            Self::TimeStamp(AuthorityError::AllFailed(attempts))
                if attempts.iter().any(|attempt| {
                    matches!(
                        attempt.reason,
                        AttemptError::Token(TimeStampError::Untrusted { .. })
                    )
                }) =>
            {
                "nothing was signed; name another authority in sigill.toml, or put the root certificate of this one into signatories/trust/ if the office trusts it"
            }
            Self::TimeStamp(_) => {
                "nothing was signed; try again later, or name another authority in sigill.toml"
            }
            Self::Value { .. } => {
                "it is the signature over the digest in the request, as bytes or in Base64"
            }
            Self::Voided { .. } => {
                "sign the copy that replaced it; `sigill status` lists the copies"
            }
        };
        Some(hint.to_owned())
    }
}

fn key_hint(error: &KeyError) -> Option<String> {
    let hint = match error {
        KeyError::Certificate(error) => return signature_hint(error),
        KeyError::Mismatch { .. } => "give the certificate of this key",
        KeyError::NoCertificate { .. } => "give the certificate with --certificates FILE",
        KeyError::Passphrase | KeyError::PassphraseMissing => "nothing was signed; try again",
        KeyError::PinIncorrect { .. } => {
            "nothing was signed; make sure of the PIN before the next try, a token locks itself"
        }
        KeyError::PinLocked => "whoever issued the card or token can unlock it",
        KeyError::SeveralKeys { .. } => "name one of them, object=… in a PKCS#11 address",
        KeyError::Format { .. } => "give a PKCS#12 (.p12, .pfx) or PEM file with the private key",
        KeyError::NoKey { present } if present.is_empty() => {
            "give the file or the token that holds the private key"
        }
        KeyError::NoKey { .. } => "name one of them, object=… in a PKCS#11 address",
        KeyError::Device(_) | KeyError::Sign => return None,
    };
    Some(hint.to_owned())
}

fn signature_hint(error: &signature::Error) -> Option<String> {
    let hint = match error {
        signature::Error::CertificateAuthority { .. }
        | signature::Error::KeyUsage { .. }
        | signature::Error::Purpose { .. } => "use a certificate that was issued for signing",
        signature::Error::Expired { .. } | signature::Error::NotYetValid { .. } => {
            "use a valid certificate; is this machine's clock right?"
        }
        signature::Error::KeyEd25519
        | signature::Error::KeyUnsupported(_)
        | signature::Error::KeyWeak { .. } => {
            "use a key of P-256, P-384 or RSA with 3072 bits or more"
        }
        signature::Error::NoEvidence { tried, .. } if tried.is_empty() => {
            "nothing was changed; stay at B-T, or sign with a certificate whose issuer tells what it has revoked"
        }
        signature::Error::NoEvidence { .. } => {
            "nothing was changed; try again when the issuer answers, or stay at B-T"
        }
        signature::Error::OtherHead { .. } | signature::Error::PreparedChanged => {
            "prepare the signature again"
        }
        signature::Error::Pdf(pdf::Error::ContentsSize { .. }) => {
            "nothing was changed; the time-stamp is larger than any usual one: name another authority in sigill.toml"
        }
        signature::Error::Revoked { .. } => {
            "nothing was changed; the signer needs a new certificate"
        }
        signature::Error::Untrusted { .. } => {
            "put the root certificate that the office trusts into signatories/trust/ as a .pem file"
        }
        signature::Error::TokenSize { .. } => {
            "nothing was signed; name another authority first in sigill.toml"
        }
        signature::Error::TokenTime { .. } => {
            "nothing was signed; use a certificate that is valid now"
        }
        signature::Error::WrongSignature { .. } => {
            "sign the digest of this request, with the key of the certificate that it was prepared for"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
