//! BER as DER writes it: definite lengths, as short as can be, and octet strings in one piece
//! (X.690 §8.1.3, §8.7 and §10.1). The order of sets stays as it came.

/// Returns the first value in the bytes in that form, and how many bytes it was.
///
/// Nothing comes of what is cut short, nested too deep, or not BER.
pub(super) fn definite(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    loop {
        let (done, next) = match open.last() {
            Some(Open { end: Some(end), .. }) if *end == at => (open.pop()?.written(), at),
            Some(Open { end: None, .. }) if bytes.get(at..)?.starts_with(&[0, 0]) => {
                (open.pop()?.written(), at.checked_add(2)?)
            }
            _ => {
                let limit = open.iter().rev().find_map(|open| open.end);
                let head = Head::read(bytes, at, limit.unwrap_or(bytes.len()))?;
                if head.tag & CONSTRUCTED != 0 {
                    if open.len() >= MAX_DEPTH {
                        return None;
                    }
                    open.push(Open {
                        tag: head.tag,
                        end: head.end,
                        content: Vec::new(),
                    });
                    at = head.start;
                    continue;
                }
                let end = head.end?;
                let value = Written {
                    tag: head.tag,
                    content: bytes.get(head.start..end)?.to_vec(),
                };
                (value, end)
            }
        };
        at = next;
        match open.last_mut() {
            None => {
                let mut out = Vec::new();
                done.write(&mut out)?;
                return Some((out, at));
            }
            // An octet string in pieces, each of which is one.
            Some(parent) if parent.tag == STRING_IN_PIECES => {
                if done.tag != STRING {
                    return None;
                }
                parent.content.extend(done.content);
            }
            Some(parent) => done.write(&mut parent.content)?,
        }
    }
}

/// A constructed value that is not at its end.
struct Open {
    tag: u8,
    /// Where it ends; `None` where it says so when it does.
    end: Option<usize>,
    content: Vec<u8>,
}

struct Written {
    tag: u8,
    content: Vec<u8>,
}

struct Head {
    tag: u8,
    start: usize,
    end: Option<usize>,
}

impl Open {
    fn written(self) -> Written {
        let tag = if self.tag == STRING_IN_PIECES {
            STRING
        } else {
            self.tag
        };
        Written {
            tag,
            content: self.content,
        }
    }
}

impl Written {
    fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        out.push(self.tag);
        let length = self.content.len();
        match u8::try_from(length) {
            Ok(short) if short < 0x80 => out.push(short),
            _ => {
                let octets = u32::try_from(length).ok()?.to_be_bytes();
                let octets: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
                out.push(u8::try_from(octets.len()).ok()? | 0x80);
                out.extend(octets);
            }
        }
        out.extend_from_slice(&self.content);
        Some(())
    }
}

impl Head {
    fn read(bytes: &[u8], at: usize, limit: usize) -> Option<Self> {
        let rest = bytes.get(at..limit)?;
        let (tag, rest) = rest.split_first()?;
        let (first, rest) = rest.split_first()?;
        // Zero marks an end, which has no place here; long tags are in no CMS.
        if *tag == 0 || tag & 0x1F == 0x1F {
            return None;
        }
        let start = at.checked_add(2)?;
        let (start, length) = match first {
            0..=0x7F => (start, usize::from(*first)),
            // Without a length, until an end is marked.
            0x80 if tag & CONSTRUCTED != 0 => {
                return Some(Self {
                    tag: *tag,
                    start,
                    end: None,
                });
            }
            0x81..=0x84 => {
                let octets = rest.get(..usize::from(first & 0x7F))?;
                let length = octets.iter().try_fold(0_usize, |length, octet| {
                    length.checked_mul(256)?.checked_add(usize::from(*octet))
                })?;
                (start.checked_add(octets.len())?, length)
            }
            _ => return None,
        };
        let end = start.checked_add(length).filter(|end| *end <= limit)?;
        Some(Self {
            tag: *tag,
            start,
            end: Some(end),
        })
    }
}

const CONSTRUCTED: u8 = 0x20;
/// More than any CMS with a token in it has.
const MAX_DEPTH: usize = 64;
const STRING: u8 = 0x04;
const STRING_IN_PIECES: u8 = 0x24;
