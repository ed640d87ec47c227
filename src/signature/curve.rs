//! Named curves, and ECDSA on those that aws-lc does not have. Only checks; no secret passes here.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "these numbers have no largest value; what is subtracted from or divided by is never smaller or zero"
)]

use std::fmt;

use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;
use num_bigint::BigUint;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::algorithm;
use super::arithmetic::{digest_number, two_numbers};

/// A named curve (RFC 5480 §2.1.1.1, RFC 5639); others, and curves that are written out, are not
/// known.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Curve {
    /// brainpoolP256r1.
    BrainpoolP256r1,
    /// brainpoolP320r1.
    BrainpoolP320r1,
    /// brainpoolP384r1.
    BrainpoolP384r1,
    /// brainpoolP512r1.
    BrainpoolP512r1,
    /// P-192.
    P192,
    /// P-224.
    P224,
    /// P-256.
    P256,
    /// P-384.
    P384,
    /// P-521.
    P521,
}

impl Curve {
    /// Returns the curve that a key names.
    pub(super) fn of(key: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let named = algorithm::curve(key)?;
        let found = NAMED.iter().find(|(oid, _)| *oid == named);
        found.map(|(_, curve)| *curve)
    }

    /// Returns the length of its order in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::P192 => 192,
            Self::P224 => 224,
            Self::BrainpoolP256r1 | Self::P256 => 256,
            Self::BrainpoolP320r1 => 320,
            Self::BrainpoolP384r1 | Self::P384 => 384,
            Self::BrainpoolP512r1 => 512,
            Self::P521 => 521,
        }
    }

    /// Tells whether a value is right under ECDSA (FIPS 186-5 §6.4.2), on a curve that aws-lc does
    /// not have.
    pub(super) fn is_signed(self, point: &[u8], digest: &[u8], value: &[u8]) -> bool {
        self.is_value(point, digest, value).unwrap_or(false)
    }

    fn is_value(self, point: &[u8], digest: &[u8], value: &[u8]) -> Option<bool> {
        let field = self.field()?;
        let key = field.point(point)?;
        let (r, s) = two_numbers(value, &field.order)?;
        let inverse = s.modinv(&field.order)?;
        let first = digest_number(digest, &field.order) * &inverse % &field.order;
        let second = &r * inverse % &field.order;
        let sum = field.sum_of_products((&first, &field.base), (&second, &key));
        // The point at infinity has no x.
        let inverse = sum.z.modinv(&field.prime)?;
        let x = sum.x * &inverse * inverse % &field.prime;
        Some(x % &field.order == r)
    }

    fn field(self) -> Option<Field> {
        let numbers = self.numbers()?;
        let [prime, a, b, x, y, order] = numbers.map(|digits| BigUint::parse_bytes(digits, 16));
        Some(Field {
            prime: prime?,
            a: a?,
            b: b?,
            base: Point {
                x: x?,
                y: y?,
                z: BigUint::from(1_u8),
            },
            order: order?,
        })
    }

    /// Returns prime, a, b, base point and order (FIPS 186-4 §D.1.2, RFC 5639 §3).
    fn numbers(self) -> Option<[&'static [u8]; 6]> {
        Some(match self {
            Self::BrainpoolP256r1 => [
                b"a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
                b"7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
                b"26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
                b"8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
                b"547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
                b"a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
            ],
            Self::BrainpoolP320r1 => [
                b"d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
                b"3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
                b"520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
                b"43bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611",
                b"14fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1",
                b"d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311",
            ],
            Self::BrainpoolP384r1 => [
                b"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
                b"7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
                b"4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
                b"1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
                b"8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
                b"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
            ],
            Self::BrainpoolP512r1 => [
                b"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
                b"7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
                b"3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
                b"81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
                b"7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
                b"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
            ],
            Self::P192 => [
                b"fffffffffffffffffffffffffffffffeffffffffffffffff",
                b"fffffffffffffffffffffffffffffffefffffffffffffffc",
                b"64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
                b"188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012",
                b"7192b95ffc8da78631011ed6b24cdd573f977a11e794811",
                b"ffffffffffffffffffffffff99def836146bc9b1b4d22831",
            ],
            Self::P224 => [
                b"ffffffffffffffffffffffffffffffff000000000000000000000001",
                b"fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
                b"b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
                b"b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
                b"bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
                b"ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
            ],
            Self::P256 | Self::P384 | Self::P521 => return None,
        })
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP320r1 => "brainpoolP320r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::BrainpoolP512r1 => "brainpoolP512r1",
            Self::P192 => "P-192",
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        })
    }
}

/// The curve y² = x³ + ax + b over a prime field.
struct Field {
    prime: BigUint,
    a: BigUint,
    b: BigUint,
    base: Point,
    order: BigUint,
}

/// A point as x/z² and y/z³; z is 0 for the one at infinity.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Field {
    /// Reads an uncompressed point (SEC 1 §2.3.4), and refuses what is not on the curve.
    fn point(&self, bytes: &[u8]) -> Option<Point> {
        let (kind, numbers) = bytes.split_first()?;
        let length = usize::try_from(self.prime.bits().div_ceil(8)).ok()?;
        let (x, y) = numbers.split_at_checked(length)?;
        if *kind != 4 || y.len() != length {
            return None;
        }
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let right = ((&x * &x + &self.a) * &x + &self.b) % &self.prime;
        let is_on_curve = x < self.prime && y < self.prime && &y * &y % &self.prime == right;
        let z = BigUint::from(1_u8);
        is_on_curve.then_some(Point { x, y, z })
    }

    /// Returns the sum of two points, each taken so many times.
    fn sum_of_products(&self, one: (&BigUint, &Point), other: (&BigUint, &Point)) -> Point {
        let both = self.sum(one.1, other.1);
        let mut sum = Point {
            x: BigUint::from(1_u8),
            y: BigUint::from(1_u8),
            z: BigUint::ZERO,
        };
        for bit in (0..self.order.bits()).rev() {
            sum = self.doubled(&sum);
            sum = match (one.0.bit(bit), other.0.bit(bit)) {
                (true, true) => self.sum(&sum, &both),
                (true, false) => self.sum(&sum, one.1),
                (false, true) => self.sum(&sum, other.1),
                (false, false) => sum,
            };
        }
        sum
    }

    fn doubled(&self, point: &Point) -> Point {
        let prime = &self.prime;
        let y_squared = &point.y * &point.y % prime;
        let s = ((&point.x * &y_squared) << 2_u8) % prime;
        let z_squared = &point.z * &point.z % prime;
        let slope = &self.a * (&z_squared * &z_squared % prime);
        let m = (&point.x * &point.x * 3_u8 + slope) % prime;
        let x = self.difference(&m * &m, &(&s << 1_u8));
        let eighth = (&y_squared * &y_squared) << 3_u8;
        let y = self.difference(m * self.difference(s, &x), &eighth);
        let z = ((&point.y * &point.z) << 1_u8) % prime;
        Point { x, y, z }
    }

    fn sum(&self, one: &Point, other: &Point) -> Point {
        if one.z == BigUint::ZERO {
            return other.clone();
        }
        if other.z == BigUint::ZERO {
            return one.clone();
        }
        let prime = &self.prime;
        let one_squared = &one.z * &one.z % prime;
        let other_squared = &other.z * &other.z % prime;
        let one_x = &one.x * &other_squared % prime;
        let other_x = &other.x * &one_squared % prime;
        let one_y = &one.y * other_squared % prime * &other.z % prime;
        let other_y = &other.y * one_squared % prime * &one.z % prime;
        let h = self.difference(other_x, &one_x);
        let r = self.difference(other_y, &one_y);
        if h == BigUint::ZERO && r == BigUint::ZERO {
            return self.doubled(one);
        }
        let h_squared = &h * &h % prime;
        let h_cubed = &h_squared * &h % prime;
        let v = one_x * h_squared % prime;
        let x = self.difference(&r * &r, &(&h_cubed + (&v << 1_u8)));
        let y = self.difference(r * self.difference(v, &x), &(one_y * &h_cubed));
        let z = &one.z * &other.z % prime * h % prime;
        Point { x, y, z }
    }

    /// Returns the difference of two numbers of any size.
    fn difference(&self, one: BigUint, other: &BigUint) -> BigUint {
        (one % &self.prime + &self.prime - other % &self.prime) % &self.prime
    }
}

const NAMED: [(ObjectIdentifier, Curve); 9] = [
    (
        ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"),
        Curve::BrainpoolP256r1,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.9"),
        Curve::BrainpoolP320r1,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"),
        Curve::BrainpoolP384r1,
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"),
        Curve::BrainpoolP512r1,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1"),
        Curve::P192,
    ),
    (rfc5912::SECP_224_R_1, Curve::P224),
    (rfc5912::SECP_256_R_1, Curve::P256),
    (rfc5912::SECP_384_R_1, Curve::P384),
    (rfc5912::SECP_521_R_1, Curve::P521),
];
