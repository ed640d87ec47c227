//! Keys too weak to be made by the cryptographic library, with arithmetic out of a textbook.

use num_bigint::BigUint;
use sha1::Digest as _;

use super::pki::{bit_string, integer, null, oid, sequence, tlv};

/// A key that nobody should sign with any more.
#[derive(Clone, Copy)]
pub(crate) enum Weak {
    /// ECDSA on secp192r1, with SHA-256.
    P192,
    /// RSA of 1024 bits, with SHA-256.
    Rsa1024,
    /// RSA of 2048 bits, with SHA-1.
    Sha1,
}

impl Weak {
    pub(crate) fn algorithm(self) -> Vec<u8> {
        match self {
            Self::P192 => sequence(&[oid("1.2.840.10045.4.3.2")]),
            Self::Rsa1024 => sequence(&[oid("1.2.840.113549.1.1.11"), null()]),
            Self::Sha1 => sequence(&[oid("1.2.840.113549.1.1.5"), null()]),
        }
    }

    pub(crate) fn public_key(self) -> Vec<u8> {
        match self {
            Self::P192 => {
                let (x, y) = times(&number(SECRET), &generator()).unwrap();
                let point = [vec![4], padded(&x, 24), padded(&y, 24)].concat();
                let kind = sequence(&[oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.1")]);
                sequence(&[kind, bit_string(&point)])
            }
            Self::Rsa1024 | Self::Sha1 => {
                let key = sequence(&[positive(&number(self.rsa().0)), integer(&[1, 0, 1])]);
                let kind = sequence(&[oid("1.2.840.113549.1.1.1"), null()]);
                sequence(&[kind, bit_string(&key)])
            }
        }
    }

    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P192 => p192(message),
            Self::Rsa1024 => self.pkcs1("2.16.840.1.101.3.4.2.1", &sha2::Sha256::digest(message)),
            Self::Sha1 => self.pkcs1("1.3.14.3.2.26", &sha1::Sha1::digest(message)),
        }
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1).
    fn pkcs1(self, hash: &str, digest: &[u8]) -> Vec<u8> {
        let (modulus, exponent) = self.rsa();
        let (modulus, exponent) = (number(modulus), number(exponent));
        let size = modulus.to_bytes_be().len();
        let info = sequence(&[sequence(&[oid(hash), null()]), tlv(0x04, digest)]);
        let mut block = vec![0, 1];
        block.resize(size - info.len() - 1, 0xFF);
        block.push(0);
        block.extend(info);
        let value = BigUint::from_bytes_be(&block).modpow(&exponent, &modulus);
        padded(&value, size)
    }

    fn rsa(self) -> (&'static str, &'static str) {
        match self {
            Self::Rsa1024 => (MODULUS_1024, EXPONENT_1024),
            Self::P192 | Self::Sha1 => (MODULUS_2048, EXPONENT_2048),
        }
    }
}

/// ECDSA with a nonce that is always the same, which no real signer may have.
fn p192(message: &[u8]) -> Vec<u8> {
    let order = number(ORDER);
    let digest = BigUint::from_bytes_be(&sha2::Sha256::digest(message)[..24]);
    let nonce = number(NONCE);
    let (x, _) = times(&nonce, &generator()).unwrap();
    let r = x % &order;
    let inverse = nonce.modpow(&(&order - 2_u8), &order);
    let s = (digest + &r * number(SECRET)) * inverse % &order;
    sequence(&[positive(&r), positive(&s)])
}

type Point = Option<(BigUint, BigUint)>;

fn generator() -> (BigUint, BigUint) {
    (number(GENERATOR_X), number(GENERATOR_Y))
}

fn times(factor: &BigUint, point: &(BigUint, BigUint)) -> Point {
    let mut sum = None;
    for bit in (0..factor.bits()).rev() {
        sum = plus(&sum, &sum);
        if factor.bit(bit) {
            sum = plus(&sum, &Some(point.clone()));
        }
    }
    sum
}

fn plus(one: &Point, other: &Point) -> Point {
    let prime = number(PRIME);
    let (Some((x1, y1)), Some((x2, y2))) = (one, other) else {
        return one.clone().or(other.clone());
    };
    let minus = |from: &BigUint, what: &BigUint| (from + &prime - what) % &prime;
    let over = |what: BigUint| what.modpow(&(&prime - 2_u8), &prime);
    let slope = if x1 == x2 {
        if y1 != y2 {
            return None;
        }
        // a = -3
        let above = minus(&(x1 * x1 * 3_u8 % &prime), &BigUint::from(3_u8));
        above * over(y1 * 2_u8 % &prime) % &prime
    } else {
        minus(y2, y1) * over(minus(x2, x1)) % &prime
    };
    let x = minus(&minus(&(&slope * &slope % &prime), x1), x2);
    let y = minus(&(slope * minus(x1, &x) % &prime), y1);
    Some((x, y))
}

fn number(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
}

fn positive(value: &BigUint) -> Vec<u8> {
    let bytes = value.to_bytes_be();
    let sign = if bytes[0] < 0x80 { &[][..] } else { &[0] };
    integer(&[sign, &bytes].concat())
}

fn padded(value: &BigUint, size: usize) -> Vec<u8> {
    let bytes = value.to_bytes_be();
    [vec![0; size - bytes.len()], bytes].concat()
}

// FIPS 186-4 D.1.2.1.
const PRIME: &str = "fffffffffffffffffffffffffffffffeffffffffffffffff";
const ORDER: &str = "ffffffffffffffffffffffff99def836146bc9b1b4d22831";
const GENERATOR_X: &str = "188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012";
const GENERATOR_Y: &str = "07192b95ffc8da78631011ed6b24cdd573f977a11e794811";

// Made for these tests and used for nothing else.
const SECRET: &str = "5da8f6b1c2e3947a60b1d2c3e4f5061728394a5b6c7d8e9f";
const NONCE: &str = "3c9b1a2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071";
const MODULUS_1024: &str = "\
    d3b038c2323b6c3dc65532aaedc1bf42f3ec5ee42ff2db8be80b4be0d281089178a24bedb714ff1aedac0575\
    5b361553b57dbb89fd3f5455a1362d744a8f34c7ca2f5862a0c73cee0750be7d6ee2924d4d23b657e8229641\
    d0765328d325a75f83329d6ab8c72df5b0a23b6f0a6d1b238c00110e7e68d6eefe24365411cc7fb9";
const EXPONENT_1024: &str = "\
    c14e5ca64944a6354b15a5ed1cac1e41bf890ba6087b172d0d3ab3919be8a4b0629ea203737a42f28e32d5d1\
    32f792461ca7b247f1f090cc9928661d99b0681a97d8c5981727154b34e325f51d94fde516e70b5a96a3452e\
    c1ca7bde76adce83b00c54a6655a4b93e1d210f1033931a20750c4c4e0013c5e698c7b6370827761";
const MODULUS_2048: &str = "\
    c05e592a9f8041ddcc1c3a6d2266c66f95b78997dbb75fffd470af90c67a9cab9351dc5b415485adcd5e7884\
    13653e4562e5d27d73288822520e279a63ecafeb1a47fa187adf497b3d1ff2d4255df2fe215ec9a53ac2930b\
    87651dbeb225ba0c3558ab1c733e80d711fd26bb8df58e7e5feb6c1e2668c103d03a0a11af3f2c2af462dd2f\
    5c01947ddc326859ee0ef332f80c577e29b829184d5347e066b376efd46d8b041ed3810796d81c4af57dcca6\
    a8e5ed94290ccde7fb47c20c08404e8cd5a9f719d4da92b69beed0cbd8c4822d7d4ee6a5c027a320dd5db921\
    b884b437ca480bf46b43dbecd46eb605b2d95903c9410f46338c1247691a5eebe9e9d55f";
const EXPONENT_2048: &str = "\
    2c99f37c916cb058d78937f6b3c236820aa97a4a6e53eefb26eb5599709b5f15dcdb5f06fd77b662dcb9e9a1\
    5dc9dc8d43e7db4ce0d565f2e72986ff21e9efc3c7dd265c64a8bea5c73f5012e5f30972e893cc96f5afc55e\
    27ef46dd3efac64f2c5339a1280b36de26ba962f6833a5ed211a39802811a3a6d9b18b421c6abe3773935ab4\
    7e7bc8d630c79902bda77d0ddc8b0544d71befe621d3fe2df3a12cc0aa55e6011dbb3c40fa015c6dec0b508b\
    b3b2fe71dde26f96fd8d25391744ccd4bb9503253ece8537514947c763eb89fe77eb85136afa261b3689cdc5\
    65f03828c4fedf4af61e78ee501cbd29e13bf315a9f378613a86d0748c0e5e2b0a4e2621";
