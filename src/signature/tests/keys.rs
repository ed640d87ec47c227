//! Keys in files.

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use aws_lc_rs::rsa::KeySize;
use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain};

use super::pki::{Pair, Pki, Wanted, chain_of, integer, null, oid, pem, sequence, tlv};
use crate::signature::{Algorithm, Certificate, Key as _, KeyError, SoftwareKey, Tries};

fn message(result: Result<SoftwareKey, KeyError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn every_kind_of_key_signs() {
    let pki = Pki::new();
    let kinds = [
        (Pair::p256(), false, Algorithm::EcdsaP256Sha256),
        (Pair::p256(), true, Algorithm::EcdsaP256Sha256),
        (Pair::p384(), false, Algorithm::EcdsaP384Sha384),
        (
            Pair::rsa(KeySize::Rsa3072),
            false,
            Algorithm::RsaPkcs1Sha256,
        ),
        (Pair::rsa(KeySize::Rsa3072), true, Algorithm::RsaPssSha256),
    ];
    for (pair, pss, algorithm) in kinds {
        let holder = pki.signer(pair);
        let mut key = pki.key(&holder, pss);
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.chain().certificates().len(), 3);
        let value = key.sign(b"words").unwrap();
        assert!(holder.certificate.verifies(algorithm, b"words", &value));
        assert!(
            !holder
                .certificate
                .verifies(algorithm, b"other words", &value)
        );
        assert_eq!(format!("{key:?}"), "SoftwareKey(CN=Åsa Ärlig-Öberg,C=SE)");
    }
}

#[test]
fn keys_of_all_pem_kinds_are_read() {
    let ec = Wanted::person("Prov Provsson").self_issued(Pair::p256());
    let rsa = Wanted::person("Prov Primtal").self_issued(Pair::rsa(KeySize::Rsa3072));
    let Pair::P256(pair) = &ec.pair else {
        unreachable!()
    };
    let sec1: aws_lc_rs::encoding::EcPrivateKeyRfc5915Der<'_> =
        pair.private_key().as_der().unwrap();
    // RFC 5958 §2: version, algorithm, and the key as RFC 8017 has it.
    let pkcs1 = {
        let pkcs8 = rsa.pair.pkcs8();
        let at = pkcs8
            .windows(2)
            .rposition(|bytes| bytes == [0x04, 0x82])
            .unwrap();
        pkcs8[at + 4..].to_vec()
    };
    let files = [
        (&ec, pem("PRIVATE KEY", &ec.pair.pkcs8())),
        (&ec, pem("EC PRIVATE KEY", sec1.as_ref())),
        (&rsa, pem("PRIVATE KEY", &rsa.pair.pkcs8())),
        (&rsa, pem("RSA PRIVATE KEY", &pkcs1)),
    ];
    for (holder, key) in files {
        let more = std::slice::from_ref(&holder.certificate);
        let key = SoftwareKey::from_pem(key.as_bytes(), None, more, false).unwrap();
        assert_eq!(key.chain().signer(), &holder.certificate);
    }
}

#[test]
fn an_encrypted_pem_wants_its_passphrase() {
    let holder = Wanted::person("Prov Provsson").self_issued(Pair::p256());
    let key = pem(
        "ENCRYPTED PRIVATE KEY",
        &encrypted(&holder.pair.pkcs8(), "åäö"),
    );
    let more = std::slice::from_ref(&holder.certificate);
    let open = |passphrase| SoftwareKey::from_pem(key.as_bytes(), passphrase, more, false);
    assert!(open(Some("åäö")).is_ok());
    assert_eq!(message(open(Some("fel"))), "the passphrase is wrong");
    assert_eq!(
        message(open(None)),
        "the key is encrypted, and there is no passphrase"
    );

    let old = key.replace(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
    );
    let old = old.replace("END ENCRYPTED PRIVATE KEY", "END EC PRIVATE KEY");
    assert_eq!(
        message(SoftwareKey::from_pem(
            old.as_bytes(),
            Some("åäö"),
            &[],
            false
        )),
        "the key cannot be read: it is encrypted the old way; `openssl pkcs8 -topk8` writes it anew"
    );
}

#[test]
fn a_key_without_its_certificate_is_refused() {
    let holder = Wanted::person("Prov Provsson").self_issued(Pair::p256());
    let other = Wanted::person("Prov Annan").self_issued(Pair::p256());
    let key = pem("PRIVATE KEY", &holder.pair.pkcs8());
    let certificate = |holder: &Certificate| pem("CERTIFICATE", holder.der());
    let open =
        |key: &str, more: &[Certificate]| SoftwareKey::from_pem(key.as_bytes(), None, more, false);
    assert_eq!(
        message(open(&key, std::slice::from_ref(&other.certificate))),
        "the private key does not belong to the certificate of CN=Prov Annan,C=SE"
    );
    assert_eq!(
        message(open(&key, &[])),
        "there is no certificate to the key EC"
    );
    assert_eq!(
        message(open(&certificate(&holder.certificate), &[])),
        "there is no private key"
    );
    assert_eq!(
        message(open(&format!("{key}{key}"), &[])),
        "there are several private keys: PRIVATE KEY, PRIVATE KEY"
    );
    assert_eq!(
        message(open(&pem("PRIVATE KEY", b"no key"), &[])),
        "the key cannot be read: it is not one for P-256, P-384 or RSA of 2,048 to 8,192 bits"
    );
    assert_eq!(
        message(open("-----BEGIN PRIVATE KEY-----\nAA", &[])),
        "the key cannot be read: its PEM is damaged"
    );
    let edwards = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    let edwards = edwards.to_pkcs8v1().unwrap();
    assert_eq!(
        message(open(&pem("PRIVATE KEY", edwards.as_ref()), &[])),
        "Ed25519 keys are not used, as common PDF readers cannot check them"
    );
}

#[test]
fn pkcs12_of_all_ages_is_read() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let mut store = KeyStore::new();
    store.add_entry(
        "prov",
        entry(
            &holder.pair,
            &[&holder.certificate, &pki.issuing.certificate],
        ),
    );
    let ages = [
        (
            EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            MacAlgorithm::HmacSha256,
        ),
        (
            EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
            MacAlgorithm::HmacSha1,
        ),
        (
            EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc,
            MacAlgorithm::HmacSha1,
        ),
    ];
    for (encryption, mac) in ages {
        let writer = store
            .writer("lösen")
            .encryption_algorithm(encryption)
            .mac_algorithm(mac);
        let file = writer
            .encryption_iterations(100)
            .mac_iterations(100)
            .write()
            .unwrap();
        let key = SoftwareKey::from_pkcs12(&file, "lösen", &[], false).unwrap();
        let expected = [&holder.certificate, &pki.issuing.certificate].map(Clone::clone);
        assert_eq!(chain_of(&key).certificates(), expected);
        assert_eq!(
            message(SoftwareKey::from_pkcs12(&file, "losen", &[], false)),
            "the passphrase is wrong"
        );
        for cut in (0..file.len()).step_by(37) {
            assert!(SoftwareKey::from_pkcs12(&file[..cut], "lösen", &[], false).is_err());
        }
    }
}

#[test]
fn pkcs12_with_several_keys_or_none_is_refused() {
    let one = Wanted::person("Prov Ett").self_issued(Pair::p256());
    let two = Wanted::person("Prov Två").self_issued(Pair::p256());
    let mut store = KeyStore::new();
    let write = |store: &KeyStore| store.writer("x").encryption_iterations(10).write().unwrap();
    assert_eq!(
        message(SoftwareKey::from_pkcs12(&write(&store), "x", &[], false)),
        "there is no private key"
    );
    store.add_entry("ett", entry(&one.pair, &[&one.certificate]));
    store.add_entry("två", entry(&two.pair, &[&two.certificate]));
    assert_eq!(
        message(SoftwareKey::from_pkcs12(&write(&store), "x", &[], false)),
        "there are several private keys: ett, två"
    );
    let three = Wanted::person("Prov Tre").self_issued(Pair::p256());
    let name = "tre 19121212-1212 \u{202E}ert";
    store.add_entry(name, entry(&three.pair, &[&three.certificate]));
    let told = message(SoftwareKey::from_pkcs12(&write(&store), "x", &[], false));
    assert!(told.contains("tre ert"), "{told}");
    assert!(
        !told.contains("1912") && !told.contains('\u{202E}'),
        "{told}"
    );
    assert_eq!(
        message(SoftwareKey::from_pkcs12(b"no file", "x", &[], false)),
        "the key cannot be read: it is not a PKCS#12 file in order"
    );
}

#[test]
fn remaining_tries_are_told_as_far_as_they_are_known() {
    let told = |tries| KeyError::PinIncorrect { tries }.to_string();
    assert_eq!(told(Tries::Few), "the PIN is wrong; few tries remain");
    assert_eq!(
        told(Tries::Last),
        "the PIN is wrong; one try remains before it is locked"
    );
    assert_eq!(
        told(Tries::Left(1)),
        "the PIN is wrong; 1 try remains before it is locked"
    );
    assert_eq!(
        told(Tries::Left(2)),
        "the PIN is wrong; 2 tries remain before it is locked"
    );
    assert_eq!(
        told(Tries::Unknown),
        "the PIN is wrong; the device does not tell how many tries remain"
    );
}

#[test]
fn plain_numbers_become_ecdsa_values() {
    let algorithm = Algorithm::EcdsaP256Sha256;
    let mut numbers = [0_u8; 64];
    numbers[31] = 0x7F;
    numbers[32] = 0x80;
    let value = algorithm.ecdsa_value(&numbers).unwrap();
    let mut s = vec![0, 0x80];
    s.resize(33, 0);
    assert_eq!(value, sequence(&[integer(&[0x7F]), integer(&s)]));
    assert_eq!(algorithm.ecdsa_value(&numbers[1..]), None);
    assert_eq!(Algorithm::EcdsaP384Sha384.ecdsa_value(&numbers), None);
    assert_eq!(Algorithm::RsaPssSha256.ecdsa_value(&numbers), None);
}

fn entry(pair: &Pair, certificates: &[&Certificate]) -> KeyStoreEntry {
    let key = p12_keystore::PrivateKey::from_der(&pair.pkcs8()).unwrap();
    let certificates = certificates
        .iter()
        .map(|one| p12_keystore::Certificate::from_der(one.der()).unwrap());
    let id = pair.pkcs8()[..20].to_vec();
    KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, certificates))
}

/// PBES2 with PBKDF2, HMAC with SHA-256 and AES-256 in CBC (RFC 8018 §6.2).
fn encrypted(key: &[u8], passphrase: &str) -> Vec<u8> {
    let (salt, vector) = ([7; 16], [9; 16]);
    let mut derived = [0; 32];
    let rounds = 1000.try_into().unwrap();
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        rounds,
        &salt,
        passphrase.as_bytes(),
        &mut derived,
    );
    let cipher = UnboundCipherKey::new(&AES_256, &derived).unwrap();
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(cipher).unwrap();
    let mut data = key.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(vector));
    cipher.less_safe_encrypt(&mut data, context).unwrap();
    let function = sequence(&[
        oid("1.2.840.113549.1.5.12"),
        sequence(&[
            tlv(0x04, &salt),
            integer(&[0x03, 0xE8]),
            sequence(&[oid("1.2.840.113549.2.9"), null()]),
        ]),
    ]);
    let cipher = sequence(&[oid("2.16.840.1.101.3.4.1.42"), tlv(0x04, &vector)]);
    let scheme = sequence(&[oid("1.2.840.113549.1.5.13"), sequence(&[function, cipher])]);
    sequence(&[scheme, tlv(0x04, &data)])
}
