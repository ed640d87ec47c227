//! Signatures made by hand.

use std::cell::Cell;

use crate::pdf;
use crate::signature::HashFunction;
use crate::signature::tests::pki::{Holder, Pki, integer, oid, sequence, tlv};
use crate::signature::tests::signing::{document, sign_with_token};
use crate::validation::Finding;
use crate::validation::cms::{Certificates, Cms, Form, read, read_token};

/// A signature of ours, with the bytes that it covers.
pub(super) struct Own {
    pub(super) contents: Vec<u8>,
    pub(super) covered: Vec<u8>,
}

impl Own {
    pub(super) fn new(pki: &Pki, holder: &Holder) -> Self {
        let file = sign_with_token(&document(), pki, holder, "chair");
        let [signature] = pdf::embedded_signatures(&file).unwrap().try_into().unwrap();
        let [start, length, next, rest] = signature.byte_range;
        Self {
            contents: signature.contents,
            covered: [&file[start..start + length], &file[next..next + rest]].concat(),
        }
    }

    pub(super) fn read(&self, contents: &[u8], form: Form) -> Cms {
        self.read_with(contents, form, &mut Certificates::default())
    }

    pub(super) fn read_with(
        &self,
        contents: &[u8],
        form: Form,
        certificates: &mut Certificates,
    ) -> Cms {
        let mut digests = |hash: HashFunction| hash.digest(&[&self.covered]);
        read(contents, CADES, &mut digests, form, certificates)
    }
}

/// A signature as others write it.
#[derive(Clone)]
pub(super) struct Made<'a> {
    pub(super) holder: &'a Holder,
    pub(super) content_type: &'static str,
    pub(super) content: Option<Vec<u8>>,
    pub(super) certificates: Vec<&'a Holder>,
    pub(super) digest: &'static str,
    pub(super) algorithm: Vec<u8>,
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    pub(super) is_signed_sorted: bool,
    pub(super) is_value_wrong: bool,
    pub(super) signers: usize,
}

impl<'a> Made<'a> {
    pub(super) fn new(holder: &'a Holder) -> Self {
        Self::over(holder, COVERED)
    }

    pub(super) fn over(holder: &'a Holder, content: &[u8]) -> Self {
        let digest = HashFunction::Sha256.digest(&[content]);
        let mut attributes = vec![
            attribute("1.2.840.113549.1.9.3", &oid(DATA)),
            attribute("1.2.840.113549.1.9.4", &tlv(0x04, &digest)),
            attribute("1.2.840.113549.1.9.5", &tlv(0x17, b"261122140501Z")),
        ];
        attributes.sort();
        Self {
            holder,
            content_type: DATA,
            content: None,
            certificates: vec![holder],
            digest: SHA256,
            algorithm: holder.pair.algorithm(),
            attributes: Some(attributes),
            is_signed_sorted: true,
            is_value_wrong: false,
            signers: 1,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let certificate = self.holder.certificate.parsed();
        let mut message = COVERED.to_vec();
        if let Some(attributes) = &self.attributes {
            let mut attributes = attributes.clone();
            if self.is_signed_sorted {
                attributes.sort();
            }
            message = tlv(0x31, &attributes.concat());
        }
        message.extend(self.is_value_wrong.then_some(0));
        let mut info = vec![
            integer(&[1]),
            sequence(&[
                der::Encode::to_der(&certificate.issuer).unwrap(),
                integer(certificate.serial_number.as_bytes()),
            ]),
            sequence(&[oid(self.digest)]),
        ];
        if let Some(attributes) = &self.attributes {
            info.push(tlv(0xA0, &attributes.concat()));
        }
        info.push(self.algorithm.clone());
        info.push(tlv(0x04, &self.holder.pair.sign(&message)));
        let infos = sequence(&info).repeat(self.signers);
        let mut content = vec![oid(self.content_type)];
        if let Some(carried) = &self.content {
            content.push(tlv(0xA0, &tlv(0x04, carried)));
        }
        let certificates = self.certificates.iter();
        let certificates: Vec<_> = certificates.map(|one| one.certificate.der()).collect();
        let data = sequence(&[
            integer(&[1]),
            tlv(0x31, &sequence(&[oid(self.digest)])),
            sequence(&content),
            tlv(0xA0, &certificates.concat()),
            tlv(0x31, &infos),
        ]);
        sequence(&[oid("1.2.840.113549.1.7.2"), tlv(0xA0, &data)])
    }

    pub(super) fn read(&self) -> Cms {
        self.read_as(CADES)
    }

    pub(super) fn read_as(&self, sub_filter: &str) -> Cms {
        Self::read_bytes(&self.bytes(), sub_filter)
    }

    pub(super) fn read_bytes(bytes: &[u8], sub_filter: &str) -> Cms {
        let asked = Cell::new(0);
        let mut digests = |hash: HashFunction| {
            asked.set(asked.get() + 1);
            hash.digest(&[COVERED])
        };
        let mut certificates = Certificates::default();
        let cms = read(
            bytes,
            sub_filter,
            &mut digests,
            Form::Any,
            &mut certificates,
        );
        assert!(asked.get() <= 2);
        cms
    }
}

pub(super) fn over(token: &[u8], content: &[u8]) -> crate::validation::cms::TimeStamp {
    let mut digests = |hash: HashFunction| hash.digest(&[content]);
    read_token(token, &mut digests, &mut Certificates::default())
}

pub(super) fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

pub(super) fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[oid(kind), tlv(0x31, value)])
}

pub(super) fn place(bytes: &[u8], part: &[u8]) -> std::ops::Range<usize> {
    let start = bytes.windows(part.len()).position(|window| window == part);
    let start = start.unwrap();
    start..start + part.len()
}

/// Returns where a value's content begins, and where it ends.
pub(super) fn head(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        short @ 0..=0x7F => (2, 2 + usize::from(short)),
        long => {
            let octets = usize::from(long & 0x7F);
            let length = bytes[2..2 + octets].iter();
            let length = length.fold(0, |length, octet| length * 256 + usize::from(*octet));
            (2 + octets, 2 + octets + length)
        }
    }
}

/// Writes the first levels of a CMS without lengths, and octet strings in pieces.
pub(super) fn indefinite(bytes: &[u8]) -> Vec<u8> {
    pub(super) fn parts(mut bytes: &[u8], depth: usize, out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let (start, end) = head(bytes);
            let content = &bytes[start..end];
            match bytes[0] {
                tag @ (0x30 | 0x31 | 0xA0) if depth < 6 => {
                    // A certificate stays as it is, and so do the attributes that are signed.
                    if depth == 4 || tag == 0xA0 && depth > 2 {
                        out.extend_from_slice(&bytes[..end]);
                    } else {
                        out.extend([tag, 0x80]);
                        parts(content, depth + 1, out);
                        out.extend([0, 0]);
                    }
                }
                0x04 => {
                    let (one, other) = content.split_at(content.len() / 2);
                    out.extend([0x24, 0x80]);
                    out.extend(tlv(0x04, one));
                    out.extend(tlv(0x04, other));
                    out.extend([0, 0]);
                }
                _ => out.extend_from_slice(&bytes[..end]),
            }
            bytes = &bytes[end..];
        }
    }
    let mut out = Vec::new();
    parts(bytes, 0, &mut out);
    out
}

pub(super) const CADES: &str = "ETSI.CAdES.detached";
pub(super) const COVERED: &[u8] = b"%PDF-1.7 all that is covered";
pub(super) const DATA: &str = "1.2.840.113549.1.7.1";
pub(super) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(super) const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub(super) const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
