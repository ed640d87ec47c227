//! Streams unpacked, up to a limit that the caller sets.

use super::Error;
use super::document::Document;
use super::filters;
use super::object::{Object, Stream};

/// Returns a stream's bytes with its filters undone; `object` is its number.
///
/// `FlateDecode` without predictor is read, once; that is what Typst and the signer write.
pub(super) fn decode(
    document: &Document<'_>,
    object: u32,
    stream: &Stream<'_>,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    if stream.dict.value("F").is_some() {
        return Err(Error::Unread("a stream in another file"));
    }
    let filter = match document.value(&stream.dict, "Filter")?.as_deref() {
        None => None,
        Some(Object::Name(name)) => Some(name.clone()),
        Some(Object::Array(names)) => match names.as_slice() {
            [] => None,
            [Object::Name(name)] => Some(name.clone()),
            _ => return Err(Error::Unread("a stream with several filters")),
        },
        Some(_) => {
            return Err(Error::Malformed {
                object,
                what: "/Filter",
                expected: "a name",
            });
        }
    };
    let Some(filter) = filter else {
        return match stream.data.len() {
            size if size > limit => Err(Error::DecodedSize { object, limit }),
            _ => Ok(stream.data.to_vec()),
        };
    };
    if filter.as_ref() != b"FlateDecode" {
        let filter = String::from_utf8_lossy(&filter).into_owned();
        return Err(Error::Filter { object, filter });
    }
    if stream.dict.value("DecodeParms").is_some() {
        return Err(Error::Unread("a stream with a predictor"));
    }
    filters::inflate(object, stream.data, limit, limit)
}
