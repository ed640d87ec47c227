//! Certificates, tokens, responses and lists, written byte by byte, so that what reads them is not
//! judged by itself.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use chrono::{DateTime, Duration, Utc};
use sha1::Digest as _;

use super::weak::Weak;
use crate::signature::{Anchors, Certificate, Chain, Key, SoftwareKey};

/// The present of all tests.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T14:05:00Z".parse().unwrap()
}

pub(crate) fn days(days: i64) -> Duration {
    Duration::days(days)
}

/// A key of which the bytes are known, too.
pub(crate) enum Pair {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Weak(Weak),
}

impl Pair {
    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub(crate) fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap())
    }

    pub(crate) fn rsa(size: aws_lc_rs::rsa::KeySize) -> Self {
        Self::Rsa(RsaKeyPair::generate(size).unwrap())
    }

    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        use aws_lc_rs::encoding::AsDer;
        match self {
            Self::P256(pair) | Self::P384(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
                der.as_ref().to_vec()
            }
            Self::Weak(_) => unreachable!("weak keys are never handed out"),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) | Self::P384(pair) => {
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Self::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut value)
                    .unwrap();
                value
            }
            Self::Weak(weak) => weak.sign(message),
        }
    }

    pub(crate) fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::P256(_) => sequence(&[oid("1.2.840.10045.4.3.2")]),
            Self::P384(_) => sequence(&[oid("1.2.840.10045.4.3.3")]),
            Self::Rsa(_) => sequence(&[oid("1.2.840.113549.1.1.11"), null()]),
            Self::Weak(weak) => weak.algorithm(),
        }
    }

    fn bits(&self) -> &[u8] {
        match self {
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_ref(),
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Weak(_) => &[],
        }
    }

    fn public_key(&self) -> Vec<u8> {
        let kind = match self {
            Self::P256(_) => [oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")],
            Self::P384(_) => [oid("1.2.840.10045.2.1"), oid("1.3.132.0.34")],
            Self::Rsa(_) => [oid("1.2.840.113549.1.1.1"), null()],
            Self::Weak(weak) => return weak.public_key(),
        };
        sequence(&[sequence(&kind), bit_string(self.bits())])
    }
}

/// Who has a certificate and its key.
pub(crate) struct Holder {
    pub(crate) pair: Pair,
    pub(crate) certificate: Certificate,
}

/// What a certificate is to say.
pub(crate) struct Wanted {
    pub(crate) subject: Vec<u8>,
    pub(crate) serial_number: u8,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Wanted {
    /// A person's certificate for signatures.
    pub(crate) fn person(name: &str) -> Self {
        Self {
            subject: person(&[("2.5.4.6", "SE"), ("2.5.4.3", name)]),
            serial_number: 7,
            not_before: now() - days(100),
            not_after: now() + days(600),
            extensions: vec![key_usage(0xC0)],
        }
    }

    pub(crate) fn authority(name: &str) -> Self {
        let extensions = vec![
            extension("2.5.29.19", true, &sequence(&[tlv(0x01, &[0xFF])])),
            key_usage(0x06),
        ];
        Self {
            extensions,
            ..Self::person(name)
        }
    }

    pub(crate) fn purpose(name: &str, purpose: &str) -> Self {
        let purposes = extension("2.5.29.37", true, &sequence(&[oid(purpose)]));
        Self {
            extensions: vec![key_usage(0x80), purposes],
            ..Self::person(name)
        }
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn numbered(self, serial_number: u8) -> Self {
        Self {
            serial_number,
            ..self
        }
    }

    pub(crate) fn by(self, issuer: &Holder, pair: Pair) -> Holder {
        let certificate = self.signed(&pair, issuer.certificate.subject_der(), &issuer.pair);
        Holder { pair, certificate }
    }

    pub(crate) fn self_issued(self, pair: Pair) -> Holder {
        let name = self.subject.clone();
        let certificate = self.signed(&pair, name, &pair);
        Holder { pair, certificate }
    }

    /// A certificate for a key that has another one already.
    pub(crate) fn for_key(self, pair: &Pair, issuer: &Holder) -> Certificate {
        self.signed(pair, issuer.certificate.subject_der(), &issuer.pair)
    }

    fn signed(self, subject: &Pair, issuer_name: Vec<u8>, issuer: &Pair) -> Certificate {
        let content = sequence(&[
            tlv(0xA0, &integer(&[2])),
            integer(&[self.serial_number]),
            issuer.algorithm(),
            issuer_name,
            sequence(&[time(self.not_before), time(self.not_after)]),
            self.subject,
            subject.public_key(),
            tlv(0xA3, &sequence(&self.extensions)),
        ]);
        Certificate::from_der(&signed(issuer, content)).unwrap()
    }
}

impl Certificate {
    pub(crate) fn subject_der(&self) -> Vec<u8> {
        der::Encode::to_der(&self.parsed().subject).unwrap()
    }
}

/// Root, issuing authority, and who they have issued to.
pub(crate) struct Pki {
    pub(crate) root: Holder,
    pub(crate) issuing: Holder,
    pub(crate) authority: Holder,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = Wanted::authority("Prov Rot").self_issued(Pair::p256());
        let issuing = Wanted::authority("Prov Utfärdare")
            .numbered(2)
            .by(&root, Pair::p256());
        let authority = Wanted::purpose("Prov Tidsstämpling", TIME_STAMPS)
            .numbered(3)
            .by(&issuing, Pair::p256());
        Self {
            root,
            issuing,
            authority,
        }
    }

    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::new(vec![self.root.certificate.clone()]).unwrap()
    }

    pub(crate) fn signer(&self, pair: Pair) -> Holder {
        Wanted::person("Åsa Ärlig-Öberg").by(&self.issuing, pair)
    }

    pub(crate) fn key(&self, holder: &Holder, pss: bool) -> SoftwareKey {
        let pem = [
            pem("PRIVATE KEY", &holder.pair.pkcs8()),
            pem("CERTIFICATE", holder.certificate.der()),
            pem("CERTIFICATE", self.issuing.certificate.der()),
            pem("CERTIFICATE", self.root.certificate.der()),
        ];
        SoftwareKey::from_pem(pem.concat().as_bytes(), None, &[], pss).unwrap()
    }
}

/// What a token is to say.
pub(crate) struct WantedToken {
    pub(crate) imprint: Vec<u8>,
    pub(crate) hash: &'static str,
    pub(crate) nonce: Option<Vec<u8>>,
    pub(crate) gen_time: String,
    pub(crate) version: u8,
    pub(crate) extension: Option<Vec<u8>>,
    /// The digest of the certificate in signing-certificate-v2, `None` for the right one.
    pub(crate) certificate_digest: Option<Vec<u8>>,
    /// With signing-certificate and SHA-1, as before RFC 5816.
    pub(crate) is_old: bool,
    pub(crate) message_digest: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Certificate>,
}

impl WantedToken {
    pub(crate) fn new(imprint: &[u8], nonce: &[u8], pki: &Pki) -> Self {
        Self {
            imprint: imprint.to_vec(),
            hash: SHA256,
            nonce: Some(nonce.to_vec()),
            gen_time: "20261122140501.25Z".to_owned(),
            version: 1,
            extension: None,
            certificate_digest: None,
            is_old: false,
            message_digest: None,
            certificates: vec![
                pki.authority.certificate.clone(),
                pki.issuing.certificate.clone(),
            ],
        }
    }

    pub(crate) fn by(&self, authority: &Holder) -> Vec<u8> {
        let mut info = vec![
            integer(&[self.version]),
            oid("1.2.3.4.1"),
            sequence(&[
                sequence(&[oid(self.hash), null()]),
                tlv(0x04, &self.imprint),
            ]),
            integer(&[0x2A]),
            tlv(0x18, self.gen_time.as_bytes()),
            sequence(&[integer(&[1])]),
        ];
        info.extend(self.nonce.as_ref().map(|nonce| integer(nonce)));
        if let Some(extension) = &self.extension {
            info.push(tlv(0xA1, extension));
        }
        let info = sequence(&info);
        let digest = sha2::Sha256::digest(&info).to_vec();
        let certificate = authority.certificate.der();
        let named = if self.is_old {
            let hash = sha1::Sha1::digest(certificate).to_vec();
            attribute("1.2.840.113549.1.9.16.2.12", &ess(&hash))
        } else {
            let hash = sha2::Sha256::digest(certificate).to_vec();
            let hash = self.certificate_digest.clone().unwrap_or(hash);
            attribute("1.2.840.113549.1.9.16.2.47", &ess(&hash))
        };
        let digest = self.message_digest.clone().unwrap_or(digest);
        let mut attributes = [
            attribute("1.2.840.113549.1.9.3", &oid(TST_INFO)),
            attribute("1.2.840.113549.1.9.4", &tlv(0x04, &digest)),
            named,
        ];
        attributes.sort();
        let attributes = attributes.concat();
        let value = authority.pair.sign(&tlv(0x31, &attributes));
        let signer_info = sequence(&[
            integer(&[1]),
            sequence(&[
                der::Encode::to_der(&authority.certificate.parsed().issuer).unwrap(),
                integer(authority.certificate.parsed().serial_number.as_bytes()),
            ]),
            sequence(&[oid(SHA256)]),
            tlv(0xA0, &attributes),
            authority.pair.algorithm(),
            tlv(0x04, &value),
        ]);
        let certificates: Vec<_> = self
            .certificates
            .iter()
            .map(|one| one.der().to_vec())
            .collect();
        let data = sequence(&[
            integer(&[3]),
            tlv(0x31, &sequence(&[oid(SHA256)])),
            sequence(&[oid(TST_INFO), tlv(0xA0, &tlv(0x04, &info))]),
            tlv(0xA0, &certificates.concat()),
            tlv(0x31, &signer_info),
        ]);
        sequence(&[oid("1.2.840.113549.1.7.2"), tlv(0xA0, &data)])
    }
}

pub(crate) fn granted(token: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[integer(&[0])]), token.to_vec()])
}

fn ess(hash: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[sequence(&[tlv(0x04, hash)])])])
}

fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[oid(kind), tlv(0x31, value)])
}

/// What a responder says of a certificate.
pub(crate) enum Said {
    Good,
    Revoked(DateTime<Utc>),
    Unknown,
}

/// Writes an OCSP response with one answer, good for a day.
pub(crate) fn ocsp_response(
    said: &Said,
    certificate: &Certificate,
    issuer: &Certificate,
    responder: &Holder,
    this_update: DateTime<Utc>,
) -> Vec<u8> {
    let answer = ocsp_answer(said, certificate, issuer, this_update, &[]);
    ocsp_response_of(&[answer], responder, this_update, &[])
}

/// Writes one answer of an OCSP response.
pub(crate) fn ocsp_answer(
    said: &Said,
    certificate: &Certificate,
    issuer: &Certificate,
    this_update: DateTime<Utc>,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let status = match said {
        Said::Good => vec![0x80, 0x00],
        // With the reason key compromise.
        Said::Revoked(at) => tlv(0xA1, &[generalized(*at), tlv(0xA0, &[0x0A, 1, 1])].concat()),
        Said::Unknown => vec![0x82, 0x00],
    };
    let name = der::Encode::to_der(&certificate.parsed().issuer).unwrap();
    let id = sequence(&[
        sequence(&[oid("1.3.14.3.2.26"), null()]),
        tlv(0x04, &sha1::Sha1::digest(name)),
        tlv(0x04, &sha1::Sha1::digest(issuer.public_key_bytes())),
        integer(certificate.parsed().serial_number.as_bytes()),
    ]);
    let mut answer = vec![
        id,
        status,
        generalized(this_update),
        tlv(0xA0, &generalized(this_update + days(1))),
    ];
    if !extensions.is_empty() {
        answer.push(tlv(0xA1, &sequence(extensions)));
    }
    sequence(&answer)
}

/// Writes an OCSP response with these answers and extensions.
pub(crate) fn ocsp_response_of(
    answers: &[Vec<u8>],
    responder: &Holder,
    produced_at: DateTime<Utc>,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let key = sha1::Sha1::digest(responder.certificate.public_key_bytes());
    let mut content = vec![
        tlv(0xA2, &tlv(0x04, &key)),
        generalized(produced_at),
        sequence(answers),
    ];
    if !extensions.is_empty() {
        content.push(tlv(0xA1, &sequence(extensions)));
    }
    let content = sequence(&content);
    let value = responder.pair.sign(&content);
    let basic = sequence(&[
        content,
        responder.pair.algorithm(),
        bit_string(&value),
        tlv(0xA0, &sequence(&[responder.certificate.der().to_vec()])),
    ]);
    let bytes = sequence(&[oid("1.3.6.1.5.5.7.48.1.1"), tlv(0x04, &basic)]);
    sequence(&[tlv(0x0A, &[0]), tlv(0xA0, &bytes)])
}

/// Writes a revocation list: serial numbers with times, and extensions.
pub(crate) fn crl(
    issuer: &Holder,
    revoked: &[(u8, DateTime<Utc>)],
    this_update: DateTime<Utc>,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let entries: Vec<_> = revoked
        .iter()
        .map(|(serial_number, at)| sequence(&[integer(&[*serial_number]), time(*at)]))
        .collect();
    crl_of(issuer, &entries, this_update, extensions)
}

/// Writes a revocation list with these entries and extensions, good for a week.
pub(crate) fn crl_of(
    issuer: &Holder,
    entries: &[Vec<u8>],
    this_update: DateTime<Utc>,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let mut content = vec![
        integer(&[1]),
        issuer.pair.algorithm(),
        issuer.certificate.subject_der(),
        time(this_update),
        time(this_update + days(7)),
    ];
    if !entries.is_empty() {
        content.push(sequence(entries));
    }
    if !extensions.is_empty() {
        content.push(tlv(0xA0, &sequence(extensions)));
    }
    signed(&issuer.pair, sequence(&content))
}

pub(crate) fn signed(pair: &Pair, content: Vec<u8>) -> Vec<u8> {
    let value = pair.sign(&content);
    sequence(&[content, pair.algorithm(), bit_string(&value)])
}

pub(crate) fn extension(kind: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![oid(kind)];
    if critical {
        parts.push(tlv(0x01, &[0xFF]));
    }
    parts.push(tlv(0x04, value));
    sequence(&parts)
}

pub(crate) fn key_usage(bits: u8) -> Vec<u8> {
    let unused = u8::try_from(bits.trailing_zeros()).unwrap();
    extension("2.5.29.15", true, &tlv(0x03, &[unused, bits]))
}

/// An address in authority information access.
pub(crate) fn access(addresses: &[(&str, &str)]) -> Vec<u8> {
    let addresses: Vec<_> = addresses
        .iter()
        .map(|(method, url)| sequence(&[oid(method), tlv(0x86, url.as_bytes())]))
        .collect();
    extension("1.3.6.1.5.5.7.1.1", false, &sequence(&addresses))
}

pub(crate) fn crl_point(url: &str) -> Vec<u8> {
    let point = tlv(0xA0, &tlv(0xA0, &tlv(0x86, url.as_bytes())));
    extension("2.5.29.31", false, &sequence(&[sequence(&[point])]))
}

pub(crate) fn person(attributes: &[(&str, &str)]) -> Vec<u8> {
    let parts: Vec<_> = attributes
        .iter()
        .map(|(kind, text)| tlv(0x31, &sequence(&[oid(kind), tlv(0x0C, text.as_bytes())])))
        .collect();
    sequence(&parts)
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let digits = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

pub(crate) fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let parts: Vec<_> = parts
        .iter()
        .flat_map(|part| part.as_ref().to_vec())
        .collect();
    tlv(0x30, &parts)
}

pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u16::try_from(value.len()).unwrap() {
        length @ ..0x80 => out.push(u8::try_from(length).unwrap()),
        length @ ..0x100 => out.extend([0x81, u8::try_from(length).unwrap()]),
        length => {
            out.push(0x82);
            out.extend(length.to_be_bytes());
        }
    }
    out.extend(value);
    out
}

pub(crate) fn integer(value: &[u8]) -> Vec<u8> {
    tlv(0x02, value)
}

pub(crate) fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

pub(crate) fn bit_string(bits: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bits].concat())
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    let oid = der::asn1::ObjectIdentifier::new(text).unwrap();
    tlv(0x06, oid.as_bytes())
}

pub(crate) fn time(instant: DateTime<Utc>) -> Vec<u8> {
    tlv(0x17, instant.format("%y%m%d%H%M%SZ").to_string().as_bytes())
}

pub(crate) fn generalized(instant: DateTime<Utc>) -> Vec<u8> {
    tlv(0x18, instant.format("%Y%m%d%H%M%SZ").to_string().as_bytes())
}

pub(crate) fn chain_of(key: &SoftwareKey) -> &Chain {
    key.chain()
}

pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const TIME_STAMPS: &str = "1.3.6.1.5.5.7.3.8";
pub(crate) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
pub(crate) const OCSP: &str = "1.3.6.1.5.5.7.48.1";
pub(crate) const ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
