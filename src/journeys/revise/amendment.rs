//! An amendment: a document of its own, signed by the parties that it touches, that leaves the other standing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::super::Error;
use super::next::{put, set_table};
use super::{Base, Draft, ReviseError, toml_day};
use crate::agreement::{
    AgreementId, Binds, ClauseId, Form, PartyCode, Relation, Status, VersionNumber,
};
use crate::store::Folder;
use crate::template::{ClauseHead, contents};

/// Drafts an amendment of a version, for some of its parties.
pub(super) fn draft(
    base: &Base,
    name: &str,
    parties: &[PartyCode],
    clauses: &[ClauseId],
    today: NaiveDate,
) -> Result<Draft, Error> {
    if name.trim_matches('-').is_empty() {
        return Err(ReviseError::NoName.into());
    }
    let own = base.agreement();
    let agreement: AgreementId = format!("{own}-{name}").parse().map_err(ReviseError::Name)?;
    let is_there = |folder: AgreementId| ReviseError::Drafted { agreement: folder };
    if base.agreements.contains(&agreement) {
        return Err(is_there(agreement).into());
    }
    let codes = touched(base, parties)?;
    let heads = amended(base, clauses)?;
    let number: VersionNumber = FIRST.parse().map_err(ReviseError::Name)?;
    let relation = Relation::Amends {
        agreement: own.clone(),
        version: base.version(),
    };
    let mut files: BTreeMap<String, Vec<u8>> = FILES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    files.insert(CHANGE.to_owned(), change(&heads).into_bytes());
    let agreement_text = agreement_toml(base, &agreement, name);
    Ok(Draft {
        document: manifest(base, &number, &codes, &heads, today)?,
        agreement,
        agreement_text: Some(agreement_text),
        files,
        look_at: Vec::new(),
        moved: Vec::new(),
        new_term: None,
        old_term: None,
        relation: Some(relation),
        version: number,
    })
}

/// Returns the parties of the amendment in list order, the one of every copy among them.
fn touched(base: &Base, parties: &[PartyCode]) -> Result<Vec<PartyCode>, Error> {
    let listed = base.bundle.parties();
    if let Some(stranger) = parties
        .iter()
        .find(|code| listed.iter().all(|party| party.code != **code))
    {
        return Err(Error::UnknownParty {
            agreement: base.agreement().clone(),
            party: stranger.clone(),
        });
    }
    let form = &base.bundle.manifest().form;
    let with = form.with.as_ref().filter(|_| form.kind == Form::Bilateral);
    if let Some(with) = with
        && parties.iter().all(|party| party == with)
    {
        let party = with.clone();
        return Err(ReviseError::CommonAlone { party }.into());
    }
    let is_touched = |code: &PartyCode| parties.contains(code) || Some(code) == with;
    let codes = listed.iter().map(|party| party.code.clone());
    Ok(codes.filter(is_touched).collect())
}

/// Returns the clauses that the amendment changes, as the other version heads them.
fn amended(base: &Base, clauses: &[ClauseId]) -> Result<Vec<ClauseHead>, Error> {
    if clauses.is_empty() {
        return Ok(Vec::new());
    }
    let folder = Folder::version_name(base.agreement(), base.version());
    let heads = contents(&base.bundle, &folder).map_err(|problems| Error::Template { problems })?;
    let wanted: BTreeSet<&ClauseId> = clauses.iter().collect();
    if let Some(gone) = wanted
        .iter()
        .find(|id| heads.iter().all(|head| head.id != ***id))
    {
        return Err(ReviseError::NoClause {
            agreement: base.agreement().clone(),
            clause: (*gone).clone(),
            known: heads.iter().map(|head| head.id.clone()).collect(),
            version: base.version(),
        }
        .into());
    }
    let mut heads = heads;
    heads.retain(|head| wanted.contains(&head.id));
    Ok(heads)
}

/// Returns the clause that says what changes, to be written.
fn change(heads: &[ClauseHead]) -> String {
    let mut text = "= Vad som ändras <vad-som-andras>\n".to_owned();
    if heads.is_empty() {
        text.push_str(&wording(UNNAMED));
    }
    for head in heads {
        let key = key_of(&head.id);
        text.push_str(&wording(&format!("{{{{ values.{key} }}}}")));
    }
    text
}

fn wording(place: &str) -> String {
    format!(
        "\n+ I stället för {place} i avtalet gäller mellan parterna följande:\n\n  #quote(block: true)[{UNWRITTEN}]\n"
    )
}

/// Returns version.toml: what the other version says of form, decisions, seats and fields, and no more.
fn manifest(
    base: &Base,
    number: &VersionNumber,
    codes: &[PartyCode],
    heads: &[ClauseHead],
    today: NaiveDate,
) -> Result<DocumentMut, Error> {
    let manifest = base.bundle.manifest();
    let mut document = base.document()?;
    document.retain(|key, _| KEPT.contains(&key));
    put(&mut document, "version", value(number.to_string()));
    put(&mut document, "status", value(Status::Draft.as_str()));
    put(&mut document, "dated", toml_day(today));
    let mut paths: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
    paths.push(CHANGE);
    paths.retain(|path| path.starts_with("clauses/"));
    paths.sort_unstable();
    put(&mut document, "clauses", value(lines(&paths)));
    // A rule that counts or names parties of the other version means nothing among these.
    if manifest.binds != Binds::Pairwise || manifest.form.kind != Form::Bilateral {
        let mut table = Table::new();
        table["rule"] = value("all");
        set_table(&mut document, "binds", table);
    }
    let kinds: BTreeSet<&str> = base
        .bundle
        .parties()
        .iter()
        .filter(|party| codes.contains(&party.code))
        .map(|party| party.kind.as_str())
        .collect();
    if let Some(seats) = document
        .get_mut("seats")
        .and_then(Item::as_array_of_tables_mut)
    {
        seats.retain(|seat| {
            let kind = seat.get("party_kind").and_then(Item::as_str);
            kind.is_some_and(|kind| kinds.contains(kind))
        });
    }
    let mut table = Table::new();
    table["kind"] = value("amends");
    table["agreement"] = value(base.agreement().as_str());
    table["version"] = value(base.version().to_string());
    document["relation"] = Item::Table(table);
    let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
    let mut table = Table::new();
    table["clauses"] = value(ids.into_iter().collect::<Array>());
    table
        .decor_mut()
        .set_prefix("\n# from = den dag som tillägget gäller tidigast, där det ska stå en sådan\n");
    document["amended"] = Item::Table(table);
    let codes: Array = codes.iter().map(PartyCode::as_str).collect();
    let mut table = Table::new();
    table["codes"] = value(codes);
    document["parties"] = Item::Table(table);
    let mut table = Table::new();
    table["amended_name"] = value(base.bundle.agreement().name.as_str());
    table["amended_version"] = value(base.version().to_string());
    if let Some(common) = common_name(base) {
        table["common_party"] = value(common);
    }
    for head in heads {
        table[&key_of(&head.id)] = value(head.to_string());
    }
    document["values"] = Item::Table(table);
    Ok(document)
}

/// Returns the legal name of the party in every bilateral copy.
fn common_name(base: &Base) -> Option<&str> {
    let form = &base.bundle.manifest().form;
    let with = form
        .with
        .as_ref()
        .filter(|_| form.kind == Form::Bilateral)?;
    let mut listed = base.bundle.parties().iter();
    let party = listed.find(|party| party.code == *with)?;
    party.printed.get("legal_name")?.as_str()
}

fn agreement_toml(base: &Base, agreement: &AgreementId, name: &str) -> String {
    let own = base.bundle.agreement();
    let mut document = DocumentMut::new();
    document["schema"] = value(i64::from(own.schema));
    document["id"] = value(agreement.as_str());
    document["name"] = value(format!("Tillägg ({name}) till {}", own.name));
    document["short_name"] = value(format!("{}, tillägg {name}", own.short_name));
    document["coordinator"] = value(own.coordinator.as_str());
    if let Some(contact) = &own.contact {
        document["contact"] = value(contact.as_str());
    }
    if let Some(base) = &own.verify_base {
        document["verify_base"] = value(base.as_str());
    }
    document.to_string()
}

/// Returns the key of `[values]` that holds how the other version heads a clause.
fn key_of(clause: &ClauseId) -> String {
    format!("amended_{}", clause.as_str().replace('-', "_"))
}

/// Returns an array with each text on a line of its own.
fn lines(texts: &[&str]) -> Array {
    let mut array: Array = texts.iter().copied().collect();
    for item in array.iter_mut() {
        item.decor_mut().set_prefix("\n    ");
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    array
}

/// What stands in a draft where a clause is to be named; no version with it is published.
pub(in crate::journeys) const UNNAMED: &str = "§~…";
/// What stands in a draft where its words are to be written; no version with it is published.
pub(in crate::journeys) const UNWRITTEN: &str = "Skriv den nya lydelsen här.";
/// An amendment's first version.
const FIRST: &str = "1.0";
/// The keys of the other version.toml that hold for an amendment too.
const KEPT: [&str; 13] = [
    "appearance_font",
    "binds",
    "clauses",
    "dated",
    "decision",
    "fields",
    "form",
    "pdf",
    "schema",
    "seats",
    "signing",
    "status",
    "version",
];
/// The clause that says what changes.
const CHANGE: &str = "clauses/02-vad-som-andras.typ";
/// The files of a draft but for that clause.
const FILES: [(&str, &str); 6] = [
    (
        "clauses/01-parter.typ",
        include_str!("amendment/clauses/01-parter.typ"),
    ),
    (
        "clauses/03-nar-tillagget-galler.typ",
        include_str!("amendment/clauses/03-nar-tillagget-galler.typ"),
    ),
    (
        "clauses/04-avtalet-i-ovrigt.typ",
        include_str!("amendment/clauses/04-avtalet-i-ovrigt.typ"),
    ),
    (
        "clauses/05-underskrift.typ",
        include_str!("amendment/clauses/05-underskrift.typ"),
    ),
    ("main.typ", include_str!("amendment/main.typ")),
    ("party.typ", include_str!("amendment/party.typ")),
];
