//! The signatures that a file holds, read without judging them.

use super::document::Document;
use super::form;
use super::object::{Dict, Object};
use super::{EmbeddedSignature, Error, SignatureKind};

pub(super) fn embedded_signatures(pdf: &[u8]) -> Result<Vec<EmbeddedSignature>, Error> {
    let document = Document::open(pdf)?;
    let Some(form) = form::form(&document)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for field in form::fields(&document, &form)? {
        let field = field?;
        let Some(value) = field.value.filter(|_| field.is_signature) else {
            continue;
        };
        let holder = value.reference().unwrap_or(field.reference).number;
        let Object::Dict(signature) = document.resolve(&value)?.into_owned() else {
            return Err(Error::Malformed {
                object: holder,
                what: "/V of a signature field",
                expected: "a dictionary",
            });
        };
        found.push(read(&document, field.name, holder, &signature)?);
    }
    found.sort_by_key(|signature| signature.revision_end);
    Ok(found)
}

fn read(
    document: &Document<'_>,
    field: String,
    holder: u32,
    signature: &Dict<'_>,
) -> Result<EmbeddedSignature, Error> {
    let wrong = |what, expected| Error::Malformed {
        object: holder,
        what,
        expected,
    };
    let contents = match document.value(signature, "Contents")?.as_deref() {
        Some(Object::String(bytes)) => bytes.to_vec(),
        _ => return Err(wrong("/Contents", "a string")),
    };
    let range = document.array(holder, signature, "ByteRange")?;
    let number = |number: &Object<'_>| match number {
        Object::Integer(number) => usize::try_from(*number).ok(),
        _ => None,
    };
    let range: Option<Vec<usize>> = range.iter().map(number).collect();
    let byte_range = range.and_then(|range| <[usize; 4]>::try_from(range).ok());
    let byte_range = byte_range.ok_or_else(|| wrong("/ByteRange", "four offsets and lengths"))?;
    Ok(EmbeddedSignature {
        field,
        kind: kind(document, holder, signature)?,
        byte_range,
        contents,
        revision_end: document.table.revision_end(document.data, holder)?,
    })
}

fn kind(
    document: &Document<'_>,
    holder: u32,
    signature: &Dict<'_>,
) -> Result<SignatureKind, Error> {
    if signature.is("Type", "DocTimeStamp") {
        return Ok(SignatureKind::TimeStamp);
    }
    for reference in document.array(holder, signature, "Reference")? {
        let reference = document.resolve(&reference)?;
        if matches!(reference.as_ref(), Object::Dict(found) if found.is("TransformMethod", "DocMDP"))
        {
            return Ok(SignatureKind::Certification);
        }
    }
    Ok(SignatureKind::Approval)
}
