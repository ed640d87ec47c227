//! A document told as text, for comparison by eye and by snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Error;
use super::attachment;
use super::document::{Document, Page};
use super::evidence::{self, Evidence};
use super::form;
use super::object::{self, Dict, Object, Reference};
use super::stream;

pub(super) fn describe(pdf: &[u8]) -> Result<String, Error> {
    let document = Document::open(pdf)?;
    let (root, catalog) = document.catalog()?;
    let mut teller = Teller {
        pages: document.pages(&catalog)?,
        document,
        root: root.number,
        catalog,
        text: String::new(),
    };
    teller.head()?;
    teller.pages()?;
    teller.form()?;
    teller.signatures()?;
    teller.store()?;
    teller.attachments()?;
    teller.tags()?;
    Ok(teller.text)
}

struct Teller<'a> {
    document: Document<'a>,
    pages: Vec<Page<'a>>,
    /// The catalog's number.
    root: u32,
    catalog: Dict<'a>,
    text: String,
}

impl<'a> Teller<'a> {
    fn line(&mut self, indent: usize, line: &str) {
        // Writing to a String cannot fail.
        writeln!(
            self.text,
            "{:indent$}{line}",
            "",
            indent = indent.saturating_mul(2)
        )
        .unwrap_or_default();
    }

    fn head(&mut self) -> Result<(), Error> {
        let version = self.document.version;
        let revisions = self.document.table.revisions;
        self.line(0, &format!("PDF {version}, revisions: {revisions}"));
        self.line(0, &format!("catalog: {}", keys(&self.catalog)));
        for key in ["Extensions", "MarkInfo", "ViewerPreferences"] {
            if let Some(dict) = self.document.dict(self.root, &self.catalog, key)? {
                self.line(1, &format!("{key}: {}", short(&Object::Dict(dict))));
            }
        }
        if let Some(language) = self.document.value(&self.catalog, "Lang")? {
            let language = short(&language);
            self.line(1, &format!("Lang: {language}"));
        }
        if let Some(info) = self
            .document
            .dict(0, &self.document.table.trailer, "Info")?
        {
            self.line(0, &format!("info: {}", keys(&info)));
        }
        if let Some(reference) = self.catalog.value("Metadata").and_then(Object::reference) {
            let stream = self.document.stream(reference)?;
            let bytes = stream::decode(
                &self.document,
                reference.number,
                &stream,
                MAX_METADATA_BYTES,
            )?;
            let names = element_names(&String::from_utf8_lossy(&bytes));
            self.line(0, &format!("metadata: {names}"));
        }
        Ok(())
    }

    fn pages(&mut self) -> Result<(), Error> {
        for (at, page) in self.pages.clone().into_iter().enumerate() {
            let object = page.reference.number;
            let size = page.media_box.map_or_else(
                || String::from("none"),
                |[x1, y1, x2, y2]| format!("[{x1:.2} {y1:.2} {x2:.2} {y2:.2}]"),
            );
            let tabs = page
                .dict
                .value("Tabs")
                .map_or_else(|| String::from("none"), short);
            let number = at.saturating_add(1);
            self.line(0, &format!("page {number}: media box {size}, tabs {tabs}"));
            for annotation in self.document.array(object, &page.dict, "Annots")? {
                let Object::Dict(dict) = self.document.resolve(&annotation)?.into_owned() else {
                    let expected = "a dictionary";
                    return Err(Error::Malformed {
                        object,
                        what: "/Annots",
                        expected,
                    });
                };
                let line = self.annotation(object, &dict)?;
                self.line(1, &line);
            }
        }
        Ok(())
    }

    fn annotation(&self, object: u32, dict: &Dict<'a>) -> Result<String, Error> {
        let subtype = dict
            .value("Subtype")
            .map_or_else(|| String::from("none"), short);
        let rect = rounded(&self.document.array(object, dict, "Rect")?);
        let tagged = if dict.value("StructParent").is_some() {
            ""
        } else {
            ", not tagged"
        };
        let target = match (dict.value("T"), self.document.dict(object, dict, "A")?) {
            (Some(name), _) => format!(" {}", short(name)),
            (None, Some(action)) => {
                let uri = self.document.value(&action, "URI")?;
                uri.map_or_else(
                    || String::from(" action"),
                    |uri| format!(" {}", short(&uri)),
                )
            }
            (None, None) => String::new(),
        };
        Ok(format!("{subtype} {rect}{target}{tagged}"))
    }

    fn form(&mut self) -> Result<(), Error> {
        let root = self.root;
        let Some(form) = self.document.dict(root, &self.catalog, "AcroForm")? else {
            return Ok(());
        };
        let flags = form
            .value("SigFlags")
            .map_or_else(|| String::from("none"), short);
        self.line(0, &format!("form: {}, SigFlags {flags}", keys(&form)));
        let page_numbers: BTreeMap<u32, usize> = self
            .pages
            .iter()
            .map(|page| page.reference.number)
            .zip(1..)
            .collect();
        for field in self.document.array(root, &form, "Fields")? {
            let Object::Dict(field) = self.document.resolve(&field)?.into_owned() else {
                let expected = "dictionaries";
                return Err(Error::Malformed {
                    object: root,
                    what: "/Fields",
                    expected,
                });
            };
            let value = |key| field.value(key).map_or_else(|| String::from("none"), short);
            let page = field.value("P").and_then(Object::reference);
            let page = page.and_then(|page| page_numbers.get(&page.number));
            let page = page.map_or_else(|| String::from("none"), ToString::to_string);
            let rect = rounded(&self.document.array(root, &field, "Rect")?);
            let line = format!(
                "field {}: TU {}, FT {}, F {}, page {page}, rect {rect}, signed {}",
                value("T"),
                value("TU"),
                value("FT"),
                value("F"),
                if field.value("V").is_some() {
                    "yes"
                } else {
                    "no"
                },
            );
            self.line(1, &line);
        }
        let resources = self.document.dict(root, &form, "DR")?.unwrap_or_default();
        let fonts = self
            .document
            .dict(root, &resources, "Font")?
            .unwrap_or_default();
        for (name, font) in fonts.iter() {
            let Object::Dict(font) = self.document.resolve(font)?.into_owned() else {
                continue;
            };
            let value = |key| font.value(key).map_or_else(|| String::from("none"), short);
            let name = String::from_utf8_lossy(name).escape_debug().to_string();
            let (subtype, base) = (value("Subtype"), value("BaseFont"));
            let base = base.split_once('+').map_or(base.as_str(), |(_, base)| base);
            let encoding = value("Encoding");
            self.line(1, &format!("font {name}: {subtype} {base} {encoding}"));
        }
        Ok(())
    }

    fn signatures(&mut self) -> Result<(), Error> {
        let Some(form) = form::form(&self.document)? else {
            return Ok(());
        };
        let mut lines = Vec::new();
        for field in form::fields(&self.document, &form)? {
            let field = field?;
            let Some(value) = field.value.filter(|_| field.is_signature) else {
                continue;
            };
            let Object::Dict(dict) = self.document.resolve(&value)?.into_owned() else {
                continue;
            };
            let entries: Vec<String> = dict
                .iter()
                .filter(|(key, _)| !matches!(key.as_ref(), b"ByteRange" | b"Contents"))
                .map(|(key, value)| {
                    let key = String::from_utf8_lossy(key).escape_debug().to_string();
                    format!("{key} {}", short(value))
                })
                .collect();
            lines.push(format!(
                "signature {:?}: {}",
                field.name,
                entries.join(", ")
            ));
        }
        for line in lines {
            self.line(0, &line);
        }
        Ok(())
    }

    /// Tells how much the document security store holds.
    fn store(&mut self) -> Result<(), Error> {
        if self.catalog.value("DSS").is_none() {
            return Ok(());
        }
        let Evidence {
            certificates,
            crls,
            ocsp_responses,
            signatures,
        } = evidence::read(&self.document)?;
        let line = format!(
            "evidence: {} certificates, {} CRLs, {} OCSP responses, for {} signatures",
            certificates.len(),
            crls.len(),
            ocsp_responses.len(),
            signatures.len()
        );
        self.line(0, &line);
        Ok(())
    }

    fn attachments(&mut self) -> Result<(), Error> {
        for found in attachment::all(&self.document)? {
            let size = attachment::contents(&self.document, found.file)?.len();
            let (name, relationship) = (found.name, found.relationship.escape_debug());
            self.line(
                0,
                &format!("attachment {name:?}: {relationship}, {size} bytes"),
            );
        }
        Ok(())
    }

    /// Tells the structure tree as an outline.
    fn tags(&mut self) -> Result<(), Error> {
        let Some(root) = self
            .catalog
            .value("StructTreeRoot")
            .and_then(Object::reference)
        else {
            return Ok(());
        };
        self.line(0, "tags:");
        let tree = self.document.dict_at(root)?;
        let mut seen = BTreeSet::from([root.number]);
        let mut open = self.kids(root.number, &tree, 1)?;
        while let Some((indent, kid)) = open.pop() {
            let holder = kid.reference();
            // A marked-content identifier is content, not structure.
            let Object::Dict(dict) = self.document.resolve(&kid)?.into_owned() else {
                continue;
            };
            if dict.is("Type", "OBJR") {
                let line = self.object_reference(&dict)?;
                self.line(indent, &line);
                continue;
            }
            if dict.is("Type", "MCR") {
                continue;
            }
            let object = holder.map_or(root.number, |holder| holder.number);
            if holder.is_some_and(|holder| !seen.insert(holder.number)) {
                return Err(Error::Loop { object });
            }
            if indent > MAX_INDENT {
                return Err(Error::TooMany {
                    what: "levels of structure",
                    limit: MAX_INDENT,
                });
            }
            let kind = dict.value("S").map_or_else(|| String::from("none"), short);
            self.line(indent, &kind);
            open.extend(self.kids(object, &dict, indent.saturating_add(1))?);
        }
        Ok(())
    }

    /// Returns an element's children, the first one last.
    fn kids(
        &self,
        object: u32,
        element: &Dict<'a>,
        indent: usize,
    ) -> Result<Vec<(usize, Object<'a>)>, Error> {
        let kids = match element.value("K") {
            None => Vec::new(),
            Some(Object::Reference(_)) => {
                match self
                    .document
                    .value(element, "K")?
                    .map(std::borrow::Cow::into_owned)
                {
                    Some(Object::Array(_)) => self.document.array(object, element, "K")?,
                    _ => element.value("K").cloned().into_iter().collect(),
                }
            }
            Some(Object::Array(kids)) => kids.clone(),
            Some(kid) => vec![kid.clone()],
        };
        Ok(kids.into_iter().rev().map(|kid| (indent, kid)).collect())
    }

    fn object_reference(&self, dict: &Dict<'a>) -> Result<String, Error> {
        let target = dict.value("Obj").and_then(Object::reference);
        let Some(Reference { number, generation }) = target else {
            return Ok(String::from("OBJR to nothing"));
        };
        let target = self.document.dict_at(Reference { number, generation })?;
        let subtype = target
            .value("Subtype")
            .map_or_else(|| String::from("none"), short);
        let name = target
            .value("T")
            .map(|name| format!(" {}", short(name)))
            .unwrap_or_default();
        Ok(format!("OBJR {subtype}{name}"))
    }
}

fn keys(dict: &Dict<'_>) -> String {
    let keys: Vec<String> = dict
        .iter()
        .map(|(key, _)| String::from_utf8_lossy(key).escape_debug().to_string())
        .collect();
    keys.join(" ")
}

/// Writes a value on one line, without object numbers and without line breaks.
fn short(object: &Object<'_>) -> String {
    match object {
        Object::Array(items) => {
            let items: Vec<String> = items.iter().map(short).collect();
            format!("[{}]", items.join(" "))
        }
        Object::Bool(value) => value.to_string(),
        Object::Dict(dict) => {
            let entry = |(key, value)| -> String {
                let key: &std::borrow::Cow<'_, [u8]> = key;
                format!(
                    "{} {}",
                    String::from_utf8_lossy(key).escape_debug(),
                    short(value)
                )
            };
            format!(
                "<{}>",
                dict.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
        Object::Integer(value) => value.to_string(),
        Object::Name(name) => String::from_utf8_lossy(name).escape_debug().to_string(),
        Object::Null => String::from("null"),
        Object::Real(text) => (*text).to_owned(),
        Object::Reference(_) => String::from("reference"),
        Object::Stream(_) => String::from("stream"),
        Object::String(bytes) => format!("{:?}", object::text(bytes)),
    }
}

/// Writes numbers rounded to a hundredth of a point.
fn rounded(numbers: &[Object<'_>]) -> String {
    let number = |number: &Object<'_>| {
        number
            .number()
            .map_or_else(|| short(number), |value| format!("{value:.2}"))
    };
    format!(
        "[{}]",
        numbers.iter().map(number).collect::<Vec<_>>().join(" ")
    )
}

/// Returns the names of an XML text's elements in their order, each once, RDF's own left out.
fn element_names(xml: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for part in xml.split('<').skip(1).take(MAX_ELEMENTS) {
        let end = part.find(|c: char| !(c.is_alphanumeric() || matches!(c, ':' | '_' | '-')));
        let name = end.and_then(|end| part.get(..end)).unwrap_or(part);
        let is_frame = name.is_empty() || name.starts_with("rdf:") || name.starts_with("x:");
        if !is_frame && !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" ")
}

/// Bytes of the XMP packet; Typst's has some 5 KB.
const MAX_METADATA_BYTES: usize = 1 << 20;

/// Elements of the XMP packet that are looked at.
const MAX_ELEMENTS: usize = 4_096;

/// Levels of the structure tree.
const MAX_INDENT: usize = 200;
