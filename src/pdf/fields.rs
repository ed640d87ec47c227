//! Placeholders found, and made into unsigned signature fields.

use std::collections::BTreeMap;

use super::document::{Document, Page};
use super::object::{Dict, Object, Reference, Stream};
use super::tags::{self, ParentTree};
use super::write::Rewrite;
use super::{AppearanceFont, Error, Field, PLACEHOLDER_URL};

/// A link annotation that stands for a field.
struct Placeholder<'a> {
    page: Reference,
    annotation: Reference,
    dict: Dict<'a>,
}

pub(super) fn base_revision(
    typeset: &[u8],
    fields: &[Field],
    font: &AppearanceFont,
) -> Result<Vec<u8>, Error> {
    check(fields)?;
    let document = Document::open(typeset)?;
    if document.version != "1.7" {
        return Err(Error::Unexpected("another version than PDF 1.7"));
    }
    if !matches!(document.table.trailer.value("ID"), Some(Object::Array(_))) {
        return Err(Error::Unexpected("no file identifier"));
    }
    let (root, mut catalog) = document.catalog()?;
    if catalog.value("AcroForm").is_some() {
        return Err(Error::Unexpected("a form"));
    }
    let pages = document.pages(&catalog)?;
    let mut placeholders = find(&document, &pages)?;

    let mut rewrite = Rewrite::new(&document)?;
    let tree = ParentTree::read(&rewrite, &catalog)?;
    let mut widgets = Vec::with_capacity(fields.len());
    for field in fields {
        let missing = Error::FieldMissing(field.name.clone());
        let placeholder = placeholders.remove(&field.name).ok_or(missing)?;
        make_widget(&mut rewrite, &tree, field, &placeholder)?;
        widgets.push(placeholder);
    }
    if let Some((name, _)) = placeholders.pop_first() {
        return Err(Error::FieldExtra(name));
    }
    order_tabs(&mut rewrite, &pages, &widgets);

    let font_object = font.add_to(&mut rewrite)?;
    let fonts = [(FONT_NAME, Object::Reference(font_object))]
        .into_iter()
        .collect();
    let resources = [("Font", Object::Dict(fonts))].into_iter().collect();
    let references = widgets
        .iter()
        .map(|widget| Object::Reference(widget.annotation))
        .collect();
    // ISO 32000-2 Table 224. NeedAppearances is never written (ISO 19005-3 §6.4.1).
    let form: Dict<'_> = [
        ("Fields", Object::Array(references)),
        (
            "SigFlags",
            Object::Integer(SIGNATURES_EXIST_AND_APPEND_ONLY),
        ),
        ("DR", Object::Dict(resources)),
    ]
    .into_iter()
    .collect();
    let form = rewrite.add(&Object::Dict(form))?;
    catalog.set("AcroForm", Object::Reference(form));
    let extensions = extensions(&document, root, &catalog)?;
    catalog.set("Extensions", Object::Dict(extensions));
    rewrite.change(root, Object::Dict(catalog));
    rewrite.finish()
}

/// Refuses names and tooltips that cannot stand in a file, and names that come twice.
fn check(fields: &[Field]) -> Result<(), Error> {
    let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    if let Some((name, _)) = names
        .iter()
        .zip(names.iter().skip(1))
        .find(|(one, next)| one == next)
    {
        return Err(Error::FieldTwice((*name).to_owned()));
    }
    for Field { name, tooltip } in fields {
        // A full stop would split the name (ISO 32000-2 §12.7.4.2), and a URI holds ASCII only.
        let lawful = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(lawful) {
            return Err(Error::FieldName(name.clone()));
        }
        let length = tooltip.chars().count();
        if tooltip.trim().is_empty()
            || length > MAX_TOOLTIP_CHARS
            || tooltip.contains(char::is_control)
        {
            return Err(Error::FieldTooltip(name.clone()));
        }
    }
    Ok(())
}

/// Finds the placeholders by field name.
///
/// A placeholder is a link annotation of a page whose action is a URI under [`PLACEHOLDER_URL`].
/// The same words anywhere else, in text, metadata or another kind of annotation, count for
/// nothing.
fn find<'a>(
    document: &Document<'a>,
    pages: &[Page<'a>],
) -> Result<BTreeMap<String, Placeholder<'a>>, Error> {
    let mut found = BTreeMap::new();
    for page in pages {
        let object = page.reference.number;
        for annotation in document.array(object, &page.dict, "Annots")? {
            let Some(annotation) = annotation.reference() else {
                return Err(Error::Unexpected("an annotation inside its page object"));
            };
            let dict = document.dict_at(annotation)?;
            let Some(name) = placeholder_name(document, annotation, &dict)? else {
                continue;
            };
            let placeholder = Placeholder {
                page: page.reference,
                annotation,
                dict,
            };
            if found.insert(name.clone(), placeholder).is_some() {
                return Err(Error::FieldTwice(name));
            }
        }
    }
    Ok(found)
}

/// Returns the field name of a placeholder, or none for another annotation.
fn placeholder_name<'a>(
    document: &Document<'a>,
    annotation: Reference,
    dict: &Dict<'a>,
) -> Result<Option<String>, Error> {
    if !dict.is("Subtype", "Link") {
        return Ok(None);
    }
    let Some(action) = document.dict(annotation.number, dict, "A")? else {
        return Ok(None);
    };
    if !action.is("S", "URI") {
        return Ok(None);
    }
    let uri = document.value(&action, "URI")?;
    let Some(Object::String(uri)) = uri.as_deref() else {
        return Ok(None);
    };
    let name = uri.strip_prefix(PLACEHOLDER_URL.as_bytes());
    Ok(name.map(|name| String::from_utf8_lossy(name).into_owned()))
}

/// Turns a placeholder's annotation into a widget merged with its field.
fn make_widget<'a>(
    rewrite: &mut Rewrite<'_, 'a>,
    tree: &ParentTree<'a>,
    field: &Field,
    placeholder: &Placeholder<'a>,
) -> Result<(), Error> {
    let Placeholder {
        page,
        annotation,
        dict,
    } = placeholder;
    let untagged = Error::FieldUntagged(field.name.clone());
    let Some(Object::Integer(struct_parent)) = dict.value("StructParent") else {
        return Err(untagged);
    };
    // A link over several lines has one quadrilateral, of eight numbers, for each.
    let quads = rewrite
        .document
        .array(annotation.number, dict, "QuadPoints")?;
    if quads.len() > 8 {
        return Err(Error::FieldSplit(field.name.clone()));
    }
    let rect = rewrite.document.array(annotation.number, dict, "Rect")?;
    let (width, height) = size(&rect).ok_or_else(|| Error::FieldRect(field.name.clone()))?;
    tags::tag_as_form(rewrite, tree, *annotation, *struct_parent, &untagged)?;

    let appearance = empty_appearance(&width, &height);
    let appearance = rewrite.add(&appearance)?;
    let appearances = [("N", Object::Reference(appearance))].into_iter().collect();
    // ISO 32000-2 Tables 166, 191 and 226; no /A, /AA or /MK (ISO 19005-3 §6.4.1).
    let widget: Dict<'a> = [
        ("Type", Object::name("Annot")),
        ("Subtype", Object::name("Widget")),
        ("Rect", Object::Array(rect)),
        ("FT", Object::name("Sig")),
        ("T", Object::text(&field.name)),
        ("TU", Object::text(&field.tooltip)),
        ("F", Object::Integer(PRINT)),
        ("P", Object::Reference(*page)),
        ("StructParent", Object::Integer(*struct_parent)),
        ("AP", Object::Dict(appearances)),
    ]
    .into_iter()
    .collect();
    rewrite.change(*annotation, Object::Dict(widget));
    Ok(())
}

/// Returns width and height of a rectangle as they are written, if it has an area.
pub(super) fn size(rect: &[Object<'_>]) -> Option<(String, String)> {
    let [x1, y1, x2, y2] = rect else { return None };
    let extent = |from: &Object<'_>, to: &Object<'_>| -> Option<String> {
        let extent = (to.number()? - from.number()?).abs();
        let lawful = (LEAST_EXTENT_PT..=GREATEST_EXTENT_PT).contains(&extent);
        lawful.then(|| format!("{extent:.5}"))
    };
    Some((extent(x1, x2)?, extent(y1, y2)?))
}

/// Makes an appearance that shows nothing (ISO 19005-3 §6.3.3 wants one).
fn empty_appearance<'a>(width: &'a str, height: &'a str) -> Object<'a> {
    let zero = || Object::Integer(0);
    let bounds = vec![zero(), zero(), Object::Real(width), Object::Real(height)];
    let dict = [
        ("Type", Object::name("XObject")),
        ("Subtype", Object::name("Form")),
        ("BBox", Object::Array(bounds)),
        ("Resources", Object::Dict(Dict::default())),
        ("Length", zero()),
    ];
    Object::Stream(Stream {
        dict: dict.into_iter().collect(),
        data: b"",
    })
}

/// Sets the tab order of pages with widgets to the structure's (ISO 14289-1 §7.18.3).
fn order_tabs<'a>(rewrite: &mut Rewrite<'_, 'a>, pages: &[Page<'a>], widgets: &[Placeholder<'a>]) {
    for page in pages {
        let has_widget = widgets.iter().any(|widget| widget.page == page.reference);
        if has_widget && !page.dict.is("Tabs", "S") {
            let mut dict = page.dict.clone();
            dict.set("Tabs", Object::name("S"));
            rewrite.change(page.reference, Object::Dict(dict));
        }
    }
}

/// Adds the declaration that the file may hold `PAdES` structures.
fn extensions<'a>(
    document: &Document<'a>,
    root: Reference,
    catalog: &Dict<'a>,
) -> Result<Dict<'a>, Error> {
    let mut extensions = document
        .dict(root.number, catalog, "Extensions")?
        .unwrap_or_default();
    // ETSI EN 319 142-1 §5.6; ISO 32000-2 §7.12.
    let esic = [
        ("BaseVersion", Object::name("1.7")),
        ("ExtensionLevel", Object::Integer(1)),
    ];
    extensions.set("ESIC", Object::Dict(esic.into_iter().collect()));
    Ok(extensions)
}

/// The font's resource name in the form's `/DR`.
pub(super) const FONT_NAME: &str = "Sigill";

/// Bytes of a field's name.
pub(super) const MAX_NAME_BYTES: usize = 120;

/// Characters of a field's tooltip: a sentence or two, read aloud.
pub(super) const MAX_TOOLTIP_CHARS: usize = 1_000;

/// Annotation flag 3: the field is printed (ISO 32000-2 Table 167).
const PRINT: i64 = 4;

/// Bits 1 and 2 of the form's `/SigFlags` (ISO 32000-2 Table 225).
const SIGNATURES_EXIST_AND_APPEND_ONLY: i64 = 3;

const LEAST_EXTENT_PT: f64 = 0.01;
/// ISO 32000-2 Annex C: 200 inches.
const GREATEST_EXTENT_PT: f64 = 14_400.0;
