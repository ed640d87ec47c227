//! Tells pages that are only pictures, as a scanner makes them.

use super::Error;
use super::document::Document;
use super::object::{Dict, Object};

pub(super) fn is_image_only(pdf: &[u8]) -> Result<bool, Error> {
    let document = Document::open(pdf)?;
    let (_, catalog) = document.catalog()?;
    let pages = document.pages(&catalog)?;
    for page in pages.iter().take(MAX_PAGES) {
        let object = page.reference.number;
        let Some(resources) = resources(&document, object, &page.dict)? else {
            return Ok(false);
        };
        if !has_only_images(&document, object, &resources)? {
            return Ok(false);
        }
    }
    Ok(!pages.is_empty())
}

/// Returns the page's resources, its own or an ancestor's (ISO 32000-2 Table 31).
fn resources<'a>(
    document: &Document<'a>,
    object: u32,
    page: &Dict<'a>,
) -> Result<Option<Dict<'a>>, Error> {
    let mut node = page.clone();
    for _ in 0..MAX_DEPTH {
        if let Some(found) = document.dict(object, &node, "Resources")? {
            return Ok(Some(found));
        }
        let Some(parent) = node.value("Parent").and_then(Object::reference) else {
            return Ok(None);
        };
        node = document.dict_at(parent)?;
    }
    Ok(None)
}

/// Tells whether there is a picture to draw and no font to write with.
fn has_only_images<'a>(
    document: &Document<'a>,
    object: u32,
    resources: &Dict<'a>,
) -> Result<bool, Error> {
    if let Some(fonts) = document.dict(object, resources, "Font")?
        && fonts.iter().next().is_some()
    {
        return Ok(false);
    }
    let Some(drawn) = document.dict(object, resources, "XObject")? else {
        return Ok(false);
    };
    let mut has_image = false;
    for (_, value) in drawn.iter().take(MAX_OBJECTS) {
        let Object::Stream(stream) = document.resolve(value)?.into_owned() else {
            return Ok(false);
        };
        // A form may hold text.
        if !stream.dict.is("Subtype", "Image") {
            return Ok(false);
        }
        has_image = true;
    }
    Ok(has_image)
}

/// What the first pages are says what the file is.
const MAX_PAGES: usize = 50;
/// No tree of pages is deeper.
const MAX_DEPTH: usize = 32;
/// No scanned page is made of more pieces.
const MAX_OBJECTS: usize = 1_000;
