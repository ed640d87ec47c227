//! The algorithms of old foreign signatures that aws-lc does not have: RSA with other hash functions,
//! salts and lengths, and DSA. Only checks; no secret passes here.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "these numbers have no largest value; what is subtracted from or divided by is never smaller or zero"
)]

use std::borrow::Cow;

use der::asn1::{AnyRef, IntRef, UintRef};
use der::{Decode, Encode, Sequence};
use num_bigint::BigUint;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::HashFunction;
use super::algorithm::{EcdsaValue, RsaPublicKey};

/// Tells whether a value is right under RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2).
pub(super) fn is_pkcs1(key: &[u8], hash: HashFunction, digest: &[u8], value: &[u8]) -> bool {
    let Some(found) = opened(key, value) else {
        return false;
    };
    let Some(info) = digest_info(hash, digest) else {
        return false;
    };
    // RFC 8017 §9.2: at least eight bytes of padding.
    let Some(padding) = found
        .encoded
        .len()
        .checked_sub(info.len().saturating_add(3))
    else {
        return false;
    };
    let mut expected = vec![0, 1];
    expected.resize(padding.saturating_add(2), 0xFF);
    expected.push(0);
    expected.extend(info);
    padding >= 8 && expected == found.encoded
}

/// Tells whether a value is right under RSASSA-PSS (RFC 8017 §8.1.2 and §9.1.2); the parameters are
/// the hash function, that of the mask, and the length of the salt.
pub(super) fn is_pss(
    key: &[u8],
    (hash, mask, salt_bytes): (HashFunction, HashFunction, usize),
    digest: &[u8],
    value: &[u8],
) -> bool {
    opened(key, value)
        .and_then(|found| is_encoded_for_pss(&found, (hash, mask, salt_bytes), digest))
        .unwrap_or(false)
}

/// Tells whether a value is right under DSA (FIPS 186-4 §4.7).
pub(super) fn is_dsa(key: &SubjectPublicKeyInfoOwned, digest: &[u8], value: &[u8]) -> bool {
    is_dsa_value(key, digest, value).unwrap_or(false)
}

/// Returns an RSA key in DER.
///
/// Some cards were given keys without the zero before a modulus whose first bit is 1, so that it
/// reads as a negative number. No modulus is negative: these keys are taken as they were meant.
pub(super) fn rsa_key(key: &[u8]) -> Option<Cow<'_, [u8]>> {
    if RsaPublicKey::from_der(key).is_ok() {
        return Some(Cow::Borrowed(key));
    }
    let meant = MeantRsaKey::from_der(key).ok()?;
    let key = RsaPublicKey {
        modulus: UintRef::new(meant.modulus.as_bytes()).ok()?,
        exponent: meant.exponent,
    };
    key.to_der().ok().map(Cow::Owned)
}

/// Returns the length of the modulus of an RSA key, as [`rsa_key`] reads it.
pub(super) fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<u32> {
    let key = rsa_key(key.subject_public_key.as_bytes()?)?;
    let key = RsaPublicKey::from_der(&key).ok()?;
    u32::try_from(number(key.modulus).bits()).ok()
}

/// Returns the length of the modulus of a DSA key.
pub(crate) fn dsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<u32> {
    let parameters: DsaParameters<'_> = key.algorithm.parameters.as_ref()?.decode_as().ok()?;
    u32::try_from(number(parameters.p).bits()).ok()
}

/// Returns r and s of a value of DSA or ECDSA, and nothing if either is no number of their range.
pub(super) fn two_numbers(value: &[u8], order: &BigUint) -> Option<(BigUint, BigUint)> {
    let numbers = EcdsaValue::from_der(value).ok()?;
    let in_range = |found: BigUint| (found.bits() > 0 && found < *order).then_some(found);
    Some((in_range(number(numbers.r))?, in_range(number(numbers.s))?))
}

/// Returns the first bits of a digest as a number, as many as the order has (FIPS 186-5 §6.4.2).
pub(super) fn digest_number(digest: &[u8], order: &BigUint) -> BigUint {
    let bits = u64::try_from(digest.len())
        .unwrap_or(u64::MAX)
        .saturating_mul(8);
    BigUint::from_bytes_be(digest) >> bits.saturating_sub(order.bits())
}

/// RFC 3279 §2.3.2.
#[derive(Sequence)]
struct DsaParameters<'a> {
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
}

/// RFC 8017 §A.1.1, with a modulus of either sign.
#[derive(Sequence)]
struct MeantRsaKey<'a> {
    modulus: IntRef<'a>,
    exponent: UintRef<'a>,
}

/// RFC 8017 §9.2.
#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: AlgorithmIdentifierOwned,
    digest: der::asn1::OctetStringRef<'a>,
}

/// What an RSA key makes of a value.
struct Opened {
    encoded: Vec<u8>,
    /// Length of the modulus in bits.
    bits: u64,
}

fn opened(key: &[u8], value: &[u8]) -> Option<Opened> {
    let key = RsaPublicKey::from_der(key).ok()?;
    let (modulus, exponent) = (number(key.modulus), number(key.exponent));
    let bits = modulus.bits();
    let is_usual = (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits)
        && modulus.bit(0)
        && exponent.bit(0)
        && (2..=MAX_EXPONENT_BITS).contains(&exponent.bits());
    let length = usize::try_from(bits.div_ceil(8)).ok()?;
    let sealed = BigUint::from_bytes_be(value);
    // RFC 8017 §8.2.2 (1) and §5.2.2 (1).
    if !is_usual || value.len() != length || sealed >= modulus {
        return None;
    }
    Some(Opened {
        encoded: padded(&sealed.modpow(&exponent, &modulus), length),
        bits,
    })
}

fn digest_info(hash: HashFunction, digest: &[u8]) -> Option<Vec<u8>> {
    let info = DigestInfo {
        algorithm: AlgorithmIdentifierOwned {
            oid: hash.oid(),
            parameters: Some(AnyRef::NULL.into()),
        },
        digest: der::asn1::OctetStringRef::new(digest).ok()?,
    };
    info.to_der().ok()
}

fn is_encoded_for_pss(
    found: &Opened,
    (hash, mask, salt_bytes): (HashFunction, HashFunction, usize),
    digest: &[u8],
) -> Option<bool> {
    // The numbers are those of the steps of RFC 8017 §9.1.2.
    let encoded_bits = found.bits.checked_sub(1)?;
    let length = usize::try_from(encoded_bits.div_ceil(8)).ok()?;
    let surplus = found.encoded.len().checked_sub(length)?;
    let (before, encoded) = found.encoded.split_at_checked(surplus)?;
    if before.iter().any(|byte| *byte != 0) {
        return None;
    }
    // 3, 4, 5
    let (encoded, trailer) = encoded.split_at_checked(length.checked_sub(1)?)?;
    let block_bytes = encoded.len().checked_sub(hash.digest_bytes())?;
    let (masked, said) = encoded.split_at_checked(block_bytes)?;
    let zeros = block_bytes.checked_sub(salt_bytes)?.checked_sub(1)?;
    if trailer != [0xBC] {
        return None;
    }
    // 6
    let unused = u64::try_from(length)
        .ok()?
        .checked_mul(8)?
        .checked_sub(encoded_bits)?;
    let kept = 0xFF_u8.checked_shr(u32::try_from(unused).ok()?)?;
    if masked.first()? & !kept != 0 {
        return None;
    }
    // 7, 8, 9
    let masks = mask_bytes(mask, said, block_bytes);
    let mut block: Vec<u8> = masked
        .iter()
        .zip(masks)
        .map(|(one, other)| one ^ other)
        .collect();
    if let Some(first) = block.first_mut() {
        *first &= kept;
    }
    // 10
    let (padding, salt) = block.split_at_checked(zeros.checked_add(1)?)?;
    let (one, padding) = padding.split_last()?;
    if *one != 1 || padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    // 12, 13, 14
    Some(hash.digest(&[&[0; 8], digest, salt]) == said)
}

/// MGF1 (RFC 8017 §B.2.1).
fn mask_bytes(hash: HashFunction, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::with_capacity(length);
    let mut counter: u32 = 0;
    while mask.len() < length {
        mask.extend(hash.digest(&[seed, &counter.to_be_bytes()]));
        counter = counter.saturating_add(1);
    }
    mask.truncate(length);
    mask
}

fn is_dsa_value(key: &SubjectPublicKeyInfoOwned, digest: &[u8], value: &[u8]) -> Option<bool> {
    let parameters: DsaParameters<'_> = key.algorithm.parameters.as_ref()?.decode_as().ok()?;
    let (p, q, g) = (
        number(parameters.p),
        number(parameters.q),
        number(parameters.g),
    );
    let y = UintRef::from_der(key.subject_public_key.as_bytes()?).ok()?;
    let y = number(y);
    let one = BigUint::from(1_u8);
    let is_usual = (MIN_RSA_BITS..=MAX_DSA_BITS).contains(&p.bits())
        && (MIN_DSA_ORDER_BITS..=MAX_DSA_ORDER_BITS).contains(&q.bits())
        && p.bit(0)
        && q.bit(0);
    // FIPS 186-4 §A.2.2 and SP 800-89 §5.3.1: both are of order q.
    let is_of_order = |found: &BigUint| *found > one && *found < p && found.modpow(&q, &p) == one;
    if !is_usual || !is_of_order(&g) || !is_of_order(&y) {
        return None;
    }
    let (r, s) = two_numbers(value, &q)?;
    let inverse = s.modinv(&q)?;
    let first = digest_number(digest, &q) * &inverse % &q;
    let second = &r * inverse % &q;
    let found = g.modpow(&first, &p) * y.modpow(&second, &p) % &p % q;
    Some(found == r)
}

fn number(value: UintRef<'_>) -> BigUint {
    BigUint::from_bytes_be(value.as_bytes())
}

/// Returns a number as so many bytes.
fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut out = vec![0; length.saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}

/// Longer keys would cost more time than a signature is worth.
const MAX_RSA_BITS: u64 = 16_384;
const MIN_RSA_BITS: u64 = 1024;
const MAX_EXPONENT_BITS: u64 = 33;
const MAX_DSA_BITS: u64 = 3072;
const MAX_DSA_ORDER_BITS: u64 = 256;
const MIN_DSA_ORDER_BITS: u64 = 160;
