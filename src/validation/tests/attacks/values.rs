//! Signature values and the CMS around them, wrong in one place each.

use super::cms::{WantedCms, attribute, stamped};
use super::raw::{Hand, Raw, last};
use super::stage::{SIGNED, Stage, widget};
use super::{Attack, Case};
use crate::agreement::Sha256;
use crate::signature::tests::pki::{
    Holder, Pair, Wanted, WantedToken, days, now, oid, sequence, time, tlv,
};

pub(super) const CASES: &[Case] = &[
    ("cms_two_signers", |s| cms(s, |wanted| wanted.signers = 2)),
    ("cms_no_signer", |s| cms(s, |wanted| wanted.signers = 0)),
    ("cms_digest_wrong", |s| {
        cms(s, |wanted| wanted.digest[0] ^= 1)
    }),
    ("cms_digest_short", |s| {
        cms(s, |wanted| wanted.digest.truncate(20))
    }),
    ("cms_value_wrong", |s| {
        cms(s, |wanted| wanted.is_flipped = true)
    }),
    ("cms_without_attributes", |s| {
        cms(s, |wanted| wanted.is_attributed = false)
    }),
    ("cms_attributes_changed", |s| {
        cms(s, |wanted| {
            wanted.tamper = |attributes| {
                let at = attributes.len() - 1;
                attributes[at] ^= 1;
            };
        })
    }),
    ("cms_certificate_named_wrong", |s| {
        cms(s, |wanted| {
            wanted.certificate_digest = Some(vec![0x5A; 32]);
        })
    }),
    ("cms_certificate_not_named", |s| {
        cms(s, |wanted| wanted.names_certificate = false)
    }),
    ("cms_content_type_wrong", |s| {
        cms(s, |wanted| wanted.content_type = "1.2.840.113549.1.7.2")
    }),
    ("cms_signing_time", |s| {
        cms(s, |wanted| {
            wanted
                .attributes
                .push(attribute("1.2.840.113549.1.9.5", &time(now() - days(900))));
        })
    }),
    ("cms_digest_twice", |s| {
        cms(s, |wanted| {
            wanted
                .attributes
                .push(attribute("1.2.840.113549.1.9.4", &tlv(0x04, &[0; 32])));
        })
    }),
    ("cms_content_type_twice", |s| {
        cms(s, |wanted| {
            wanted.attributes.push(attribute(
                "1.2.840.113549.1.9.3",
                &oid("1.2.840.113549.1.7.2"),
            ));
        })
    }),
    ("cms_content_inside", |s| {
        cms(s, |wanted| wanted.content = Some(b"another text".to_vec()))
    }),
    ("cms_content_inside_signed", |s| {
        cms(s, |wanted| {
            // The digest is the inner content's, not the document's.
            wanted.digest = Sha256::of(b"another text").as_bytes().to_vec();
            wanted.content = Some(b"another text".to_vec());
        })
    }),
    ("cms_without_certificates", |s| {
        cms(s, |wanted| wanted.certificates.clear())
    }),
    ("cms_without_signers_certificate", |s| {
        cms(s, |wanted| drop(wanted.certificates.remove(0)))
    }),
    ("cms_signer_named_like_another", |s| {
        // The forger's certificate has the signer's issuer and serial number, but is not by that issuer.
        let forger = Wanted::person("Åsa Ärlig-Öberg").numbered(10);
        let fake = Wanted::authority("Prov Utfärdare").self_issued(Pair::p256());
        let forger = forger.by(&fake, Pair::p256());
        let hand = Hand::new(move |covered| {
            let wanted = WantedCms::new(covered, &[&forger, &s.signers[0], &s.pki.issuing]);
            wanted.by(&forger, |_| Vec::new())
        });
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("cms_by_another_key", |s| {
        let forger = Holder {
            pair: Pair::p256(),
            certificate: s.signers[0].certificate.clone(),
        };
        Raw::on(&s.base).sign(widget(0), &s.hand(&forger)).into()
    }),
    ("cms_hash_not_that_of_the_value", |s| {
        cms(s, |wanted| {
            wanted.hash = super::cms::SHA1;
            wanted.digest.truncate(20);
        })
    }),
    ("cms_hash_unknown", |s| {
        cms(s, |wanted| wanted.hash = "1.2.3.4.5")
    }),
    ("cms_is_empty", |s| raw_cms(s, |_| vec![0x30, 0])),
    ("cms_is_not_one", |s| {
        raw_cms(s, |_| sequence(&[oid("1.2.840.113549.1.7.1")]))
    }),
    ("cms_cut_short", |s| {
        raw_cms(s, |mut cms| {
            cms.truncate(cms.len() - 9);
            cms
        })
    }),
    ("cms_length_too_long", |s| {
        raw_cms(s, |mut cms| {
            cms[3] = cms[3].wrapping_add(9);
            cms
        })
    }),
    ("cms_length_huge", |s| {
        raw_cms(s, |_| vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x06])
    }),
    ("cms_nested_deeply", |s| {
        raw_cms(s, |_| [0x30, 0x80].repeat(2_900))
    }),
    ("cms_signers_certificate_changed", |s| {
        let name = s.signers[0].certificate.subject_name();
        altered(&s.one, &hex::encode_upper(name), 1)
    }),
    ("cms_issuers_certificate_changed", |s| {
        // Twice: the issuer in the signer's certificate, and the subject in its own.
        let der = s.pki.issuing.certificate.der();
        let tail = hex::encode_upper(&der[der.len() - 12..]);
        altered(&s.one, &tail, 23)
    }),
    ("unsigned_token_over_another_value", |s| {
        token(s, |wanted| wanted.imprint[0] ^= 1)
    }),
    ("unsigned_token_digest_wrong", |s| {
        token(s, |wanted| wanted.message_digest = Some(vec![0; 32]))
    }),
    ("unsigned_token_certificate_wrong", |s| {
        token(s, |wanted| {
            wanted.certificate_digest = Some(vec![0; 32]);
        })
    }),
    ("unsigned_token_without_certificate", |s| {
        token(s, |wanted| wanted.certificates.clear())
    }),
    ("unsigned_token_is_garbage", |s| {
        unsigned(s, |_, _| stamped(&[0x30, 3, 2, 1, 5]))
    }),
    ("unsigned_token_of_the_document", |s| {
        unsigned(s, |s, covered| {
            // Over the document instead of the value.
            stamped(
                &s.token(Sha256::of(covered).as_bytes(), SIGNED)
                    .by(&s.pki.authority),
            )
        })
    }),
    ("unsigned_attribute_with_a_second_signature", |s| {
        unsigned(s, |_, _| {
            vec![attribute(
                "1.2.840.113549.1.9.6",
                &sequence(&[oid("1.2.3")]),
            )]
        })
    }),
];

fn cms(stage: &Stage, change: impl Fn(&mut WantedCms)) -> Attack {
    let hand = stage.hand_with(&stage.signers[0], change);
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

/// Changes the bytes of a lawful CMS.
fn raw_cms(stage: &Stage, change: fn(Vec<u8>) -> Vec<u8>) -> Attack {
    let signer = &stage.signers[0];
    let hand = Hand::new(move |covered| {
        let wanted = WantedCms::new(covered, &[signer, &stage.pki.issuing]);
        change(wanted.by(signer, |_| Vec::new()))
    });
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

fn token(stage: &Stage, change: fn(&mut WantedToken)) -> Attack {
    let hand = stage.hand_stamped(&stage.signers[0], change);
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

fn unsigned(stage: &Stage, make: fn(&Stage, &[u8]) -> Vec<Vec<u8>>) -> Attack {
    let signer = &stage.signers[0];
    let hand = Hand::new(move |covered| {
        let wanted = WantedCms::new(covered, &[signer, &stage.pki.issuing]);
        wanted.by(signer, |_| make(stage, covered))
    });
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

/// Changes one digit of the last such digits.
fn altered(file: &[u8], digits: &str, at: usize) -> Attack {
    let mut file = file.to_vec();
    let at = last(&file, digits) + at;
    file[at] = if file[at] == b'0' { b'1' } else { b'0' };
    file.into()
}
