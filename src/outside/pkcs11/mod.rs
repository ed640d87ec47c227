//! Keys that never leave their token: cards and hardware modules through PKCS#11 v2.40 and later
//! (clauses are those of v3.1).
//!
//! Takes the address of a key, where its PIN comes from and certificates, gives a [`Key`]. One login
//! serves every signature of the run. The PIN is asked for when module and token are found, is given to
//! the token once, and is wiped; only a key that wants it for every signature has it kept. Never
//! writes to a token, never tries a PIN twice, and spends the last try on nothing but what a person
//! types.

mod error;
mod mechanism;
mod token;
mod uri;

use std::path::Path;

use cryptoki::context::Pkcs11;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;

pub use self::error::{DeviceError, Pkcs11Error};
pub use self::uri::{Pkcs11Uri, UriError};

use self::mechanism::Way;
use self::token::PrivateKey;
use super::secret::{Secret, SecretSource};
use crate::signature::{Algorithm, Certificate, Chain, Key, KeyError};

/// A private key on a token that is open.
#[derive(Debug)]
pub struct Pkcs11Key {
    device: Device,
    chain: Chain,
}

/// The open token and how to sign with the key on it.
#[derive(Debug)]
struct Device {
    client: Pkcs11,
    slot: Slot,
    session: Session,
    key: PrivateKey,
    way: Way,
    pin: PerSignature,
}

/// What a key wants besides the one login (PKCS#11 §4.9, `CKA_ALWAYS_AUTHENTICATE`).
#[derive(Debug)]
enum PerSignature {
    Nothing,
    /// The PIN is typed on the device itself.
    OnDevice,
    Pin(Secret),
}

/// What the key signs when it is opened. It is no DER, so it can stand for no signed attributes.
const TRIAL: &[u8] = b"sigill: which certificate is this key's own?";

impl Pkcs11Key {
    /// Opens a key on a token.
    ///
    /// `certificates` are those handed in besides what lies on the token: the key's own is looked for
    /// among them first, then on the token, and issuers among all. `pss` chooses PSS for an RSA key.
    /// The key signs once, to show that it works and which certificate is its own.
    ///
    /// # Errors
    /// [`Pkcs11Error`]: what is not there, with what there is instead; a wrong PIN with what the token
    /// tells of the tries that remain.
    pub fn open(
        uri: &Pkcs11Uri,
        default_module: Option<&Path>,
        pin: &SecretSource,
        certificates: &[Certificate],
        pss: bool,
    ) -> Result<Self, Pkcs11Error> {
        let module = uri.module.as_deref().or(default_module);
        let client = token::load(module.ok_or(Pkcs11Error::NoModule)?)?;
        let slot = token::find(&client, uri)?;
        let session = client.open_ro_session(slot).map_err(token::device)?;
        let pin = token::log_in(&client, slot, &session, pin)?;
        let key = token::find_key(&session, uri, pss)?;
        let offered = client.get_mechanism_list(slot).map_err(token::device)?;
        let way = mechanism::way(key.algorithm, &offered, key.always_authenticate);
        let way = way.ok_or_else(|| Pkcs11Error::NoMechanism {
            key: key.name.clone(),
        })?;
        let pin = match pin {
            _ if !key.always_authenticate => PerSignature::Nothing,
            Some(pin) => PerSignature::Pin(pin),
            None => PerSignature::OnDevice,
        };
        let device = Device {
            client,
            slot,
            session,
            key,
            way,
            pin,
        };
        let chain = device.chain(certificates)?;
        Ok(Self { device, chain })
    }
}

impl Key for Pkcs11Key {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn algorithm(&self) -> Algorithm {
        self.device.key.algorithm
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.device.sign(message)
    }
}

impl Device {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let input = self.way.input(message);
        let raw = match &self.pin {
            PerSignature::Nothing => {
                let mechanism = self.way.mechanism();
                self.session.sign(&mechanism, self.key.handle, &input)
            }
            PerSignature::OnDevice => self.sign_after_login(None, &input)?,
            PerSignature::Pin(pin) => self.sign_after_login(Some(pin), &input)?,
        };
        let raw = raw.map_err(token::device)?;
        self.way.value(raw).ok_or(KeyError::Sign)
    }

    /// Gives the PIN between the beginning and the message, where it counts for one signature.
    fn sign_after_login(
        &self,
        pin: Option<&Secret>,
        input: &[u8],
    ) -> Result<cryptoki::error::Result<Vec<u8>>, KeyError> {
        let session = &self.session;
        session
            .sign_init(&self.way.mechanism(), self.key.handle)
            .map_err(token::device)?;
        token::log_in_as(session, UserType::ContextSpecific, pin)
            .map_err(|error| token::refused(&self.client, self.slot, error))?;
        Ok(session
            .sign_update(input)
            .and_then(|()| session.sign_final()))
    }

    /// Finds the key's own certificate and its issuers.
    fn chain(&self, given: &[Certificate]) -> Result<Chain, KeyError> {
        let on_token = token::certificates(&self.session, &self.key)?;
        let marked = on_token.iter().find(|(is_keys_own, _)| *is_keys_own);
        let expected = given.first().or(marked.map(|(_, certificate)| certificate));
        let expected = expected.map(Certificate::subject);
        let on_token = on_token.into_iter().map(|(_, certificate)| certificate);
        let all: Vec<Certificate> = given.iter().cloned().chain(on_token).collect();
        let value = self.sign(TRIAL)?;
        let own = all
            .iter()
            .find(|certificate| certificate.verifies(self.key.algorithm, TRIAL, &value));
        match (own, expected) {
            (Some(own), _) => Ok(Chain::new(own.clone(), &all)),
            (None, Some(subject)) => Err(KeyError::Mismatch { subject }),
            (None, None) => Err(KeyError::NoCertificate {
                key: self.key.name.clone(),
            }),
        }
    }
}
