//! Blocks of PEM (RFC 7468), read as leniently as the programs that write them are loose.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One block: what it says it is, and its bytes.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Why a text has no blocks to give.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PemError {
    /// A block does not end, or is not base64.
    Broken,
    /// A block is encrypted the old way (RFC 1421), with MD5 and one round.
    OldEncryption,
}

/// Returns the blocks of a text in order; what stands between them is skipped.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, PemError> {
    let text = std::str::from_utf8(text).map_err(|_| PemError::Broken)?;
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once("-----").ok_or(PemError::Broken)?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(&end).ok_or(PemError::Broken)?;
        if body.contains("Proc-Type:") {
            return Err(PemError::OldEncryption);
        }
        let digits = body.bytes().filter(|byte| !byte.is_ascii_whitespace());
        let digits: Zeroizing<Vec<u8>> = Zeroizing::new(digits.collect());
        let der = STANDARD.decode(&digits).map_err(|_| PemError::Broken)?;
        blocks.push(Block {
            label,
            der: Zeroizing::new(der),
        });
        rest = after;
    }
    Ok(blocks)
}

const BEGIN: &str = "-----BEGIN ";
