//! Finds module, token, key and certificates, and logs in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::{DeviceError, Pkcs11Error, Pkcs11Uri};
use crate::outside::{Secret, SecretSource};
use crate::signature::{Algorithm, Certificate, Error, KeyError, Tries, shown};

/// A private key that can sign.
#[derive(Debug)]
pub(super) struct PrivateKey {
    pub(super) handle: ObjectHandle,
    /// Its label and identifier, for messages.
    pub(super) name: String,
    pub(super) id: Vec<u8>,
    pub(super) algorithm: Algorithm,
    /// It wants the PIN for every signature.
    pub(super) always_authenticate: bool,
}

/// The modules that run. One stays until the process ends: it may have threads of its own, which would
/// go on in code that is no longer there.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// Loads a module and starts it, unless it runs already.
pub(super) fn load(path: &Path) -> Result<Pkcs11, Pkcs11Error> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(client) = modules.get(path) {
        return Ok(client.clone());
    }
    let client = start(path).map_err(|error| Pkcs11Error::Module {
        path: path.to_owned(),
        source: DeviceError::from(error),
    })?;
    modules.insert(path.to_owned(), client.clone());
    Ok(client)
}

fn start(path: &Path) -> cryptoki::error::Result<Pkcs11> {
    let client = Pkcs11::new(path)?;
    match client.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(client),
        Err(error) => Err(error),
    }
}

/// Returns the slot of the one token that the address fits.
pub(super) fn find(client: &Pkcs11, uri: &Pkcs11Uri) -> Result<Slot, Pkcs11Error> {
    let mut fitting = Vec::new();
    let mut present = Vec::new();
    for slot in client.get_slots_with_initialized_token().map_err(device)? {
        let info = client.get_token_info(slot).map_err(device)?;
        let told = format!("{} (slot {})", shown(info.label()), slot.id());
        if fits(uri, slot, &info) {
            fitting.push((slot, told.clone()));
        }
        present.push(told);
    }
    match fitting.as_slice() {
        [] => Err(Pkcs11Error::NoToken { present }),
        [(slot, _)] => Ok(*slot),
        _ => Err(Pkcs11Error::SeveralTokens {
            present: fitting.into_iter().map(|(_, told)| told).collect(),
        }),
    }
}

fn fits(uri: &Pkcs11Uri, slot: Slot, info: &TokenInfo) -> bool {
    let same =
        |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
    same(&uri.token, info.label())
        && same(&uri.manufacturer, info.manufacturer_id())
        && same(&uri.model, info.model())
        && same(&uri.serial, info.serial_number())
        && uri.slot.is_none_or(|wanted| wanted == slot.id())
}

/// Logs in and returns the PIN, `None` where it is typed on the device or not needed.
pub(super) fn log_in(
    client: &Pkcs11,
    slot: Slot,
    session: &Session,
    source: &SecretSource,
) -> Result<Option<Secret>, Pkcs11Error> {
    let info = client.get_token_info(slot).map_err(device)?;
    if !info.login_required() {
        return Ok(None);
    }
    if info.user_pin_locked() {
        return Err(KeyError::PinLocked.into());
    }
    let pin = if info.protected_authentication_path() {
        None
    } else {
        let is_asked = matches!(source, SecretSource::Prompt { .. });
        if info.user_pin_final_try() && !is_asked {
            return Err(Pkcs11Error::LastTry {
                token: shown(info.label()),
            });
        }
        Some(source.read()?)
    };
    match log_in_as(session, UserType::User, pin.as_ref()) {
        // Another key on the token is open already: the login is the whole process's (PKCS#11 §5.6).
        Ok(()) | Err(CryptokiError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(pin),
        Err(CryptokiError::Pkcs11(RvError::PinExpired, _)) => Err(Pkcs11Error::PinExpired {
            token: shown(info.label()),
        }),
        Err(CryptokiError::Pkcs11(RvError::UserPinNotInitialized, _)) => Err(Pkcs11Error::NoPin {
            token: shown(info.label()),
        }),
        Err(error) => Err(refused(client, slot, error).into()),
    }
}

pub(super) fn log_in_as(
    session: &Session,
    user: UserType,
    pin: Option<&Secret>,
) -> Result<(), CryptokiError> {
    // Its memory is wiped as well when it is dropped.
    let pin = pin.map(|pin| AuthPin::from(pin.expose()));
    session.login(user, pin.as_ref())
}

/// Returns why a login failed, with what the token tells of the tries that remain.
pub(super) fn refused(client: &Pkcs11, slot: Slot, error: CryptokiError) -> KeyError {
    let info = client.get_token_info(slot).ok();
    let is_locked = info.as_ref().is_some_and(TokenInfo::user_pin_locked);
    match error {
        CryptokiError::Pkcs11(RvError::PinLocked, _) => KeyError::PinLocked,
        CryptokiError::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        ) if is_locked => KeyError::PinLocked,
        CryptokiError::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        ) => KeyError::PinIncorrect {
            tries: info.map_or(Tries::Unknown, |info| tries(&info)),
        },
        error => device(error),
    }
}

/// PKCS#11 has no count, only two flags (§3.2).
fn tries(info: &TokenInfo) -> Tries {
    if info.user_pin_final_try() {
        Tries::Last
    } else if info.user_pin_count_low() {
        Tries::Few
    } else {
        Tries::Unknown
    }
}

/// Returns the one private key that the address fits.
pub(super) fn find_key(
    session: &Session,
    uri: &Pkcs11Uri,
    pss: bool,
) -> Result<PrivateKey, Pkcs11Error> {
    let mut keys = Vec::new();
    let mut names = Vec::new();
    let private = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
    ];
    for handle in session.find_objects(&private).map_err(device)? {
        let Some(key) = Found::read(session, handle)? else {
            continue;
        };
        let object = uri.object.as_ref();
        let id = uri.id.as_ref();
        names.push(key.name());
        if object.is_none_or(|wanted| *wanted == key.label)
            && id.is_none_or(|wanted| *wanted == key.id)
        {
            keys.push((handle, key));
        }
    }
    if keys.len() > 1 {
        let names = keys.iter().map(|(_, key)| key.name()).collect();
        return Err(KeyError::SeveralKeys { names }.into());
    }
    let (handle, key) = keys.pop().ok_or(KeyError::NoKey { present: names })?;
    Ok(PrivateKey {
        handle,
        name: key.name(),
        algorithm: key.algorithm(pss)?,
        id: key.id,
        always_authenticate: key.always_authenticate,
    })
}

/// Returns the certificates on the token: those with the key's identifier first, newer before older.
pub(super) fn certificates(
    session: &Session,
    key: &PrivateKey,
) -> Result<Vec<(bool, Certificate)>, KeyError> {
    let mut certificates = Vec::new();
    let wanted = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    for handle in session.find_objects(&wanted).map_err(device)? {
        let attributes = [AttributeType::Id, AttributeType::Value];
        let mut is_keys_own = false;
        let mut certificate = None;
        for attribute in session
            .get_attributes(handle, &attributes)
            .map_err(device)?
        {
            match attribute {
                Attribute::Id(id) => is_keys_own = !id.is_empty() && id == key.id,
                // One that cannot be read is not the key's, and not in the way.
                Attribute::Value(der) => certificate = Certificate::from_der(&der).ok(),
                _ => {}
            }
        }
        certificates.extend(certificate.map(|certificate| (is_keys_own, certificate)));
    }
    certificates.sort_by_key(|(is_keys_own, certificate)| {
        std::cmp::Reverse((*is_keys_own, certificate.not_before()))
    });
    Ok(certificates)
}

/// Returns what a module said as the failure of a device.
pub(super) fn device(error: CryptokiError) -> KeyError {
    KeyError::Device(Box::new(DeviceError::from(error)))
}

/// What a token tells of a private key.
#[derive(Debug, Default)]
struct Found {
    label: String,
    id: Vec<u8>,
    kind: Option<KeyType>,
    curve: Vec<u8>,
    signs: bool,
    always_authenticate: bool,
}

impl Found {
    /// Reads a key's attributes, `None` for one that does not sign.
    fn read(session: &Session, handle: ObjectHandle) -> Result<Option<Self>, KeyError> {
        let attributes = [
            AttributeType::AlwaysAuthenticate,
            AttributeType::EcParams,
            AttributeType::Id,
            AttributeType::KeyType,
            AttributeType::Label,
            AttributeType::Sign,
        ];
        let mut key = Self::default();
        for attribute in session
            .get_attributes(handle, &attributes)
            .map_err(device)?
        {
            match attribute {
                Attribute::AlwaysAuthenticate(always) => key.always_authenticate = always,
                Attribute::EcParams(curve) => key.curve = curve,
                Attribute::Id(id) => key.id = id,
                Attribute::KeyType(kind) => key.kind = Some(kind),
                Attribute::Label(label) => {
                    key.label = String::from_utf8_lossy(&label).into_owned();
                }
                Attribute::Sign(signs) => key.signs = signs,
                _ => {}
            }
        }
        Ok(key.signs.then_some(key))
    }

    fn name(&self) -> String {
        format!("{} (id {})", shown(&self.label), hex::encode(&self.id))
    }

    fn algorithm(&self, pss: bool) -> Result<Algorithm, KeyError> {
        match self.kind {
            Some(KeyType::EC) if self.curve == P_256 => Ok(Algorithm::EcdsaP256Sha256),
            Some(KeyType::EC) if self.curve == P_384 => Ok(Algorithm::EcdsaP384Sha384),
            Some(KeyType::RSA) if pss => Ok(Algorithm::RsaPssSha256),
            Some(KeyType::RSA) => Ok(Algorithm::RsaPkcs1Sha256),
            Some(KeyType::EC) => {
                let curve = format!("the curve {}", hex::encode(&self.curve));
                Err(Error::KeyUnsupported(curve).into())
            }
            Some(other) => Err(Error::KeyUnsupported(other.to_string()).into()),
            None => Err(Error::KeyUnsupported("no kind".to_owned()).into()),
        }
    }
}

/// The object identifier 1.2.840.10045.3.1.7 in DER, as `CKA_EC_PARAMS` holds it.
const P_256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The object identifier 1.3.132.0.34 in DER.
const P_384: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
