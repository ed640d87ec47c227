//! Embedded files (ISO 32000-2 §7.11.4, §14.13), found by name.

use std::collections::BTreeSet;

use super::Error;
use super::document::Document;
use super::object::{self, Dict, Object, Reference};
use super::stream;

/// An embedded file as its specification tells of it.
pub(super) struct Attachment {
    /// From `/UF`, else `/F`.
    pub(super) name: String,
    /// The value of `/AFRelationship`.
    pub(super) relationship: String,
    /// The embedded file's stream.
    pub(super) file: Reference,
}

pub(super) fn attachment(pdf: &[u8], name: &str) -> Result<Option<Vec<u8>>, Error> {
    let document = Document::open(pdf)?;
    let mut named = all(&document)?
        .into_iter()
        .filter(|attachment| attachment.name == name);
    let Some(found) = named.next() else {
        return Ok(None);
    };
    if named.next().is_some() {
        return Err(Error::AttachmentTwice(name.to_owned()));
    }
    contents(&document, found.file).map(Some)
}

/// Returns an embedded file's bytes.
pub(super) fn contents(document: &Document<'_>, file: Reference) -> Result<Vec<u8>, Error> {
    let embedded = document.stream(file)?;
    stream::decode(document, file.number, &embedded, MAX_ATTACHMENT_BYTES)
}

/// Returns the files in the name tree and in the catalog's `/AF`, each once, in that order.
pub(super) fn all(document: &Document<'_>) -> Result<Vec<Attachment>, Error> {
    let (root, catalog) = document.catalog()?;
    let mut specifications = Vec::new();
    if let Some(names) = document.dict(root.number, &catalog, "Names")?
        && let Some(tree) = names.value("EmbeddedFiles")
    {
        specifications.extend(name_tree(document, root.number, tree)?);
    }
    specifications.extend(document.array(root.number, &catalog, "AF")?);

    if specifications.len() > MAX_ATTACHMENTS {
        return Err(Error::TooMany {
            what: "attachments",
            limit: MAX_ATTACHMENTS,
        });
    }

    let mut found: Vec<Attachment> = Vec::new();
    let mut known = BTreeSet::new();
    for specification in &specifications {
        let holder = specification
            .reference()
            .map_or(root.number, |found| found.number);
        let Object::Dict(specification) = document.resolve(specification)?.into_owned() else {
            return Err(malformed(holder, "the file specification", "a dictionary"));
        };
        let attachment = read(document, holder, &specification)?;
        let key = (attachment.file, attachment.name.clone());
        if known.insert(key) {
            found.push(attachment);
        }
    }
    Ok(found)
}

fn read(
    document: &Document<'_>,
    holder: u32,
    specification: &Dict<'_>,
) -> Result<Attachment, Error> {
    let text = |key| -> Result<Option<String>, Error> {
        match document.value(specification, key)?.as_deref() {
            None => Ok(None),
            Some(Object::String(bytes)) => Ok(Some(object::text(bytes))),
            Some(_) => Err(malformed(holder, "a file name", "a string")),
        }
    };
    let name = match text("UF")? {
        Some(name) => Some(name),
        None => text("F")?,
    };
    let name = name.ok_or_else(|| malformed(holder, "/UF or /F", "there"))?;
    let files = document
        .dict(holder, specification, "EF")?
        .unwrap_or_default();
    let reference = |key| files.value(key).and_then(Object::reference);
    let file = reference("F").or_else(|| reference("UF"));
    // One specification with two files would show different bytes to different readers.
    if reference("UF").is_some_and(|other| Some(other) != file) {
        return Err(Error::AttachmentTwice(name));
    }
    let file = file.ok_or_else(|| malformed(holder, "/EF", "a dictionary with a file"))?;
    let relationship = match specification.value("AFRelationship") {
        Some(Object::Name(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => String::from("Unspecified"),
    };
    Ok(Attachment {
        name,
        relationship,
        file,
    })
}

/// Returns the values of a name tree (ISO 32000-2 §7.9.6) in its order.
fn name_tree<'a>(
    document: &Document<'a>,
    holder: u32,
    root: &Object<'a>,
) -> Result<Vec<Object<'a>>, Error> {
    let mut values = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![root.clone()];
    while let Some(node) = open.pop() {
        let object = node.reference().map_or(holder, |node| node.number);
        if node
            .reference()
            .is_some_and(|node| !seen.insert(node.number))
        {
            return Err(Error::Loop { object });
        }
        let Object::Dict(node) = document.resolve(&node)?.into_owned() else {
            return Err(malformed(object, "a node of the name tree", "a dictionary"));
        };
        let mut names = document.array(object, &node, "Names")?.into_iter();
        while let Some(key) = names.next() {
            let value = names.next();
            let (Object::String(_), Some(value)) = (document.resolve(&key)?.as_ref(), value) else {
                return Err(malformed(object, "/Names", "pairs of a string and a value"));
            };
            values.push(value);
        }
        open.extend(document.array(object, &node, "Kids")?.into_iter().rev());
    }
    Ok(values)
}

fn malformed(object: u32, what: &'static str, expected: &'static str) -> Error {
    Error::Malformed {
        object,
        what,
        expected,
    }
}

/// Bytes of an attachment: `avtalsdata.json` for 50 parties has some 20 KB.
const MAX_ATTACHMENT_BYTES: usize = 1 << 20;

/// File specifications in the name tree and in `/AF` together; a copy has one in both.
const MAX_ATTACHMENTS: usize = 200;
