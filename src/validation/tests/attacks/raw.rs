//! Updates written by hand, so that they may hold what our own writer never would.

use std::ops::Range;

use crate::pdf::tests::samples;

/// An update in the making.
pub(crate) struct Raw {
    file: Vec<u8>,
    objects: Vec<(u32, Vec<u8>)>,
    next: u32,
    trailer: String,
    previous: String,
}

impl Raw {
    /// Begins an update of a file that our writer made.
    pub(crate) fn on(file: &[u8]) -> Self {
        let all = text(file);
        let (_, trailer) = all.rsplit_once("trailer\n<<").unwrap();
        let (trailer, rest) = trailer.split_once(">>\nstartxref\n").unwrap();
        let (previous, _) = rest.split_once('\n').unwrap();
        let (trailer, size) = without(trailer, "/Size ");
        let (trailer, _) = without(&trailer, "/Prev ");
        Self {
            file: file.to_vec(),
            objects: Vec::new(),
            next: size.parse().unwrap(),
            trailer,
            previous: previous.to_owned(),
        }
    }

    /// Takes the number of a new object.
    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Adds a new object and returns its number.
    pub(crate) fn add(&mut self, body: impl AsRef<str>) -> u32 {
        let number = self.number();
        self.put(number, body);
        number
    }

    /// Writes an object anew.
    pub(crate) fn put(&mut self, number: u32, body: impl AsRef<str>) {
        self.objects.push((number, bytes(body.as_ref())));
    }

    /// Writes an object anew, with some words of it replaced.
    pub(crate) fn replace(&mut self, number: u32, old: &str, new: &str) {
        let body = samples::body(&self.file, number);
        assert!(body.contains(old), "{old} is not in {body}");
        self.put(number, body.replace(old, new));
    }

    /// Adds to a dictionary, written anew.
    pub(crate) fn extend(&mut self, number: u32, entries: &str) {
        let written = self.objects.iter().rposition(|(of, _)| *of == number);
        let body = match written {
            Some(at) => text(&self.objects.remove(at).1),
            None => samples::body(&self.file, number),
        };
        let body = body.strip_suffix(">>").unwrap();
        self.put(number, format!("{body}{entries}>>"));
    }

    /// Changes the trailer.
    pub(crate) fn trailer(&mut self, old: &str, new: &str) {
        assert!(
            self.trailer.contains(old),
            "{old} is not in {}",
            self.trailer
        );
        self.trailer = self.trailer.replace(old, new);
    }

    /// Adds to the trailer.
    pub(crate) fn trailer_too(&mut self, entries: &str) {
        self.trailer.push_str(entries);
    }

    /// Names another table as the one before.
    pub(crate) fn previous(&mut self, at: impl ToString) {
        self.previous = at.to_string();
    }

    /// Returns where the table before is.
    pub(crate) fn previous_at(&self) -> usize {
        self.previous.parse().unwrap()
    }

    /// Writes the file with the update.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.finish_with(|table| table)
    }

    /// Writes the file with the update, and a table that is changed first: from `xref` to the line
    /// before `trailer`.
    pub(crate) fn finish_with(mut self, change: impl FnOnce(String) -> String) -> Vec<u8> {
        let mut places = Vec::new();
        for (number, body) in &self.objects {
            places.push((*number, self.file.len()));
            self.file.extend(format!("{number} 0 obj\n").bytes());
            self.file.extend(body);
            self.file.extend(b"\nendobj\n");
        }
        places.sort_unstable();
        let mut table = "xref\n".to_owned();
        for (number, offset) in places {
            table.push_str(&format!("{number} 1\n{offset:010} 00000 n\r\n"));
        }
        let start = self.file.len();
        self.file.extend(bytes(&change(table)));
        let Self {
            next,
            trailer,
            previous,
            ..
        } = &self;
        let previous = match previous.as_str() {
            "" => String::new(),
            at => format!("/Prev {at}"),
        };
        let end =
            format!("trailer\n<<{trailer}/Size {next}{previous}>>\nstartxref\n{start}\n%%EOF\n");
        self.file.extend(bytes(&end));
        self.file
    }

    /// Writes the file with the update, and a signature in it.
    pub(crate) fn sign(mut self, widget: u32, hand: &Hand<'_>) -> Vec<u8> {
        let signature = self.number();
        self.extend(widget, &format!("/V {signature} 0 R"));
        self.sign_alone(signature, hand)
    }

    /// Writes the file with the update and a signature dictionary of this number.
    pub(crate) fn sign_alone(mut self, signature: u32, hand: &Hand<'_>) -> Vec<u8> {
        let (range, room) = (" ".repeat(RANGE), "0".repeat(2 * ROOM));
        let entries = &hand.entries;
        let type_of = if entries.contains("/Type") {
            ""
        } else {
            "/Type/Sig"
        };
        let filter = if entries.contains("/SubFilter") {
            ""
        } else {
            "/SubFilter/ETSI.CAdES.detached"
        };
        self.put(
            signature,
            format!("<<{type_of}/Filter/Adobe.PPKLite{filter}{entries}/ByteRange{range}/Contents<{room}>>>"),
        );
        let mut file = self.finish();
        let at = last(&file, &format!("/Contents<{room}"));
        let (open, close) = (at + 9, at + 11 + 2 * ROOM);
        let (said, covered) = (hand.range)([0, open, close, file.len() - close]);
        assert!(said.len() <= RANGE, "{said}");
        file[at - RANGE..at - RANGE + said.len()].copy_from_slice(said.as_bytes());
        let mut signed = Vec::new();
        for part in covered {
            signed.extend(&file[part.start.min(file.len())..part.end.min(file.len())]);
        }
        let written = (hand.write)(&(hand.seal)(&signed));
        file[open..open + written.len()].copy_from_slice(&written);
        file
    }
}

/// What a signature range says, and what is really covered.
pub(crate) type Said = (String, Vec<Range<usize>>);

/// How a signature is written by hand.
pub(crate) struct Hand<'a> {
    /// More entries of the dictionary.
    pub(crate) entries: String,
    /// Writes the range, given the lawful one.
    pub(crate) range: fn([usize; 4]) -> Said,
    /// Makes the CMS over what is covered.
    pub(crate) seal: Sealer<'a>,
    /// Writes the contents, brackets and padding included.
    pub(crate) write: fn(&[u8]) -> Vec<u8>,
}

/// Makes a CMS over some bytes.
pub(crate) type Sealer<'a> = Box<dyn Fn(&[u8]) -> Vec<u8> + 'a>;

impl<'a> Hand<'a> {
    pub(crate) fn new(seal: impl Fn(&[u8]) -> Vec<u8> + 'a) -> Self {
        Self {
            entries: "/M(D:20261122140500Z)".to_owned(),
            range: lawful,
            seal: Box::new(seal),
            write: padded,
        }
    }
}

/// The range as it should be.
pub(crate) fn lawful(range: [usize; 4]) -> Said {
    let [start, length, next, rest] = range;
    let said = format!("[{start} {length} {next} {rest}]");
    (said, vec![start..start + length, next..next + rest])
}

/// The contents as they should be.
pub(crate) fn padded(cms: &[u8]) -> Vec<u8> {
    let mut digits = hex::encode_upper(cms).into_bytes();
    assert!(digits.len() <= 2 * ROOM, "{} bytes", cms.len());
    digits.resize(2 * ROOM, b'0');
    [b"<", digits.as_slice(), b">"].concat()
}

/// Returns the place of the last such words.
pub(crate) fn last(file: &[u8], words: &str) -> usize {
    let found = places(file, words).last().copied();
    found.unwrap_or_else(|| panic!("{words} is not there"))
}

/// Returns every place of such words.
pub(crate) fn places(file: &[u8], words: &str) -> Vec<usize> {
    let words = bytes(words);
    let windows = file.windows(words.len()).enumerate();
    windows
        .filter(|(_, window)| *window == words)
        .map(|(at, _)| at)
        .collect()
}

/// Replaces the last such words by others of the same length.
pub(crate) fn swap(file: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut file = file.to_vec();
    let (at, new) = (last(&file, old), bytes(new));
    assert_eq!(old.chars().count(), new.len(), "{old}");
    file[at..at + new.len()].copy_from_slice(&new);
    file
}

/// A character for a byte.
pub(crate) fn text(file: &[u8]) -> String {
    file.iter().map(|byte| char::from(*byte)).collect()
}

/// A byte for a character.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let byte = |character| u8::try_from(u32::from(character)).unwrap();
    text.chars().map(byte).collect()
}

/// A stream's body.
pub(crate) fn stream(entries: &str, data: &str) -> String {
    let length = data.chars().count();
    format!("<<{entries}/Length {length}>>\nstream\n{data}\nendstream")
}

fn without(text: &str, key: &str) -> (String, String) {
    let Some((before, after)) = text.split_once(key) else {
        return (text.to_owned(), String::new());
    };
    let end = after.find(|character: char| !character.is_ascii_digit());
    let (value, after) = after.split_at(end.unwrap_or(after.len()));
    (format!("{before}{after}"), value.to_owned())
}

/// Room for the CMS, in bytes.
const ROOM: usize = 6_000;
/// Room for the range, in bytes.
const RANGE: usize = 64;
