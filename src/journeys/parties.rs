//! Parties: checks, exports and imports the party files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Error, Office, sheet};
use crate::agreement::{Party, SourceError};
use crate::store::{Lock, PARTIES, write_file, write_files};

/// The columns of an exported list, in their order. An import needs `code` and may leave out others.
pub const COLUMNS: [&str; 8] = [
    "code",
    "kind",
    "legal_name",
    "styled_name",
    "short_name",
    "org_number",
    "seat",
    "groupings",
];

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// How many parties there are.
    pub parties: usize,
    /// Problems, each with its file and line.
    pub problems: Vec<SourceError>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Files that were changed, with each change.
    pub changed: Vec<(String, Vec<String>)>,
    /// Rows that say what the files say already.
    pub unchanged: usize,
}

/// A list that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Where it was written; `None` if the caller prints it.
    pub file: Option<PathBuf>,
    /// The list.
    pub bytes: Vec<u8>,
}

/// Looks at every party's file, and at what the versions in templates/ ask of them.
///
/// # Errors
/// [`Error`] when a file cannot be read; a wrong file is a problem in the answer.
pub fn check(office: &Office) -> Result<Check, Error> {
    let texts = office.folder.party_texts()?;
    let mut problems = Vec::new();
    let mut parties = Vec::new();
    for (file, text) in &texts {
        match Party::parse(file, text) {
            Ok(party) => {
                check_name(file, &party, &mut problems);
                parties.push((file.clone(), party));
            }
            Err(error) => problems.push(error),
        }
    }
    check_together(&parties, &mut problems);
    let known = check_versions(office, &parties, &mut problems)?;
    for (file, party) in &parties {
        for field in party.fields.keys().filter(|field| !known.contains(*field)) {
            problems.push(
                SourceError::new(
                    file,
                    format!("field {field:?} is asked for by no version in templates/"),
                )
                .with_hint("is it misspelt?"),
            );
        }
    }
    Ok(Check {
        parties: parties.len(),
        problems,
    })
}

fn check_name(file: &str, party: &Party, problems: &mut Vec<SourceError>) {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    if !name.starts_with(&format!("{}-", party.code)) {
        problems.push(SourceError::new(
            file,
            format!(
                "the file's name does not begin with the code, {}-",
                party.code
            ),
        ));
    }
}

/// Checks what only shows among all: doubles, and groups of one code with two names.
fn check_together(parties: &[(String, Party)], problems: &mut Vec<SourceError>) {
    let (mut codes, mut numbers, mut names, mut groups) = (
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
        BTreeMap::new(),
    );
    let mut twice = |file: &str, what: String, first: Option<&String>| {
        if let Some(first) = first {
            problems.push(SourceError::new(
                file,
                format!("{what} stands already in {first}"),
            ));
        }
    };
    for (file, party) in parties {
        twice(
            file,
            format!("party code {}", party.code),
            codes.insert(&party.code, file),
        );
        twice(
            file,
            format!("organisation number {}", party.org_number),
            numbers.insert(&party.org_number, file),
        );
        twice(
            file,
            format!("legal name {:?}", party.legal_name.as_str()),
            names.insert(&party.legal_name, file),
        );
    }
    for (file, party) in parties {
        for group in &party.groupings {
            let (first, name) = groups
                .entry((&group.kind, &group.code))
                .or_insert((file, &group.name));
            if **name != group.name {
                let message = format!(
                    "grouping {} is called {:?} here and {:?} in {first}",
                    group.code,
                    group.name.as_str(),
                    name.as_str()
                );
                problems.push(SourceError::new(file, message));
            }
        }
    }
}

/// Checks every version's fields; gives the names of the fields that any version asks for.
fn check_versions(
    office: &Office,
    parties: &[(String, Party)],
    problems: &mut Vec<SourceError>,
) -> Result<BTreeSet<String>, Error> {
    let mut known = BTreeSet::new();
    for agreement in office.folder.agreements()? {
        for version in office.folder.versions(&agreement)? {
            let manifest = match office.manifest(&agreement, version) {
                Ok(manifest) => manifest,
                Err(Error::Template { problems: found }) => {
                    problems.extend(found);
                    continue;
                }
                Err(error) => return Err(error),
            };
            known.extend(manifest.fields.iter().map(|field| field.name.clone()));
            for (file, party) in parties
                .iter()
                .filter(|(_, party)| manifest.parties.includes(party))
            {
                if let Err(error) = party.printed(&manifest.fields) {
                    problems.push(SourceError::new(
                        file,
                        format!("{agreement} {version}: {error}"),
                    ));
                }
                for seat in manifest.seats_of(&party.kind) {
                    if !party
                        .signing
                        .seats
                        .iter()
                        .any(|rule| rule.role == seat.role)
                    {
                        let message = format!(
                            "{agreement} {version} has the seat {} and the signing rule does not say who may sign in it",
                            seat.role
                        );
                        problems.push(SourceError::new(file, message));
                    }
                }
            }
        }
    }
    Ok(known)
}

/// Returns the parties as a table: the columns, then a row each, in list order.
///
/// # Errors
/// [`Error`] when a party's file is wrong.
pub fn table(office: &Office) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
    for (_, party) in office.folder.parties()? {
        rows.push(COLUMNS.iter().map(|column| value(&party, column)).collect());
    }
    Ok(rows)
}

/// Returns the parties as CSV.
///
/// # Errors
/// [`Error`] when a party's file is wrong.
pub fn csv(office: &Office) -> Result<Vec<u8>, Error> {
    sheet::csv(&table(office)?)
}

/// Returns the parties as an XLSX workbook.
///
/// # Errors
/// [`Error`] when a party's file is wrong.
pub fn xlsx(office: &Office) -> Result<Vec<u8>, Error> {
    sheet::xlsx("Parter", &table(office)?)
}

/// Writes the list as CSV and as XLSX, each if asked for; `-` is the caller's to print.
///
/// Gives what was written, in that order.
///
/// # Errors
/// [`Error`] when a party's file is wrong or a file cannot be written.
pub fn export(
    office: &Office,
    csv_file: Option<&Path>,
    xlsx_file: Option<&Path>,
) -> Result<Vec<Exported>, Error> {
    let mut exported = Vec::new();
    if let Some(file) = csv_file {
        exported.push(write_export(file, csv(office)?)?);
    }
    if let Some(file) = xlsx_file {
        exported.push(write_export(file, xlsx(office)?)?);
    }
    Ok(exported)
}

fn write_export(file: &Path, bytes: Vec<u8>) -> Result<Exported, Error> {
    if file == Path::new("-") {
        return Ok(Exported { file: None, bytes });
    }
    write_file(file, &bytes)?;
    Ok(Exported {
        file: Some(file.to_owned()),
        bytes,
    })
}

fn value(party: &Party, column: &str) -> String {
    match column {
        "code" => party.code.to_string(),
        "kind" => party.kind.to_string(),
        "legal_name" => party.legal_name.to_string(),
        "styled_name" => party.styled_name.to_string(),
        "short_name" => party.short_name.to_string(),
        "org_number" => party.org_number.to_string(),
        "seat" => party
            .seat
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        "groupings" => {
            let groups = party
                .groupings
                .iter()
                .map(|group| format!("{}|{}|{}", group.kind, group.code, group.name));
            groups.collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    }
}

/// Takes over values from a CSV or XLSX list into the party files.
///
/// Every row is checked first; if any is wrong, no file is changed. A row of an unknown code is
/// wrong: a new party needs its file, with its signing rule.
///
/// # Errors
/// [`Error::Rows`] with every row that is wrong.
pub fn import(office: &Office, file: &Path) -> Result<Import, Error> {
    let rows = sheet::read(file)?;
    let _lock = Lock::take(office.root())?;
    let name = file.display().to_string();
    let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (party_file, text) in office.folder.party_texts()? {
        let party = Party::parse(&party_file, &text).map_err(crate::store::Error::from)?;
        texts.insert(party.code.to_string(), (party_file, text));
    }
    let header = rows.first().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    for column in &header {
        if !COLUMNS.contains(&column.as_str()) {
            problems.push(
                SourceError::new(&name, format!("column {column:?} is not known"))
                    .at_line(1)
                    .with_hint(format!("the columns are {}", COLUMNS.join(", "))),
            );
        }
    }
    if !header.iter().any(|column| column == "code") {
        problems.push(SourceError::new(&name, "the column code is missing").at_line(1));
    }
    if !problems.is_empty() {
        return Err(Error::Rows { problems });
    }
    let mut import = Import {
        changed: Vec::new(),
        unchanged: 0,
    };
    let mut new_texts = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, row) in rows.iter().enumerate().skip(1) {
        let line = index.saturating_add(1);
        let found = |message: String| SourceError::new(&name, message).at_line(line);
        if row.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let cells: BTreeMap<&str, &str> = header
            .iter()
            .map(String::as_str)
            .zip(row.iter().map(String::as_str))
            .collect();
        let code = cells.get("code").copied().unwrap_or_default();
        if !seen.insert(code.to_owned()) {
            problems.push(found(format!("code {code:?} stands in two rows")));
            continue;
        }
        let Some((party_file, text)) = texts.get(code) else {
            problems.push(
                found(format!("there is no party with the code {code:?}")).with_hint(format!(
                    "a new party needs a file {PARTIES}/{code}-NAME.toml with its signing rule"
                )),
            );
            continue;
        };
        match apply(text, &cells).and_then(|(new, changes)| {
            Party::parse(party_file, &new).map_err(|error| error.message)?;
            Ok((new, changes))
        }) {
            Ok((_, changes)) if changes.is_empty() => {
                import.unchanged = import.unchanged.saturating_add(1);
            }
            Ok((new, changes)) => {
                import.changed.push((party_file.clone(), changes));
                new_texts.push((party_file.clone(), new));
            }
            Err(message) => problems.push(found(message)),
        }
    }
    check_doubles(office, &new_texts, &name, &mut problems)?;
    if !problems.is_empty() {
        return Err(Error::Rows { problems });
    }
    let root = office.root();
    let files = new_texts
        .into_iter()
        .map(|(file, text)| (root.join(file), text.into_bytes()))
        .collect();
    write_files(files)?;
    Ok(import)
}

/// Checks that the files together would still have every code and number once.
fn check_doubles(
    office: &Office,
    new_texts: &[(String, String)],
    name: &str,
    problems: &mut Vec<SourceError>,
) -> Result<(), Error> {
    let mut parties = Vec::new();
    for (file, text) in office.folder.party_texts()? {
        let text = new_texts
            .iter()
            .find(|(new, _)| *new == file)
            .map_or(&text, |(_, new)| new);
        if let Ok(party) = Party::parse(&file, text) {
            parties.push((file, party));
        }
    }
    let mut found = Vec::new();
    check_together(&parties, &mut found);
    problems.extend(
        found
            .into_iter()
            .map(|error| SourceError::new(name, format!("after the import, {error}"))),
    );
    Ok(())
}

/// Returns a party file's text with a row's values in it, and what changed; comments stay.
fn apply(text: &str, cells: &BTreeMap<&str, &str>) -> Result<(String, Vec<String>), String> {
    let mut document: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let mut changes = Vec::new();
    for (column, cell) in cells.iter().filter(|(column, _)| **column != "code") {
        let cell = cell.strip_prefix('\'').unwrap_or(cell);
        // What an export wrote says nothing new, whatever characters stand in its names.
        if Party::parse("", text).is_ok_and(|party| value(&party, column) == cell) {
            continue;
        }
        let before = document
            .get(column)
            .and_then(toml_edit::Item::as_str)
            .unwrap_or_default()
            .to_owned();
        if *column == "groupings" {
            apply_groupings(&mut document, cell, &mut changes)?;
        } else if cell.is_empty() && before.is_empty() {
            continue;
        } else if cell.is_empty() && *column == "seat" {
            document.remove(column);
            changes.push(format!("{column}: {before:?} removed"));
        } else if cell != before {
            document.insert(column, toml_edit::value(cell));
            changes.push(format!("{column}: {before:?} becomes {cell:?}"));
        }
    }
    Ok((document.to_string(), changes))
}

fn apply_groupings(
    document: &mut toml_edit::DocumentMut,
    cell: &str,
    changes: &mut Vec<String>,
) -> Result<(), String> {
    let mut groups = toml_edit::ArrayOfTables::new();
    for group in cell
        .split(';')
        .map(str::trim)
        .filter(|group| !group.is_empty())
    {
        let mut parts = group.splitn(3, '|').map(str::trim);
        let (Some(kind), Some(code), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("grouping {group:?} is not kind|code|name"));
        };
        let mut table = toml_edit::Table::new();
        table.insert("kind", toml_edit::value(kind));
        table.insert("code", toml_edit::value(code));
        table.insert("name", toml_edit::value(name));
        groups.push(table);
    }
    let text = |item: Option<&toml_edit::Item>| -> Vec<Vec<String>> {
        let tables = item.and_then(toml_edit::Item::as_array_of_tables);
        let row = |table: &toml_edit::Table| {
            ["kind", "code", "name"]
                .map(|key| {
                    table
                        .get(key)
                        .and_then(toml_edit::Item::as_str)
                        .unwrap_or_default()
                        .to_owned()
                })
                .to_vec()
        };
        tables
            .map(|tables| tables.iter().map(row).collect())
            .unwrap_or_default()
    };
    let new = toml_edit::Item::ArrayOfTables(groups);
    if text(document.get("groupings")) != text(Some(&new)) {
        changes.push(format!("groupings become {cell:?}"));
        document.insert("groupings", new);
    }
    Ok(())
}

/// Returns the parties as JSON, as their files have them.
///
/// # Errors
/// [`Error`] when a party's file is wrong.
pub fn json(office: &Office) -> Result<Vec<Value>, Error> {
    office
        .folder
        .parties()?
        .iter()
        .map(|(_, party)| Ok(serde_json::to_value(party)?))
        .collect()
}
