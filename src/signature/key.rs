//! Keys: what signs, and those that lie in files.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use p12_keystore::Pkcs12Archive;
use pkcs8::EncryptedPrivateKeyInfoRef;

use super::check::LEAST_RSA_BITS;
use super::pem::{self, PemError};
use super::{Algorithm, Certificate, Chain, Error, KeyError, KeyKind, shown};

/// A private key, wherever it is.
pub trait Key: Send {
    /// Returns the certificate of the key, and its issuers as far as they are known.
    fn chain(&self) -> &Chain;

    /// Returns how the key signs.
    fn algorithm(&self) -> Algorithm;

    /// Signs a message, given whole, and returns the value as a CMS carries it: for ECDSA the DER
    /// of `ECDSA-Sig-Value`, for RSA the bytes.
    ///
    /// # Errors
    ///
    /// Fails where the key, or the device it lies in, does.
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A private key in memory, wiped when dropped.
pub struct SoftwareKey {
    pair: Pair,
    chain: Chain,
    algorithm: Algorithm,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl SoftwareKey {
    /// Opens a PKCS#12 file, as OpenSSL and Windows write it: PBES2 with AES, or the older 3DES and
    /// RC2. `more` are certificates from elsewhere. `pss` makes an RSA key sign with PSS.
    ///
    /// # Errors
    ///
    /// Fails for a wrong passphrase, a damaged file, one with no key or several, and for a key
    /// whose certificate is not there or cannot sign.
    pub fn from_pkcs12(
        pkcs12: &[u8],
        passphrase: &str,
        more: &[Certificate],
        pss: bool,
    ) -> Result<Self, KeyError> {
        let archive = Pkcs12Archive::from_pkcs12(pkcs12, passphrase).map_err(pkcs12_error)?;
        let key = match archive.keys.as_slice() {
            [] => {
                return Err(KeyError::NoKey {
                    present: Vec::new(),
                });
            }
            [key] => key,
            several => {
                let name = |key: &p12_keystore::PrivateKeyBag| {
                    let name = key.friendly_name.as_deref();
                    name.map_or_else(|| UNNAMED.to_owned(), shown)
                };
                let names = several.iter().map(name).collect();
                return Err(KeyError::SeveralKeys { names });
            }
        };
        let mut certificates: Vec<_> = archive
            .certs
            .iter()
            .map(|bag| Certificate::from_der(bag.cert.as_der()))
            .collect::<Result<_, _>>()?;
        certificates.extend_from_slice(more);
        Self::new(key.key.as_der(), &certificates, pss)
    }

    /// Opens a key in PEM: PKCS#8, plain or encrypted, SEC1 or PKCS#1. The certificates may stand
    /// in the same file, or be among `more`. `pss` makes an RSA key sign with PSS.
    ///
    /// # Errors
    ///
    /// Fails for a wrong or missing passphrase, a damaged file, one with no key or several, and for
    /// a key whose certificate is not there or cannot sign.
    pub fn from_pem(
        key: &[u8],
        passphrase: Option<&str>,
        more: &[Certificate],
        pss: bool,
    ) -> Result<Self, KeyError> {
        let blocks = pem::blocks(key).map_err(pem_error)?;
        let keys: Vec<_> = blocks
            .iter()
            .filter(|block| block.label.ends_with("PRIVATE KEY"))
            .collect();
        let block = match keys.as_slice() {
            [] => {
                return Err(KeyError::NoKey {
                    present: Vec::new(),
                });
            }
            [block] => block,
            several => {
                let names = several.iter().map(|block| block.label.to_owned()).collect();
                return Err(KeyError::SeveralKeys { names });
            }
        };
        let mut found = super::certificates_from_pem(key)?;
        found.extend_from_slice(more);
        if block.label != "ENCRYPTED PRIVATE KEY" {
            return Self::new(&block.der, &found, pss);
        }
        let passphrase = passphrase.ok_or(KeyError::PassphraseMissing)?;
        let unread = |_| KeyError::Format {
            what: "its encryption is not one that is read",
        };
        let encrypted =
            EncryptedPrivateKeyInfoRef::try_from(block.der.as_slice()).map_err(unread)?;
        // A wrong passphrase gives wrong padding, or bytes that are no key.
        let plain = encrypted
            .decrypt(passphrase)
            .map_err(|_| KeyError::Passphrase)?;
        Self::new(plain.as_bytes(), &found, pss)
    }

    /// Takes a private key in DER and looks for its certificate.
    fn new(key: &[u8], certificates: &[Certificate], pss: bool) -> Result<Self, KeyError> {
        let pair = Pair::from_der(key).map_err(|error| weak_key(certificates).unwrap_or(error))?;
        let public = pair.public_key();
        let Some(signer) = certificates
            .iter()
            .find(|certificate| certificate.public_key_bytes() == public)
        else {
            let other = certificates
                .iter()
                .find(|certificate| !certificate.is_authority());
            return Err(match other.or(certificates.first()) {
                Some(other) => KeyError::Mismatch {
                    subject: other.subject(),
                },
                None => KeyError::NoCertificate {
                    key: pair.kind().to_string(),
                },
            });
        };
        let algorithm = Algorithm::new(signer.key_kind()?, pss)?;
        Ok(Self {
            pair,
            chain: Chain::new(signer.clone(), certificates),
            algorithm,
        })
    }
}

impl Key for SoftwareKey {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => {
                let value = pair.sign(&random, message).map_err(|_| KeyError::Sign)?;
                Ok(value.as_ref().to_vec())
            }
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match self.algorithm {
                    Algorithm::RsaPssSha256 => &signature::RSA_PSS_SHA256,
                    Algorithm::EcdsaP256Sha256
                    | Algorithm::EcdsaP384Sha384
                    | Algorithm::RsaPkcs1Sha256 => &signature::RSA_PKCS1_SHA256,
                };
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut value)
                    .map_err(|_| KeyError::Sign)?;
                Ok(value)
            }
        }
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SoftwareKey({})", self.chain.signer().subject())
    }
}

impl Pair {
    /// Reads a key in PKCS#8, SEC1 or PKCS#1.
    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let curves: [&'static EcdsaSigningAlgorithm; 2] = [
            &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        ];
        for curve in curves {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(curve, der) {
                return Ok(Self::Ecdsa(pair));
            }
        }
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Ok(Self::Rsa(pair));
        }
        if signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).is_ok() {
            return Err(Error::KeyEd25519.into());
        }
        Err(KeyError::Format {
            what: "it is not one for P-256, P-384 or RSA of 2,048 to 8,192 bits",
        })
    }

    /// Returns the public key as the bits of a certificate's.
    fn public_key(&self) -> &[u8] {
        match self {
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
            Self::Rsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Ecdsa(_) => "EC",
            Self::Rsa(_) => "RSA",
        }
    }
}

/// Returns why a key is not read, if its certificate shows it to be a short one.
fn weak_key(certificates: &[Certificate]) -> Option<KeyError> {
    certificates
        .iter()
        .find_map(|certificate| match certificate.key_kind() {
            Ok(KeyKind::Rsa { bits }) if bits < LEAST_RSA_BITS => {
                let subject = certificate.subject();
                let least = LEAST_RSA_BITS;
                Some(
                    Error::KeyWeak {
                        subject,
                        bits,
                        least,
                    }
                    .into(),
                )
            }
            _ => None,
        })
}

fn pem_error(error: PemError) -> KeyError {
    KeyError::Format {
        what: match error {
            PemError::Broken => "its PEM is damaged",
            PemError::OldEncryption => {
                "it is encrypted the old way; `openssl pkcs8 -topk8` writes it anew"
            }
        },
    }
}

fn pkcs12_error(error: p12_keystore::error::Error) -> KeyError {
    use p12_keystore::error::Error as Cause;
    let what = match error {
        // A file without a MAC shows a wrong passphrase by its padding alone.
        Cause::MacError(_) | Cause::Pkcs5Error(_) | Cause::UnpadError => {
            return KeyError::Passphrase;
        }
        Cause::InvalidParameters
        | Cause::UnsupportedEncryptionScheme
        | Cause::UnsupportedMacAlgorithm => "its encryption is not one that is read",
        Cause::DerError(_)
        | Cause::InvalidData
        | Cause::InvalidLength
        | Cause::InvalidPrivateKey
        | Cause::InvalidVersion
        | Cause::IoError(_)
        | Cause::UnsupportedCertificateType
        | Cause::UnsupportedContentType
        | Cause::X509Error(_) => "it is not a PKCS#12 file in order",
    };
    KeyError::Format { what }
}

/// What a key without a name is called.
const UNNAMED: &str = "one without a name";
