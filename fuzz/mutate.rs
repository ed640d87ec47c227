// Mutates seeds in the same way in each run. Included by the test binary.

/// Numbers that look random and are the same in each run (splitmix64).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below the limit, which is not zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Damages one of the seeds in one to four places.
pub(crate) fn mutated(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(4) {
        let size = bytes.len();
        if size == 0 {
            bytes.push(0x30);
            continue;
        }
        let at = numbers.below(size);
        let length = (1 + numbers.below(32)).min(size - at);
        match numbers.below(9) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes[at] = INTERESTING[numbers.below(INTERESTING.len())],
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let piece = bytes[at..at + length].to_vec();
                let to = numbers.below(size);
                bytes.splice(to..to, piece);
            }
            4 => bytes.truncate(at),
            5 => {
                let word = WORDS[numbers.below(WORDS.len())].as_bytes();
                let end = (at + word.len()).min(size);
                bytes.splice(at..end, word.iter().copied());
            }
            6 => {
                let word = WORDS[numbers.below(WORDS.len())].as_bytes();
                bytes.splice(at..at, word.iter().copied());
            }
            7 => {
                // A piece of another seed.
                let other = &seeds[numbers.below(seeds.len())];
                let from = numbers.below(other.len().max(1)).min(other.len());
                let end = (from + 4 * length).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                // A length or a number that is off by one.
                bytes[at] = bytes[at].wrapping_add(1);
            }
        }
    }
    bytes
}

const INTERESTING: [u8; 12] = [
    0x00, 0x01, 0x02, 0x04, 0x05, 0x30, 0x31, 0x7F, 0x80, 0x84, 0xA0, 0xFF,
];

const WORDS: [&str; 36] = [
    "<<",
    ">>",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "/",
    "%",
    " 0 R",
    "null",
    "true",
    "-1",
    "99999999999",
    "obj",
    "endobj",
    "stream",
    "endstream",
    "xref",
    "trailer",
    "startxref",
    "%%EOF\n",
    "/Prev ",
    "/Kids[",
    "/Parent ",
    "/Length ",
    "/Contents<",
    "/ByteRange[",
    "/Type/ObjStm",
    "/Type/XRef",
    "/XRefStm ",
    "/Filter/FlateDecode",
    "/W[1 4 1]",
    "\u{30}\u{0}",
    "\"\"\"",
];
