use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::Digest as _;

use super::*;

/// A register's key as `signed_note` makes it, of a seed.
pub(super) fn key(seed: u8) -> (String, String) {
    signed_note::generate_key(&mut Seeded(seed), &format!("sigill-{seed:08x}"))
}

struct Seeded(u8);

impl rand_core::RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        u32::from(self.0)
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.0)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for Seeded {}

fn head() -> TreeHead {
    TreeHead {
        size: 20_852_163,
        root: Sha256::of(b"root"),
    }
}

fn noon() -> DateTime<Utc> {
    "2024-03-01T12:00:00Z".parse().unwrap()
}

fn signed() -> (String, String) {
    let (secret, public) = key(1);
    let note = sign_checkpoint("sigill-00000001", &head(), &secret).unwrap();
    (note, public)
}

#[test]
fn a_checkpoint_is_signed_over_its_text_and_comes_back() {
    let (note, public) = signed();
    let opened = open_checkpoint(&note, &public).unwrap();
    assert_eq!(opened.head, head());
    assert_eq!(opened.origin, "sigill-00000001");
    assert_eq!(read_checkpoint(&note).unwrap(), opened);

    // By hand, after C2SP signed-note: the text, an empty line, an em dash, the key's name, its id and
    // the signature.
    let root = BASE64.encode(head().root.as_bytes());
    let text = format!("sigill-00000001\n20852163\n{root}\n");
    let key = SigningKey::from_bytes(&[1; 32]);
    let mut id = sha2::Sha256::new();
    id.update(b"sigill-00000001\n\x01");
    id.update(key.verifying_key().as_bytes());
    let mut value = id.finalize()[..4].to_vec();
    value.extend_from_slice(&key.sign(text.as_bytes()).to_bytes());
    let by_hand = format!(
        "{text}\n\u{2014} sigill-00000001 {}\n",
        BASE64.encode(value)
    );
    assert_eq!(note, by_hand);
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_told() {
    let (note, public) = signed();
    let (other_secret, other) = key(2);
    let refused = |note: &str, key: &str| open_checkpoint(note, key).unwrap_err();
    assert!(matches!(
        refused(&note, &other),
        CheckpointError::AnotherKey { .. }
    ));
    assert!(matches!(
        refused(&note, "sigill"),
        CheckpointError::Key { .. }
    ));
    let changed = note.replace("20852163", "20852164");
    assert!(matches!(
        refused(&changed, &public),
        CheckpointError::Signature { .. }
    ));
    let origin = sign_checkpoint("sigill-00000001", &head(), &other_secret).unwrap_err();
    assert!(matches!(origin, CheckpointError::Origin { .. }), "{origin}");
    for malformed in [
        "",
        "\n\n",
        "sigill\n1\n",
        &note.replace("\n\n", "\n"),
        &note.replace("20852163", "020852163"),
        &note.replace("20852163", "18446744073709551615"),
        &note.replace("20852163", "99999999999999999999999"),
        &note.replace("20852163\n", "20852163\nextra\n"),
        &format!("{note}x"),
        &note.repeat(5000),
    ] {
        let error = refused(malformed, &public);
        assert!(
            matches!(error, CheckpointError::Malformed { .. }),
            "{malformed}: {error}"
        );
    }

    // A register whose key signs under another register's name.
    let mut signer = signed_note::Note::new(
        b"another\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        &[],
    )
    .unwrap();
    let (secret, public) = key(1);
    signer
        .add_sigs(&[&signed_note::StandardSigner::new(&secret).unwrap()])
        .unwrap();
    let note = String::from_utf8(signer.to_bytes()).unwrap();
    assert!(matches!(
        refused(&note, &public),
        CheckpointError::Origin { .. }
    ));
}

#[test]
fn a_signer_shows_only_its_name_and_fits_its_public_key() {
    let (secret, public) = key(1);
    let signer = CheckpointSigner::parse(&secret).unwrap();
    assert_eq!(
        format!("{signer:?}"),
        r#"CheckpointSigner("sigill-00000001")"#
    );
    assert!(signer.fits(&public));
    assert!(!signer.fits(&key(2).1));
    assert!(!signer.fits("nonsense"));
    let error = CheckpointSigner::parse(&public).unwrap_err().to_string();
    assert!(!error.contains(&public), "no key in an error");
}

#[test]
fn a_cosignature_is_what_the_standard_says() {
    let (note, public) = signed();
    let (secret, witness) = generate_witness_key("vittne.example/w1", [7; 32]).unwrap();
    let cosigned = cosign(&note, &secret, noon()).unwrap();
    assert!(open_checkpoint(&cosigned, &public).is_ok());
    let expected = Cosignature {
        name: "vittne.example/w1".to_owned(),
        at: noon(),
    };
    assert_eq!(cosignatures(&cosigned, &[&witness]), [expected]);

    // By hand: key id, timestamp and signature over header, time and the note's text.
    let line = cosigned.lines().last().unwrap();
    let value = line.strip_prefix("\u{2014} vittne.example/w1 ").unwrap();
    let value = BASE64.decode(value).unwrap();
    assert_eq!(value.len(), 4 + 8 + 64);
    let key = VerifyingKey::from(&SigningKey::from_bytes(&[7; 32]));
    let mut id = sha2::Sha256::new();
    id.update(b"vittne.example/w1\n\x04");
    id.update(key.as_bytes());
    assert_eq!(value[..4], id.finalize()[..4]);
    assert_eq!(value[4..12], 1_709_294_400_u64.to_be_bytes());
    let text = note.split_once("\n\n").unwrap().0;
    let message = format!("cosignature/v1\ntime 1709294400\n{text}\n");
    let signature = Signature::from_slice(&value[12..]).unwrap();
    key.verify_strict(message.as_bytes(), &signature).unwrap();
    // The public key's own form: name, id, and the key after the byte of its algorithm.
    let material = BASE64.decode(witness.rsplit_once('+').unwrap().1).unwrap();
    assert_eq!(material[0], 4);
    assert_eq!(&material[1..], key.as_bytes());
}

/// The vectors of another implementation: the cosigned checkpoint that stands in the standard's text.
#[test]
fn the_example_of_the_standard_can_be_read() {
    let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let read = read_checkpoint(note).unwrap();
    assert_eq!(read.origin, "example.com/behind-the-sofa");
    assert_eq!(read.head.size, 20_852_163);
}

#[test]
fn only_cosignatures_that_verify_count_and_each_key_once() {
    let (note, public) = signed();
    let witnesses: Vec<(String, String)> = (1..=3)
        .map(|seed| generate_witness_key(&format!("w{seed}"), [seed; 32]).unwrap())
        .collect();
    let mut cosigned = note.clone();
    for (secret, _) in &witnesses {
        cosigned = cosign(&cosigned, secret, noon()).unwrap();
    }
    let keys: Vec<&str> = witnesses
        .iter()
        .map(|(_, public)| public.as_str())
        .collect();
    assert_eq!(cosignatures(&cosigned, &keys).len(), 3);
    assert_eq!(cosignatures(&cosigned, &[keys[1], keys[1]]).len(), 1);
    assert_eq!(cosignatures(&note, &keys), []);
    assert_eq!(cosignatures("nonsense", &keys), []);
    assert_eq!(cosignatures::<&str>(&cosigned, &[]), []);
    assert_eq!(cosignatures(&cosigned, &["nonsense", public.as_str()]), []);

    // One key under two names is one witness.
    let (secret, renamed) = generate_witness_key("w1-again", [1; 32]).unwrap();
    let twice = cosign(&cosigned, &secret, noon()).unwrap();
    assert_eq!(cosignatures(&twice, &[keys[0], &renamed]).len(), 1);

    // Cosigning again replaces; another's time does not fit the signature.
    let later = noon() + chrono::TimeDelta::hours(1);
    let again = cosign(&cosigned, &witnesses[0].0, later).unwrap();
    assert_eq!(again.lines().count(), cosigned.lines().count());
    assert_eq!(cosignatures(&again, &keys[..1])[0].at, later);

    // The line of one checkpoint under another proves nothing.
    let (secret, _) = key(1);
    let other = TreeHead { size: 5, ..head() };
    let other = sign_checkpoint("sigill-00000001", &other, &secret).unwrap();
    let moved = format!("{other}{}\n", cosigned.lines().last().unwrap());
    assert!(open_checkpoint(&moved, &public).is_ok());
    assert_eq!(cosignatures(&moved, &keys), []);
}

#[test]
fn keys_of_the_wrong_kind_sign_nothing() {
    let (note, _) = signed();
    let (register, _) = key(1);
    for wrong in ["", "PRIVATE+KEY+", "PRIVATE+KEY+w+00000000+BA==", &register] {
        assert!(cosign(&note, wrong, noon()).is_err(), "{wrong}");
    }
    let (secret, _) = generate_witness_key("w", [1; 32]).unwrap();
    assert!(cosign("nonsense", &secret, noon()).is_err());
    let before = "1969-12-31T23:59:59Z".parse().unwrap();
    assert!(matches!(
        cosign(&note, &secret, before),
        Err(CheckpointError::Time { .. })
    ));
    for name in ["", "two words", "a+b", "a\u{7}"] {
        assert!(generate_witness_key(name, [1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn cosigned_notes_of_one_checkpoint_are_merged() {
    let (note, public) = signed();
    let [(one, one_key), (two, two_key)] =
        [1, 2].map(|seed| generate_witness_key(&format!("w{seed}"), [seed; 32]).unwrap());
    let first = cosign(&note, &one, noon()).unwrap();
    let second = cosign(&note, &two, noon()).unwrap();
    let merged = merge_cosigned(&first, &second, &public).unwrap();
    assert_eq!(cosignatures(&merged, &[one_key, two_key]).len(), 2);
    assert_eq!(merge_cosigned(&merged, &first, &public).unwrap(), merged);
    let (secret, _) = key(1);
    let other = TreeHead { size: 1, ..head() };
    let other = sign_checkpoint("sigill-00000001", &other, &secret).unwrap();
    assert!(merge_cosigned(&first, &other, &public).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(text in "\\PC{0,200}", lines in prop::collection::vec("[ -~]{0,80}", 0..8)) {
        let (_, public) = signed();
        let joined = lines.join("\n");
        for note in [text.as_str(), joined.as_str()] {
            prop_assert!(open_checkpoint(note, &public).is_err());
            prop_assert!(open_checkpoint(&public, note).is_err());
            prop_assert!(cosignatures(note, &[note]).is_empty());
            prop_assert!(cosign(note, note, noon()).is_err());
        }
    }
}
