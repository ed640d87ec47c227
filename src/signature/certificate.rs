//! Certificates of X.509 (RFC 5280), kept with their bytes.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use der::asn1::{BmpString, Ia5StringRef, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use der::oid::AssociatedOid;
use der::oid::db::{rfc4519, rfc5280};
use der::{Any, Decode, Encode, Reader, SliceReader, Tag, Tagged};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::algorithm::{self, KeyKind};
use super::asn1::{self, SignedBytes};
use super::shown::HIDDEN;
use super::{
    Algorithm, AlgorithmFault, Error, HashFunction, SignatureAlgorithm, SignedContent, shown,
};
use crate::agreement::Sha256;

/// A certificate: what it says, and the bytes that say it.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    ///
    /// Fails for bytes that are not one certificate in DER, and for a certificate whose key usage,
    /// purposes or basic constraints cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |_| Error::Malformed {
            what: "certificate",
        };
        let parsed = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let certificate = Self {
            der: der.to_vec(),
            parsed,
        };
        certificate.check_form()?;
        Ok(certificate)
    }

    /// Returns the certificate's bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns the certificate as text in PEM (RFC 7468 §5).
    #[must_use]
    pub fn to_pem(&self) -> String {
        use der::pem::{LineEnding, encode_string};
        encode_string("CERTIFICATE", LineEnding::LF, &self.der).unwrap_or_default()
    }

    /// Returns the digest of the certificate's bytes.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.der)
    }

    /// Returns what its subject is called, as [`super::shown`] shows it: the common name, else given
    /// name and surname, else the organisation, else [`Certificate::subject`].
    #[must_use]
    pub fn subject_name(&self) -> String {
        if let Some(name) = self.subject_value(rfc4519::COMMON_NAME) {
            return name;
        }
        let given = self.subject_value(rfc4519::GIVEN_NAME);
        let names: Vec<_> = given
            .into_iter()
            .chain(self.subject_value(rfc4519::SURNAME))
            .collect();
        if !names.is_empty() {
            return names.join(" ");
        }
        self.subject_value(rfc4519::ORGANIZATION_NAME)
            .unwrap_or_else(|| self.subject())
    }

    /// Returns the subject's distinguished name for messages, in the form of RFC 4514.
    ///
    /// A serial number (2.5.4.5) is shown as `…`: for a person it is a personal number. In other
    /// attributes such numbers, and characters that deceive, are left out as [`super::shown`] does.
    #[must_use]
    pub fn subject(&self) -> String {
        text_of(&self.parsed.tbs_certificate.subject)
    }

    /// Returns the issuer's distinguished name, as [`Certificate::subject`] does.
    #[must_use]
    pub fn issuer(&self) -> String {
        text_of(&self.parsed.tbs_certificate.issuer)
    }

    /// Returns the values of the subject's attributes of a type, as they stand in the certificate.
    ///
    /// For comparing only: they may hold personal identity numbers and characters that deceive.
    pub fn subject_values(&self, kind: ObjectIdentifier) -> impl Iterator<Item = String> + '_ {
        let subject = &self.parsed.tbs_certificate.subject;
        subject
            .0
            .iter()
            .flat_map(|part| part.0.iter())
            .filter(move |attribute| attribute.oid == kind)
            .filter_map(|attribute| string(&attribute.value))
    }

    /// Returns the first instant of its validity.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        let validity = &self.parsed.tbs_certificate.validity;
        asn1::instant(validity.not_before.to_unix_duration())
    }

    /// Returns the last instant of its validity.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        let validity = &self.parsed.tbs_certificate.validity;
        asn1::instant(validity.not_after.to_unix_duration())
    }

    /// Tells whether its subject issued it itself.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        let content = &self.parsed.tbs_certificate;
        content.issuer == content.subject
    }

    /// Returns every text that it says of its subject, for a search for personal numbers: the
    /// subject's attributes, the alternative names, and the authentication context of Swedish
    /// signing services (RFC 7773). Whatever in these looks like a string is taken for one.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        names(&self.parsed.tbs_certificate.subject, &mut texts);
        for kind in [
            rfc5280::ID_CE_SUBJECT_ALT_NAME,
            rfc5280::ID_CE_SUBJECT_DIRECTORY_ATTRIBUTES,
            AUTHENTICATION_CONTEXT,
        ] {
            if let Some(value) = self.extension_bytes(kind) {
                strings(value, 0, &mut texts);
            }
        }
        texts
    }

    /// Returns the addresses of OCSP responders (RFC 5280 §4.2.2.1).
    #[must_use]
    pub fn ocsp_urls(&self) -> Vec<String> {
        self.access_urls(rfc5280::ID_AD_OCSP)
    }

    /// Returns the addresses of the issuer's certificate (RFC 5280 §4.2.2.1).
    #[must_use]
    pub fn issuer_urls(&self) -> Vec<String> {
        self.access_urls(rfc5280::ID_AD_CA_ISSUERS)
    }

    /// Returns the addresses of revocation lists that are complete and by the issuer itself
    /// (RFC 5280 §4.2.1.13).
    #[must_use]
    pub fn crl_urls(&self) -> Vec<String> {
        let points: Option<CrlDistributionPoints> = self.extension();
        points
            .into_iter()
            .flat_map(|points| points.0)
            .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none())
            .filter_map(|point| point.distribution_point)
            .flat_map(urls)
            .collect()
    }

    /// Returns what kind of key it certifies.
    ///
    /// # Errors
    ///
    /// Fails for kinds that are not told apart, and names them.
    pub fn key_kind(&self) -> Result<KeyKind, Error> {
        KeyKind::of(self.public_key())
    }

    /// Returns the algorithm with which this certificate's key signed a certificate or a revocation
    /// list, whatever names they bear; `None` if it did not, and if the algorithm is not known. Whether it
    /// is good enough is another question.
    #[must_use]
    pub fn signed_with(&self, signed: &[u8]) -> Option<SignatureAlgorithm> {
        let signed = SignedBytes::from_der(signed).ok()?;
        let found = SignatureAlgorithm::read(self.public_key(), &signed.algorithm, None).ok()?;
        let content = signed.content.to_der().ok()?;
        let value = signed.signature.as_bytes()?;
        let message = SignedContent::Message(&content);
        found
            .verifies(self.public_key(), message, value)
            .then_some(found)
    }

    /// Returns the algorithm of a signature that this certificate's key may have made, from the
    /// identifier beside the value and the hash function that the content was hashed with.
    ///
    /// # Errors
    ///
    /// Fails for what is not known and for what does not fit the key.
    pub(crate) fn signature_algorithm(
        &self,
        identifier: &AlgorithmIdentifierOwned,
        digest: Option<HashFunction>,
    ) -> Result<SignatureAlgorithm, AlgorithmFault> {
        SignatureAlgorithm::read(self.public_key(), identifier, digest)
    }

    /// Tells whether a value is right under the key of this certificate and an algorithm of
    /// [`Certificate::signature_algorithm`].
    pub(crate) fn has_made(
        &self,
        algorithm: SignatureAlgorithm,
        signed: SignedContent<'_>,
        value: &[u8],
    ) -> bool {
        algorithm.verifies(self.public_key(), signed, value)
    }

    /// Tells whether the certificate bears that issuer, a name in DER, and that serial number, the
    /// value of an INTEGER.
    pub(crate) fn is_numbered(&self, issuer: &[u8], serial: &[u8]) -> bool {
        let issuer = Name::from_der(issuer);
        self.has_serial(serial) && issuer.is_ok_and(|issuer| issuer == self.parsed().issuer)
    }

    /// Tells whether it has that serial number, the value of an INTEGER.
    pub(crate) fn has_serial(&self, serial: &[u8]) -> bool {
        self.parsed().serial_number.as_bytes() == serial
    }

    /// Tells whether the value signs the message, with the key of this certificate.
    #[must_use]
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], value: &[u8]) -> bool {
        algorithm.verify(self.public_key(), message, value)
    }

    pub(crate) fn parsed(&self) -> &x509_cert::TbsCertificate {
        &self.parsed.tbs_certificate
    }

    pub(crate) fn public_key(&self) -> &SubjectPublicKeyInfoOwned {
        &self.parsed.tbs_certificate.subject_public_key_info
    }

    /// Returns the bits of the public key: a point, or an RSA key in DER.
    pub(crate) fn public_key_bytes(&self) -> &[u8] {
        let key = self.public_key().subject_public_key.as_bytes();
        key.unwrap_or_default()
    }

    /// Tells whether the other certificate's key signed this one, under the other's name.
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        if self.parsed().issuer != issuer.parsed().subject {
            return false;
        }
        SignedBytes::from_der(&self.der).is_ok_and(|signed| issuer.has_signed(&signed))
    }

    /// Tells whether this certificate's key signed a certificate or a list.
    pub(crate) fn has_signed(&self, signed: &SignedBytes) -> bool {
        let (Ok(content), Some(value)) = (signed.content.to_der(), signed.signature.as_bytes())
        else {
            return false;
        };
        algorithm::is_signed(self.public_key(), &signed.algorithm, None, &content, value)
    }

    /// Returns the identifier that the certificate gives its key (RFC 5280 §4.2.1.2).
    pub(crate) fn key_identifier(&self) -> Option<Vec<u8>> {
        let identifier: SubjectKeyIdentifier = self.extension()?;
        Some(identifier.0.as_bytes().to_vec())
    }

    pub(crate) fn is_authority(&self) -> bool {
        let constraints: Option<BasicConstraints> = self.extension();
        constraints.is_some_and(|constraints| constraints.ca)
    }

    pub(crate) fn key_usage(&self) -> Option<KeyUsage> {
        self.extension()
    }

    /// Returns the purposes of its key, and whether they are critical.
    pub(crate) fn purposes(&self) -> Option<(Vec<ObjectIdentifier>, bool)> {
        let extensions = self.parsed().extensions.as_ref()?;
        let extension = extensions
            .iter()
            .find(|extension| extension.extn_id == ExtendedKeyUsage::OID)?;
        let purposes = ExtendedKeyUsage::from_der(extension.extn_value.as_bytes()).ok()?;
        Some((purposes.0, extension.critical))
    }

    /// Tells whether it has a critical extension besides these.
    pub(crate) fn is_critical_besides(&self, known: &[ObjectIdentifier]) -> bool {
        let mut extensions = self.parsed().extensions.iter().flatten();
        extensions.any(|found| found.critical && !known.contains(&found.extn_id))
    }

    pub(crate) fn has_extension(&self, kind: ObjectIdentifier) -> bool {
        self.extension_bytes(kind).is_some()
    }

    fn subject_value(&self, kind: ObjectIdentifier) -> Option<String> {
        self.subject_values(kind)
            .next()
            .map(|text| shown(&text))
            .filter(|text| !text.trim().is_empty() && text != HIDDEN)
    }

    fn access_urls(&self, method: ObjectIdentifier) -> Vec<String> {
        let access: Option<AuthorityInfoAccessSyntax> = self.extension();
        access
            .into_iter()
            .flat_map(|access| access.0)
            .filter(|access| access.access_method == method)
            .filter_map(|access| url(access.access_location))
            .collect()
    }

    /// Refuses what a reader may not pass over: extensions that limit a key are permissions where
    /// they are missing, so one that cannot be read must not count as missing.
    fn check_form(&self) -> Result<(), Error> {
        let malformed = |what| Err(Error::Malformed { what });
        // RFC 5280 §4.1.1.2.
        if self.parsed.signature_algorithm != self.parsed().signature {
            return malformed("signature algorithm of a certificate");
        }
        // RFC 5280 §4.2: none occurs twice.
        let extensions = self.parsed().extensions.as_deref().unwrap_or_default();
        let kinds: BTreeSet<_> = extensions.iter().map(|found| found.extn_id).collect();
        if kinds.len() != extensions.len() {
            return malformed("list of extensions of a certificate");
        }
        if !self.is_readable::<BasicConstraints>() {
            return malformed("basic constraints of a certificate");
        }
        if !self.is_readable::<KeyUsage>() {
            return malformed("key usage of a certificate");
        }
        // RFC 5280 §4.2.1.12: one purpose at least.
        let purposes = self.purposes().is_some_and(|(all, _)| !all.is_empty());
        if self.has_extension(ExtendedKeyUsage::OID) && !purposes {
            return malformed("extended key usage of a certificate");
        }
        Ok(())
    }

    /// Tells whether an extension is missing or in order.
    fn is_readable<T: AssociatedOid + for<'a> Decode<'a>>(&self) -> bool {
        let bytes = self.extension_bytes(T::OID);
        bytes.is_none_or(|bytes| T::from_der(bytes).is_ok())
    }

    /// Returns an extension, `None` where it is missing or not in order.
    fn extension<T: AssociatedOid + for<'a> Decode<'a>>(&self) -> Option<T> {
        T::from_der(self.extension_bytes(T::OID)?).ok()
    }

    /// Returns what an extension holds, as it came.
    pub(crate) fn extension_bytes(&self, kind: ObjectIdentifier) -> Option<&[u8]> {
        let extensions = self.parsed.tbs_certificate.extensions.as_ref()?;
        let extension = extensions.iter().find(|found| found.extn_id == kind)?;
        Some(extension.extn_value.as_bytes())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// Returns a distinguished name as text: last part first, as RFC 4514 §2.1 asks.
fn text_of(name: &Name) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in name.0.iter().rev() {
        let attributes: Vec<_> = part
            .0
            .iter()
            .map(|attribute| {
                let value = if attribute.oid == rfc4519::SERIAL_NUMBER {
                    HIDDEN.to_owned()
                } else {
                    string(&attribute.value)
                        .map_or_else(|| "#".to_owned(), |text| escaped(&shown(&text)))
                };
                format!("{}={value}", key(attribute.oid))
            })
            .collect();
        parts.push(attributes.join("+"));
    }
    parts.join(",")
}

/// Escapes a value as RFC 4514 §2.4 asks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn key(kind: ObjectIdentifier) -> String {
    KEYS.iter()
        .find(|(known, _)| *known == kind)
        .map_or_else(|| kind.to_string(), |(_, key)| (*key).to_owned())
}

fn names(name: &Name, texts: &mut Vec<String>) {
    for attribute in name.0.iter().flat_map(|part| part.0.iter()) {
        texts.extend(string(&attribute.value));
    }
}

/// Returns the text of a string type of X.520.
fn string(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String => {
            let text: Utf8StringRef<'_> = value.decode_as().ok()?;
            Some(text.as_str().to_owned())
        }
        Tag::PrintableString => {
            let text: PrintableStringRef<'_> = value.decode_as().ok()?;
            Some(text.as_str().to_owned())
        }
        Tag::Ia5String => {
            let text: Ia5StringRef<'_> = value.decode_as().ok()?;
            Some(text.as_str().to_owned())
        }
        Tag::BmpString => {
            let text: BmpString = value.decode_as().ok()?;
            Some(text.to_string())
        }
        // Read as ISO 8859-1, as everybody does.
        Tag::TeletexString => Some(value.value().iter().copied().map(char::from).collect()),
        _ => None,
    }
}

/// Adds the strings in a value of any type, however deep: a form of name that is not read must not
/// hide a number.
pub(super) fn strings(bytes: &[u8], depth: usize, texts: &mut Vec<String>) {
    let Ok(mut reader) = SliceReader::new(bytes) else {
        return;
    };
    while let Ok(value) = reader.decode::<Any>() {
        let holds_more = value.tag().is_constructed() || value.tag() == Tag::OctetString;
        if holds_more && depth < MAX_DEPTH {
            strings(value.value(), depth.saturating_add(1), texts);
        } else if let Some(text) = string(&value) {
            texts.push(text);
        } else if matches!(value.tag(), Tag::ContextSpecific { .. }) {
            // Tagged implicitly, so that the type is not seen: an address of mail, say.
            texts.extend(String::from_utf8(value.value().to_vec()).ok());
        }
        if reader.is_finished() {
            return;
        }
    }
}

/// Returns the addresses of a distribution point.
pub(super) fn urls(point: DistributionPointName) -> impl Iterator<Item = String> {
    let names = match point {
        DistributionPointName::FullName(names) => names,
        DistributionPointName::NameRelativeToCRLIssuer(_) => Vec::new(),
    };
    names.into_iter().filter_map(url)
}

fn url(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(text) => Some(text.to_string()),
        GeneralName::DirectoryName(_)
        | GeneralName::DnsName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::IpAddress(_)
        | GeneralName::OtherName(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Rfc822Name(_) => None,
    }
}

/// The short keys of RFC 4514 §3, and the names of X.520 that certificates of persons have.
const KEYS: [(ObjectIdentifier, &str); 12] = [
    (rfc4519::COMMON_NAME, "CN"),
    (rfc4519::COUNTRY_NAME, "C"),
    (rfc4519::DOMAIN_COMPONENT, "DC"),
    (rfc4519::GIVEN_NAME, "givenName"),
    (rfc4519::LOCALITY_NAME, "L"),
    (rfc4519::ORGANIZATION_NAME, "O"),
    (rfc4519::ORGANIZATIONAL_UNIT_NAME, "OU"),
    (rfc4519::SERIAL_NUMBER, "serialNumber"),
    (rfc4519::SURNAME, "surname"),
    (rfc4519::TITLE, "title"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (
        ObjectIdentifier::new_unwrap("2.5.4.97"),
        "organizationIdentifier",
    ),
];

/// More levels than any name has.
const MAX_DEPTH: usize = 12;

/// `id-ce-authContext` (RFC 7773 §2).
const AUTHENTICATION_CONTEXT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.752.201.5.1");
