//! Keys on tokens of softhsm2, one process a test: a module and a login are the whole process's.

use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, CertificateType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

use super::pki::{P256, Pki};
use super::{again, done, missing, openssl};
use crate::outside::{Pkcs11Error, Pkcs11Key, SecretSource};
use crate::signature::{Algorithm, Certificate, Key as _, KeyError, Tries};

const P384: &str = "ec -pkeyopt ec_paramgen_curve:P-384";
const RSA: &str = "rsa:3072";
const PIN: &str = "0042";

/// Where Debian and others install softhsm2.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

const MESSAGE: &[u8] = "Åsa Ärlig-Öberg skriver under.".as_bytes();

/// Tokens in a folder, and keys and certificates to put on them.
struct Tokens {
    pki: Pki,
    module: &'static str,
}

/// Runs a test in a process of its own with a folder for tokens; softhsm2 finds it by the environment.
fn with_tokens(test: &str, body: impl FnOnce(&Tokens)) {
    let Some(module) = MODULES.into_iter().find(|path| Path::new(path).exists()) else {
        return missing("SoftHSM");
    };
    if std::env::var_os("SIGILL_TEST_TOKENS").is_some() {
        return body(&Tokens {
            pki: Pki::in_folder(Path::new(&std::env::var("SIGILL_TEST_TOKENS").unwrap())),
            module,
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let config = folder.path().join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&config, text).unwrap();
    again(&format!("pkcs11::{test}"), |command| {
        command
            .env("SOFTHSM2_CONF", config)
            .env("SIGILL_TEST_TOKENS", folder.path())
    });
}

impl Tokens {
    fn make(&self, label: &str) {
        let arguments = format!("--init-token --free --label {label} --so-pin 1234567 --pin {PIN}");
        self.util(&arguments);
    }

    /// Makes a key with a certificate and puts the key on a token.
    fn import(&self, token: &str, name: &str, id: &str, key: &str) {
        self.pki.issue(name, "signer", key);
        self.put(token, name, id);
    }

    fn put(&self, token: &str, name: &str, id: &str) {
        self.util(&format!(
            "--import {name}.key --token {token} --label {name} --id {id} --pin {PIN} --force"
        ));
    }

    fn util(&self, arguments: &str) {
        let mut command = Command::new("softhsm2-util");
        command
            .current_dir(self.pki.folder())
            .args(arguments.split(' '));
        done(&mut command);
    }

    fn open(&self, address: &str, certificates: &[&str]) -> Result<Pkcs11Key, Pkcs11Error> {
        self.open_as(address, certificates, false, PIN)
    }

    fn open_as(
        &self,
        address: &str,
        certificates: &[&str],
        pss: bool,
        pin: &str,
    ) -> Result<Pkcs11Key, Pkcs11Error> {
        let certificates: Vec<Certificate> = certificates
            .iter()
            .map(|name| self.pki.certificate(name))
            .collect();
        let uri = format!("pkcs11:{address}").parse().unwrap();
        let module = Path::new(self.module);
        Pkcs11Key::open(&uri, Some(module), &self.pin(pin), &certificates, pss)
    }

    fn pin(&self, pin: &str) -> SecretSource {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.pki.folder().join("pin");
        std::fs::write(&path, pin).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        SecretSource::File(path)
    }

    /// Does what the key's owner does with the tools of the token's maker.
    fn as_owner<T>(&self, label: &str, act: impl FnOnce(&Session) -> T) -> T {
        let client = Pkcs11::new(self.module).unwrap();
        // It may run already.
        drop(client.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)));
        let slots = client.get_slots_with_initialized_token().unwrap();
        let slot = slots
            .into_iter()
            .find(|slot| client.get_token_info(*slot).unwrap().label() == label)
            .unwrap();
        let session = client.open_rw_session(slot).unwrap();
        session
            .login(UserType::User, Some(&AuthPin::from(PIN)))
            .unwrap();
        act(&session)
    }

    fn put_certificate(&self, label: &str, name: &str, id: u8) {
        let der = self.pki.certificate(name).der().to_vec();
        self.as_owner(label, |session| {
            let certificate = [
                Attribute::Class(ObjectClass::CERTIFICATE),
                Attribute::CertificateType(CertificateType::X_509),
                Attribute::Token(true),
                Attribute::Id(vec![id]),
                Attribute::Subject(Vec::new()),
                Attribute::Value(der),
            ];
            session.create_object(&certificate).unwrap();
        });
    }

    /// Asks openssl whether the value is one by the named key.
    fn assert_signed(&self, key: &str, hash: &str, options: &str, value: &[u8]) {
        let folder = self.pki.folder();
        std::fs::write(folder.join("message"), MESSAGE).unwrap();
        std::fs::write(folder.join("value"), value).unwrap();
        openssl(folder, &format!("pkey -in {key}.key -pubout -out public"));
        openssl(
            folder,
            &format!("dgst -{hash} -verify public -signature value {options} message"),
        );
    }
}

/// Returns the text of a refusal.
fn told(refused: Result<Pkcs11Key, Pkcs11Error>) -> String {
    refused.unwrap_err().to_string()
}

#[test]
fn each_kind_of_key_signs() {
    with_tokens("each_kind_of_key_signs", |tokens| {
        tokens.make("prov");
        tokens.import("prov", "p256", "01", P256);
        tokens.import("prov", "p384", "02", P384);
        tokens.import("prov", "rsa", "03", RSA);
        let pss =
            "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256";
        for (name, is_pss, algorithm, hash, options) in [
            ("p256", false, Algorithm::EcdsaP256Sha256, "sha256", ""),
            ("p384", true, Algorithm::EcdsaP384Sha384, "sha384", ""),
            ("rsa", false, Algorithm::RsaPkcs1Sha256, "sha256", ""),
            ("rsa", true, Algorithm::RsaPssSha256, "sha256", pss),
        ] {
            let address = format!("token=prov;object={name}");
            let mut key = tokens
                .open_as(&address, &[name, "root"], is_pss, PIN)
                .unwrap();
            assert_eq!(key.algorithm(), algorithm);
            let value = key.sign(MESSAGE).unwrap();
            assert!(key.chain().signer().verifies(algorithm, MESSAGE, &value));
            tokens.assert_signed(name, hash, options, &value);
            let chain = key.chain().certificates();
            assert_eq!(
                chain,
                [tokens.pki.certificate(name), tokens.pki.certificate("root")]
            );
        }
    });
}

#[test]
fn one_login_serves_hundreds_of_signatures() {
    with_tokens("one_login_serves_hundreds_of_signatures", |tokens| {
        tokens.make("prov");
        tokens.import("prov", "p256", "01", P256);
        let mut key = tokens.open("", &["p256"]).unwrap();
        // Whoever takes the file away sees that it is not read again.
        std::fs::remove_file(tokens.pki.folder().join("pin")).unwrap();
        for _ in 0..300 {
            let value = key.sign(MESSAGE).unwrap();
            assert!(
                key.chain()
                    .signer()
                    .verifies(key.algorithm(), MESSAGE, &value)
            );
        }
        // Another key of the same process: the token is open already.
        let mut other = tokens.open("id=%01", &["p256"]).unwrap();
        drop(key);
        other.sign(MESSAGE).unwrap();
    });
}

#[test]
fn a_wrong_pin_is_told_with_what_the_token_says_of_tries() {
    with_tokens(
        "a_wrong_pin_is_told_with_what_the_token_says_of_tries",
        |tokens| {
            tokens.make("prov");
            tokens.import("prov", "p256", "01", P256);
            for wrong in ["0043", "1"] {
                // SoftHSM has no count, but raises CKF_USER_PIN_COUNT_LOW.
                let refused = tokens
                    .open_as("token=prov", &["p256"], false, wrong)
                    .unwrap_err();
                let expected = KeyError::PinIncorrect { tries: Tries::Few };
                assert_eq!(refused.to_string(), expected.to_string());
            }
            tokens.open("token=prov", &["p256"]).unwrap();
            let uri = "pkcs11:token=prov".parse().unwrap();
            let nowhere = SecretSource::Environment("SIGILL_NO_SUCH_SETTING".to_owned());
            let refused =
                Pkcs11Key::open(&uri, Some(Path::new(tokens.module)), &nowhere, &[], false);
            assert!(matches!(refused, Err(Pkcs11Error::Secret(_))));
        },
    );
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    with_tokens("what_is_not_there_is_told_with_what_is", |tokens| {
        tokens.make("prov");
        tokens.make("annan");
        let refusal = told(tokens.open("token=okänd", &[]));
        assert!(
            refusal.starts_with("there is no such token; there is "),
            "{refusal}"
        );
        assert!(
            refusal.contains("prov (slot ") && refusal.contains("annan (slot "),
            "{refusal}"
        );
        let refusal = told(tokens.open("", &[]));
        assert!(
            refusal.starts_with("the address fits several tokens: "),
            "{refusal}"
        );
        for attribute in ["serial=0", "model=x", "manufacturer=x", "slot-id=1"] {
            let refusal = told(tokens.open(&format!("token=prov;{attribute}"), &[]));
            assert!(refusal.starts_with("there is no such token"), "{refusal}");
        }

        assert_eq!(
            told(tokens.open("token=prov", &[])),
            "there is no private key"
        );
        tokens.import("prov", "forsta", "01", P256);
        tokens.import("prov", "andra", "02ff", P256);
        let both = ["forsta (id 01)", "andra (id 02ff)"];
        for (address, start) in [
            (
                "token=prov;object=tredje",
                "there is no such private key; there is ",
            ),
            (
                "token=prov;id=%03",
                "there is no such private key; there is ",
            ),
            (
                "token=prov;object=andra;id=%01",
                "there is no such private key; there is ",
            ),
            ("token=prov", "there are several private keys: "),
        ] {
            let refusal = told(tokens.open(address, &[]));
            assert!(refusal.starts_with(start), "{refusal}");
            assert!(both.iter().all(|name| refusal.contains(name)), "{refusal}");
        }
        assert!(tokens.open("token=prov;id=%02%ff", &["andra"]).is_ok());

        assert_eq!(
            told(tokens.open("token=prov;object=andra", &[])),
            "there is no certificate to the key andra (id 02ff)"
        );
        assert_eq!(
            told(tokens.open("token=prov;object=andra", &["forsta"])),
            "the private key does not belong to the certificate of CN=forsta"
        );
    });
}

#[test]
fn certificates_on_the_token_are_found() {
    with_tokens("certificates_on_the_token_are_found", |tokens| {
        tokens.make("prov");
        tokens.import("prov", "p256", "01", P256);
        tokens.import("prov", "rsa", "02", RSA);
        tokens.put_certificate("prov", "root", 9);
        tokens.put_certificate("prov", "rsa", 1);
        let address = "token=prov;object=p256";
        // What is marked as the key's own is another's.
        assert_eq!(
            told(tokens.open(address, &[])),
            "the private key does not belong to the certificate of CN=rsa"
        );
        tokens.put_certificate("prov", "p256", 1);
        let key = tokens.open(address, &[]).unwrap();
        let expected = [
            tokens.pki.certificate("p256"),
            tokens.pki.certificate("root"),
        ];
        assert_eq!(key.chain().certificates(), expected);
        // The other key's certificate bears a wrong identifier, and is found all the same.
        let key = tokens.open("token=prov;object=rsa", &[]).unwrap();
        assert_eq!(key.chain().signer(), &tokens.pki.certificate("rsa"));
    });
}

#[test]
fn a_certificate_that_is_handed_in_comes_first() {
    with_tokens("a_certificate_that_is_handed_in_comes_first", |tokens| {
        tokens.make("prov");
        tokens.import("prov", "p256", "01", P256);
        tokens.put_certificate("prov", "p256", 1);
        openssl(
            tokens.pki.folder(),
            "req -x509 -config config -extensions signer -subj /CN=ny -key p256.key -CA root.pem -CAkey root.key -out ny.pem",
        );
        let key = tokens.open("token=prov", &["ny"]).unwrap();
        assert_eq!(key.chain().signer(), &tokens.pki.certificate("ny"));
        // Issuers alone do not stand in the way of the token's own.
        let key = tokens.open("token=prov", &["root"]).unwrap();
        assert_eq!(key.chain().certificates().len(), 2);
    });
}

#[test]
fn a_key_that_wants_its_pin_each_time_gets_it() {
    with_tokens("a_key_that_wants_its_pin_each_time_gets_it", |tokens| {
        tokens.make("prov");
        let point = tokens.as_owner("prov", |session| {
            let public = [
                Attribute::Token(true),
                Attribute::ModulusBits(3072.into()),
                Attribute::PublicExponent(vec![1, 0, 1]),
                Attribute::Verify(true),
            ];
            let private = [
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Sign(true),
                Attribute::AlwaysAuthenticate(true),
                Attribute::Label(b"kort".to_vec()),
                Attribute::Id(vec![1]),
            ];
            let (public, _private) = session
                .generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)
                .unwrap();
            let modulus = [cryptoki::object::AttributeType::Modulus];
            session.get_attributes(public, &modulus).unwrap()
        });
        let [Attribute::Modulus(modulus)] = point.as_slice() else {
            panic!("{point:?}");
        };
        tokens.certify("kort", modulus);
        for pss in [false, true] {
            let mut key = tokens.open_as("token=prov", &["kort"], pss, PIN).unwrap();
            for _ in 0..3 {
                let value = key.sign(MESSAGE).unwrap();
                assert!(
                    key.chain()
                        .signer()
                        .verifies(key.algorithm(), MESSAGE, &value)
                );
            }
        }
    });
}

impl Tokens {
    /// Makes a certificate for an RSA key of which only the modulus is known.
    fn certify(&self, name: &str, modulus: &[u8]) {
        let folder = self.pki.folder();
        let key = format!(
            "asn1=SEQUENCE:key\n[key]\nalgorithm=SEQUENCE:kind\nvalue=BITWRAP,SEQUENCE:rsa\n[kind]\n\
             name=OID:rsaEncryption\nnone=NULL\n[rsa]\nn=INTEGER:0x{}\ne=INTEGER:65537\n",
            hex::encode(modulus)
        );
        std::fs::write(folder.join("key.cnf"), key).unwrap();
        openssl(folder, "asn1parse -genconf key.cnf -noout -out key.der");
        openssl(folder, "pkey -pubin -inform DER -in key.der -out public");
        let subject = format!("-subj /CN={name}");
        openssl(
            folder,
            &format!("req -new -config config {subject} -key root.key -out request"),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in request -force_pubkey public -CA root.pem -CAkey root.key -set_serial 77 -days 30 -out {name}.pem"
            ),
        );
    }
}

#[test]
fn a_module_that_is_none_is_told() {
    with_tokens("a_module_that_is_none_is_told", |tokens| {
        let open = |uri: &str, module: Option<&Path>| {
            let uri = uri.parse().unwrap();
            told(Pkcs11Key::open(&uri, module, &tokens.pin(PIN), &[], false))
        };
        assert!(open("pkcs11:", None).starts_with("no PKCS#11 module is named"));
        let refusal = open(
            "pkcs11:?module-path=/no/such.so",
            Some(Path::new(tokens.module)),
        );
        assert!(
            refusal.starts_with("the PKCS#11 module /no/such.so cannot be used: "),
            "{refusal}"
        );
        let text: PathBuf = tokens.pki.folder().join("config");
        let refusal = open("pkcs11:", Some(&text));
        assert!(refusal.contains("cannot be used: "), "{refusal}");
        let refusal = open(
            "pkcs11:",
            Some(Path::new("/lib/x86_64-linux-gnu/libm.so.6")),
        );
        assert!(
            refusal.contains("C_GetFunctionList") || refusal.contains("such file"),
            "{refusal}"
        );
    });
}

#[test]
fn no_token_at_all_is_told() {
    with_tokens("no_token_at_all_is_told", |tokens| {
        assert_eq!(
            told(tokens.open("", &[])),
            "there is no such token; there is none"
        );
    });
}
