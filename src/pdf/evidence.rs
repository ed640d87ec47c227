//! The document security store (ISO 32000-2 §12.8.4.3, ETSI EN 319 142-1 §5.4).

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use sha1::{Digest, Sha1};

use super::Error;
use super::append::Append;
use super::document::Document;
use super::object::{Dict, Object, Reference, Stream};
use super::stream;

/// What a document security store holds, or is to hold; each item is DER.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// Certificates (`/Certs`).
    pub certificates: Vec<Vec<u8>>,
    /// Certificate revocation lists (`/CRLs`).
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses (`/OCSPs`).
    pub ocsp_responses: Vec<Vec<u8>>,
    /// What of it concerns which signature (`/VRI`).
    pub signatures: Vec<SignatureEvidence>,
}

/// What of the evidence concerns one signature, as indices into the lists of [`Evidence`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignatureEvidence {
    /// The signature that it is about.
    pub key: EvidenceKey,
    /// Indices of certificates.
    pub certificates: Vec<usize>,
    /// Indices of certificate revocation lists.
    pub crls: Vec<usize>,
    /// Indices of OCSP responses.
    pub ocsp_responses: Vec<usize>,
}

/// The name under which a store has a signature's evidence: SHA-1 over the decoded `/Contents`
/// with its padding (ISO 32000-2 Table 261).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EvidenceKey([u8; 20]);

impl EvidenceKey {
    /// Makes the key of the signature with these contents, decoded and with their padding.
    pub fn new(contents: &[u8]) -> Self {
        Self(Sha1::digest(contents).into())
    }

    fn parse(name: &[u8]) -> Option<Self> {
        let mut key = [0; 20];
        hex::decode_to_slice(name, &mut key).ok()?;
        Some(Self(key))
    }
}

impl Display for EvidenceKey {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

/// Which of the three lists an item is in.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Certificate,
    Crl,
    Ocsp,
}

const KINDS: [Kind; 3] = [Kind::Certificate, Kind::Crl, Kind::Ocsp];

impl Kind {
    /// The key of the list in the store.
    fn store_key(self) -> &'static str {
        match self {
            Kind::Certificate => "Certs",
            Kind::Crl => "CRLs",
            Kind::Ocsp => "OCSPs",
        }
    }

    /// The key of the list in a signature's entry.
    fn entry_key(self) -> &'static str {
        match self {
            Kind::Certificate => "Cert",
            Kind::Crl => "CRL",
            Kind::Ocsp => "OCSP",
        }
    }
}

impl Evidence {
    fn items(&self, kind: Kind) -> &Vec<Vec<u8>> {
        match kind {
            Kind::Certificate => &self.certificates,
            Kind::Crl => &self.crls,
            Kind::Ocsp => &self.ocsp_responses,
        }
    }

    fn items_mut(&mut self, kind: Kind) -> &mut Vec<Vec<u8>> {
        match kind {
            Kind::Certificate => &mut self.certificates,
            Kind::Crl => &mut self.crls,
            Kind::Ocsp => &mut self.ocsp_responses,
        }
    }
}

impl SignatureEvidence {
    fn indices(&self, kind: Kind) -> &Vec<usize> {
        match kind {
            Kind::Certificate => &self.certificates,
            Kind::Crl => &self.crls,
            Kind::Ocsp => &self.ocsp_responses,
        }
    }

    fn indices_mut(&mut self, kind: Kind) -> &mut Vec<usize> {
        match kind {
            Kind::Certificate => &mut self.certificates,
            Kind::Crl => &mut self.crls,
            Kind::Ocsp => &mut self.ocsp_responses,
        }
    }
}

pub(super) fn evidence(pdf: &[u8]) -> Result<Evidence, Error> {
    read(&Document::open(pdf)?)
}

/// Returns what the store of an open document holds.
pub(super) fn read(document: &Document<'_>) -> Result<Evidence, Error> {
    Ok(Store::read(document)?.evidence)
}

pub(super) fn evidence_update(pdf: &[u8], evidence: &Evidence) -> Result<Option<Vec<u8>>, Error> {
    let document = Document::open(pdf)?;
    let mut append = Append::new(&document)?;
    let mut store = Store::read(&document)?;
    let mut is_changed = false;

    // Streams first: what a list names is then known.
    let mut references: BTreeMap<(Kind, usize), Reference> = BTreeMap::new();
    // What is written can be read again.
    let mut size = store.size;
    let mut count = KINDS.iter().map(|kind| store.references(*kind).len()).sum();
    for kind in KINDS {
        let mut held: BTreeMap<&[u8], Reference> = BTreeMap::new();
        for (item, reference) in store
            .evidence
            .items(kind)
            .iter()
            .zip(store.references(kind))
        {
            held.entry(item).or_insert(*reference);
        }
        let mut added = Vec::new();
        for (index, der) in evidence.items(kind).iter().enumerate() {
            let reference = match held.get(der.as_slice()) {
                Some(reference) => *reference,
                None => {
                    size = size.saturating_add(der.len());
                    count = usize::saturating_add(count, 1);
                    check_size(der.len(), size, count)?;
                    let reference = append.add(&item(der))?;
                    held.insert(der, reference);
                    added.push(reference);
                    reference
                }
            };
            references.insert((kind, index), reference);
        }
        is_changed |= !added.is_empty();
        let mut list = document.array(store.holder, &store.dict, kind.store_key())?;
        list.extend(added.into_iter().map(Object::Reference));
        if !list.is_empty() {
            store.dict.set(kind.store_key(), Object::Array(list));
        }
    }

    let mut entries = document
        .dict(store.holder, &store.dict, "VRI")?
        .unwrap_or_default();
    let names: Vec<String> = evidence
        .signatures
        .iter()
        .map(|signature| signature.key.to_string())
        .collect();
    for (signature, name) in evidence.signatures.iter().zip(&names) {
        // An entry never changes: a validator may take that for an attack.
        let is_empty = KINDS.iter().all(|kind| signature.indices(*kind).is_empty());
        if is_empty || entries.value(name).is_some() {
            continue;
        }
        let mut entry: Dict<'_> = [("Type", Object::name("VRI"))].into_iter().collect();
        for kind in KINDS {
            let mut list: Vec<Object<'_>> = Vec::new();
            for &index in signature.indices(kind) {
                let found = references.get(&(kind, index));
                let reference = *found.ok_or(Error::EvidenceIndex {
                    index,
                    count: evidence.items(kind).len(),
                })?;
                if !list.contains(&Object::Reference(reference)) {
                    list.push(Object::Reference(reference));
                }
            }
            if !list.is_empty() {
                entry.set(kind.entry_key(), Object::Array(list));
            }
        }
        let entry = append.add(&Object::Dict(entry))?;
        entries.set(name, Object::Reference(entry));
        is_changed = true;
    }
    if !is_changed {
        return Ok(None);
    }
    if entries.iter().next().is_some() {
        store.dict.set("VRI", Object::Dict(entries));
    }

    match store.reference {
        Some(reference) => append.write(reference, &Object::Dict(store.dict)),
        None => {
            let reference = append.add(&Object::Dict(store.dict))?;
            let (root, mut catalog) = document.catalog()?;
            catalog.set("DSS", Object::Reference(reference));
            append.write(root, &Object::Dict(catalog));
        }
    }
    Ok(Some(append.finish()))
}

/// Makes an item's stream; DER of keys and signatures hardly packs, so it is not.
fn item(der: &[u8]) -> Object<'_> {
    let length = i64::try_from(der.len()).unwrap_or(i64::MAX);
    Object::Stream(Stream {
        dict: [("Length", Object::Integer(length))].into_iter().collect(),
        data: der,
    })
}

/// The store as it stands in a file.
struct Store<'a> {
    /// Where it stands, unless there is none or it stands in the catalog itself.
    reference: Option<Reference>,
    /// The object that holds it.
    holder: u32,
    dict: Dict<'a>,
    evidence: Evidence,
    /// The stream of each item, by kind, in the order of the evidence.
    references: [Vec<Reference>; 3],
    /// Bytes of all items so far.
    size: usize,
}

impl<'a> Store<'a> {
    fn read(document: &Document<'a>) -> Result<Self, Error> {
        let (root, catalog) = document.catalog()?;
        let reference = catalog.value("DSS").and_then(Object::reference);
        let dict = document.dict(root.number, &catalog, "DSS")?;
        let mut store = Self {
            reference,
            holder: reference.map_or(root.number, |reference| reference.number),
            dict: dict.unwrap_or_else(|| [("Type", Object::name("DSS"))].into_iter().collect()),
            evidence: Evidence::default(),
            references: Default::default(),
            size: 0,
        };
        let mut known = BTreeMap::new();
        for kind in KINDS {
            for item in document.array(store.holder, &store.dict, kind.store_key())? {
                store.take(document, kind, store.holder, &item, &mut known)?;
            }
        }
        let entries = document.dict(store.holder, &store.dict, "VRI")?;
        for (name, entry) in entries.unwrap_or_default().iter() {
            let wrong = |what, expected| Error::Malformed {
                object: store.holder,
                what,
                expected,
            };
            let key = EvidenceKey::parse(name);
            let key = key.ok_or_else(|| wrong("a key in /VRI", "40 hexadecimal digits"))?;
            let Object::Dict(entry) = document.resolve(entry)?.into_owned() else {
                return Err(wrong("a value in /VRI", "a dictionary"));
            };
            let mut signature = SignatureEvidence {
                key,
                certificates: Vec::new(),
                crls: Vec::new(),
                ocsp_responses: Vec::new(),
            };
            for kind in KINDS {
                for item in document.array(store.holder, &entry, kind.entry_key())? {
                    let index = store.take(document, kind, store.holder, &item, &mut known)?;
                    signature.indices_mut(kind).push(index);
                }
            }
            store.evidence.signatures.push(signature);
        }
        Ok(store)
    }

    fn references(&self, kind: Kind) -> &Vec<Reference> {
        let [certificates, crls, ocsps] = &self.references;
        match kind {
            Kind::Certificate => certificates,
            Kind::Crl => crls,
            Kind::Ocsp => ocsps,
        }
    }

    /// Reads an item, if it is not known already, and returns its index.
    fn take(
        &mut self,
        document: &Document<'a>,
        kind: Kind,
        holder: u32,
        item: &Object<'a>,
        known: &mut BTreeMap<(Kind, Reference), usize>,
    ) -> Result<usize, Error> {
        let reference = item.reference().ok_or(Error::Malformed {
            object: holder,
            what: "an item of the security store",
            expected: "a reference",
        })?;
        let key = (kind, reference);
        if let Some(index) = known.get(&key) {
            return Ok(*index);
        }
        let found = document.stream(reference)?;
        let der = stream::decode(document, reference.number, &found, MAX_ITEM_BYTES)?;
        self.size = self.size.saturating_add(der.len());
        check_size(der.len(), self.size, known.len().saturating_add(1))?;
        let index = self.evidence.items(kind).len();
        self.evidence.items_mut(kind).push(der);
        let [certificates, crls, ocsps] = &mut self.references;
        match kind {
            Kind::Certificate => certificates.push(reference),
            Kind::Crl => crls.push(reference),
            Kind::Ocsp => ocsps.push(reference),
        }
        known.insert(key, index);
        Ok(index)
    }
}

/// Refuses an item of a store that makes it too large: the item's bytes, and the bytes and number of
/// all items with it.
fn check_size(item: usize, all: usize, count: usize) -> Result<(), Error> {
    let limits = [
        (count, MAX_ITEMS, "items of the security store"),
        (
            item,
            MAX_ITEM_BYTES,
            "bytes in an item of the security store",
        ),
        (all, MAX_STORE_BYTES, "bytes in the security store"),
    ];
    let exceeded = limits.into_iter().find(|(found, limit, _)| found > limit);
    exceeded.map_or(Ok(()), |(_, limit, what)| {
        Err(Error::TooMany { what, limit })
    })
}

/// Items of a store; a joint copy with time-stamps has some hundreds.
const MAX_ITEMS: usize = 10_000;

/// Bytes of one item: as many as a revocation list may have that is fetched, see `signature`.
const MAX_ITEM_BYTES: usize = 10 << 20;

/// Bytes of all items together.
const MAX_STORE_BYTES: usize = 64 << 20;
