//! The filters of streams undone (ISO 32000-2 §7.4), up to a limit that the caller sets.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::Error;
use super::lexer::{Lexer, is_white};
use super::object::{Dict, Object};

/// One step on the way to a stream's bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Filter {
    Ascii85,
    AsciiHex,
    Flate(Predictor),
    Lzw {
        /// Whether codes grow one code early, as is usual.
        is_early: bool,
        predictor: Predictor,
    },
    RunLength,
    /// By its name.
    Unread(String),
}

/// What was done to rows of samples before they were packed (ISO 32000-2 Table 8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Predictor {
    kind: i64,
    /// Bytes in a row, without the byte that tells a PNG row's kind.
    row: usize,
    /// Bytes from a sample to the same sample of the pixel before, at least 1.
    pixel: usize,
    /// Bits in a sample.
    bits: usize,
}

impl Filter {
    /// Reads a stream's filters in the order in which they are undone; `read` follows a reference.
    pub(super) fn all<'h>(
        dict: &Dict<'h>,
        read: &dyn Fn(&Object<'h>) -> Result<Object<'h>, Error>,
    ) -> Result<Vec<Self>, Error> {
        if dict
            .value("F")
            .is_some_and(|file| !matches!(file, Object::Name(_) | Object::Array(_)))
        {
            return Err(Error::Unread("a stream in another file"));
        }
        let list = |key: &str| -> Result<Vec<Object<'h>>, Error> {
            let Some(value) = dict.value(key) else {
                return Ok(Vec::new());
            };
            match read(value)? {
                Object::Null => Ok(Vec::new()),
                Object::Array(items) if items.len() <= MAX_FILTERS => {
                    items.iter().map(read).collect()
                }
                Object::Array(_) => Err(Error::TooMany {
                    what: "filters of one stream",
                    limit: MAX_FILTERS,
                }),
                one => Ok(vec![one]),
            }
        };
        let names = list("Filter")?;
        let mut settings = list("DecodeParms")?.into_iter();
        let mut filters = Vec::new();
        for name in names {
            let Object::Name(name) = name else {
                return Err(Error::Malformed {
                    object: 0,
                    what: "/Filter",
                    expected: "a name",
                });
            };
            let settings = match settings.next() {
                Some(Object::Dict(settings)) => settings,
                _ => Dict::default(),
            };
            let number = |key: &str, default: i64| -> Result<i64, Error> {
                match settings.value(key).map(read).transpose()? {
                    None | Some(Object::Null) => Ok(default),
                    Some(Object::Integer(number)) => Ok(number),
                    Some(_) => Err(Error::Malformed {
                        object: 0,
                        what: "/DecodeParms",
                        expected: "a dictionary of numbers",
                    }),
                }
            };
            filters.push(match name.as_ref() {
                b"ASCII85Decode" => Self::Ascii85,
                b"ASCIIHexDecode" => Self::AsciiHex,
                b"FlateDecode" => Self::Flate(Predictor::read(&number)?),
                b"LZWDecode" => Self::Lzw {
                    is_early: number("EarlyChange", 1)? != 0,
                    predictor: Predictor::read(&number)?,
                },
                b"RunLengthDecode" => Self::RunLength,
                other => Self::Unread(String::from_utf8_lossy(other).into_owned()),
            });
        }
        Ok(filters)
    }
}

impl Predictor {
    fn read(number: &dyn Fn(&str, i64) -> Result<i64, Error>) -> Result<Self, Error> {
        let wrong = Error::Malformed {
            object: 0,
            what: "/DecodeParms",
            expected: "a predictor with rows of a sound size",
        };
        let size = |key, default| -> Result<usize, Error> {
            let found = number(key, default)?;
            let found = usize::try_from(found)
                .ok()
                .filter(|found| (1..=MAX_SAMPLES).contains(found));
            found.ok_or_else(|| wrong.clone())
        };
        let colours = size("Colors", 1)?;
        let bits = size("BitsPerComponent", 8)?;
        let columns = size("Columns", 1)?;
        let pixel_bits = colours.saturating_mul(bits);
        Ok(Self {
            kind: number("Predictor", 1)?,
            row: columns.saturating_mul(pixel_bits).div_ceil(8),
            pixel: pixel_bits.div_ceil(8).max(1),
            bits,
        })
    }
}

/// Undoes all filters in turn; `object` is the number that errors give.
pub(super) fn decode<'s>(
    data: &'s [u8],
    filters: &[Filter],
    object: u32,
    limit: usize,
) -> Result<Cow<'s, [u8]>, Error> {
    let mut bytes = Cow::Borrowed(data);
    for (left, filter) in (0..filters.len()).rev().zip(filters) {
        // What is between two filters may be larger: text takes twice the room of bytes.
        let room = match left {
            0 => limit,
            _ => limit.saturating_mul(2).saturating_add(LEAST_BETWEEN),
        };
        bytes = Cow::Owned(step(&bytes, filter, object, room)?);
    }
    if bytes.len() > limit {
        return Err(Error::DecodedSize { object, limit });
    }
    Ok(bytes)
}

fn step(data: &[u8], filter: &Filter, object: u32, limit: usize) -> Result<Vec<u8>, Error> {
    let damaged = Error::Inflate { object };
    // A predictor's rows have one byte more than they give.
    let room = |predictor: &Predictor| match predictor.kind {
        10.. => limit
            .saturating_add(limit.checked_div(predictor.row).unwrap_or(limit))
            .saturating_add(1),
        _ => limit,
    };
    let bytes = match filter {
        Filter::Ascii85 => ascii_85(data).ok_or(damaged)?,
        Filter::AsciiHex => {
            let digits: Vec<u8> = std::iter::once(b'<')
                .chain(data.iter().copied().take_while(|byte| *byte != b'>'))
                .chain(std::iter::once(b'>'))
                .collect();
            let bytes = Lexer::new(&digits, 0).hex_string().map(Cow::into_owned);
            bytes.map_err(|_| damaged)?
        }
        Filter::Flate(predictor) => {
            let bytes = inflate(object, data, room(predictor), limit)?;
            unpredict(bytes, predictor).ok_or(damaged)?
        }
        Filter::Lzw {
            is_early,
            predictor,
        } => {
            let bytes = lzw(object, data, *is_early, room(predictor), limit)?;
            unpredict(bytes, predictor).ok_or(damaged)?
        }
        Filter::RunLength => run_length(data, limit).ok_or(damaged)?,
        Filter::Unread(filter) => {
            return Err(Error::Filter {
                object,
                filter: filter.clone(),
            });
        }
    };
    if bytes.len() > limit {
        return Err(Error::DecodedSize { object, limit });
    }
    Ok(bytes)
}

/// Undoes `FlateDecode`, up to `room` bytes; `limit` is the most that errors name.
pub(super) fn inflate(
    object: u32,
    data: &[u8],
    room: usize,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let most = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
    let read = ZlibDecoder::new(data).take(most).read_to_end(&mut bytes);
    if read.is_err() {
        return Err(Error::Inflate { object });
    }
    if bytes.len() > room {
        return Err(Error::DecodedSize { object, limit });
    }
    Ok(bytes)
}

fn lzw(
    object: u32,
    data: &[u8],
    is_early: bool,
    room: usize,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let order = weezl::BitOrder::Msb;
    let mut decoder = if is_early {
        weezl::decode::Decoder::with_tiff_size_switch(order, 8)
    } else {
        weezl::decode::Decoder::new(order, 8)
    };
    let mut bytes = Vec::new();
    let mut rest = data;
    let mut buffer = [0; LZW_BUFFER_BYTES];
    loop {
        let step = decoder.decode_bytes(rest, &mut buffer);
        rest = rest.get(step.consumed_in..).unwrap_or_default();
        bytes.extend_from_slice(buffer.get(..step.consumed_out).unwrap_or_default());
        if bytes.len() > room {
            return Err(Error::DecodedSize { object, limit });
        }
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
            // The mark of the end is often left out.
            Ok(_) => return Ok(bytes),
            Err(_) => return Err(Error::Inflate { object }),
        }
    }
}

/// Undoes `ASCII85Decode` (ISO 32000-2 §7.4.3).
fn ascii_85(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut group: u32 = 0;
    let mut count: usize = 0;
    for byte in data.iter().copied().filter(|byte| !is_white(*byte)) {
        match byte {
            b'~' => break,
            b'z' if count == 0 => bytes.extend([0; 4]),
            b'!'..=b'u' => {
                let digit = u32::from(byte.checked_sub(b'!')?);
                group = group.checked_mul(85)?.checked_add(digit)?;
                count = count.saturating_add(1);
                if count == 5 {
                    bytes.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => return None,
        }
    }
    match count {
        0 => {}
        1 => return None,
        _ => {
            for _ in count..5 {
                group = group.checked_mul(85)?.checked_add(84)?;
            }
            let last = group.to_be_bytes();
            bytes.extend_from_slice(last.get(..count.checked_sub(1)?)?);
        }
    }
    Some(bytes)
}

/// Undoes `RunLengthDecode` (ISO 32000-2 §7.4.5).
fn run_length(data: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = data;
    while let [length, after @ ..] = rest {
        rest = match *length {
            128 => break,
            length @ 0..128 => {
                let (run, after) = after.split_at_checked(usize::from(length).saturating_add(1))?;
                bytes.extend_from_slice(run);
                after
            }
            length => {
                let (byte, after) = after.split_first()?;
                let count = usize::from(length).abs_diff(257);
                bytes.resize(bytes.len().saturating_add(count), *byte);
                after
            }
        };
        if bytes.len() > limit {
            break;
        }
    }
    Some(bytes)
}

/// Undoes a predictor (ISO 32000-2 §7.4.4.4).
fn unpredict(bytes: Vec<u8>, predictor: &Predictor) -> Option<Vec<u8>> {
    match predictor.kind {
        1 => Some(bytes),
        2 => unpredict_tiff(bytes, predictor),
        10..=15 => unpredict_png(&bytes, predictor),
        _ => None,
    }
}

fn unpredict_tiff(mut bytes: Vec<u8>, predictor: &Predictor) -> Option<Vec<u8>> {
    if predictor.bits != 8 {
        return None;
    }
    for row in bytes.chunks_mut(predictor.row.max(1)) {
        for at in predictor.pixel..row.len() {
            let before = *row.get(at.checked_sub(predictor.pixel)?)?;
            let byte = row.get_mut(at)?;
            *byte = byte.wrapping_add(before);
        }
    }
    Some(bytes)
}

fn unpredict_png(bytes: &[u8], predictor: &Predictor) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut is_first = true;
    for packed in bytes.chunks(predictor.row.checked_add(1)?) {
        let (kind, packed) = packed.split_first()?;
        for (at, byte) in packed.iter().enumerate() {
            let back = |count: usize| {
                let found = out.len().checked_sub(count).and_then(|at| out.get(at));
                found.copied().unwrap_or(0)
            };
            let has_left = at >= predictor.pixel;
            let left = if has_left { back(predictor.pixel) } else { 0 };
            let up = if is_first { 0 } else { back(predictor.row) };
            let expected = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => left.midpoint(up),
                4 if is_first || !has_left => paeth(left, up, 0),
                4 => paeth(
                    left,
                    up,
                    back(predictor.row.saturating_add(predictor.pixel)),
                ),
                _ => return None,
            };
            out.push(byte.wrapping_add(expected));
        }
        is_first = false;
    }
    Some(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let estimate = a.saturating_add(b).saturating_sub(c);
    let [to_left, to_up, to_corner] = [a, b, c].map(|value| estimate.abs_diff(value));
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

/// Filters of one stream.
const MAX_FILTERS: usize = 8;

/// Samples in a row, bits in a sample, samples in a pixel.
const MAX_SAMPLES: usize = 1 << 20;

/// Room for what is between two filters, however little comes out in the end.
const LEAST_BETWEEN: usize = 1_024;

const LZW_BUFFER_BYTES: usize = 4_096;
