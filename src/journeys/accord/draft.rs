//! The files of a new accord: from its parent's version.toml, and from templates/accord.

use chrono::NaiveDate;

use super::Request;
use crate::agreement::{
    AgreementId, Manifest, Name, PartyCode, PartyKind, PdfProfile, Service, VersionNumber,
};
use crate::template::Bundle;

/// Returns the number that a draft gets.
pub(super) fn first_version() -> Option<VersionNumber> {
    "1.0".parse().ok()
}

/// Returns a name for the agreement: that of its parent, the first party, and so many words of its own, in
/// plain letters, as there is room for; `None` where nothing is left of those.
pub(super) fn id_of(request: &Request) -> Option<String> {
    let party = request.parties.first().map_or("", PartyCode::as_str);
    let mut id = format!("{}-{}", request.agreement, party.to_lowercase());
    let own = plain(request.name.as_str());
    let mut words = own.split('-').filter(|word| !word.is_empty());
    let first = words.next()?;
    id.push('-');
    let room = MAX_ID_CHARS.saturating_sub(id.len());
    if room == 0 {
        return None;
    }
    id.extend(first.chars().take(room));
    for word in words {
        if id.len().saturating_add(word.len()) >= MAX_ID_CHARS {
            break;
        }
        id.push('-');
        id.push_str(word);
    }
    Some(id)
}

/// Returns a name in the letters that a folder has, with - for all that is no letter or digit.
fn plain(name: &str) -> String {
    let letters = name.to_lowercase();
    letters
        .chars()
        .map(|c| match c {
            'å' | 'ä' | 'á' | 'à' => 'a',
            'ö' | 'ó' | 'ø' => 'o',
            'é' | 'è' | 'ë' => 'e',
            'ü' => 'u',
            other if other.is_ascii_alphanumeric() => other,
            _ => '-',
        })
        .collect()
}

/// Returns agreement.toml.
pub(super) fn agreement_toml(id: &AgreementId, name: &Name, above: &Bundle) -> String {
    let parent = above.agreement();
    let mut lines = vec![
        "schema = 1".to_owned(),
        format!("id = {}", quoted(id.as_str())),
        format!(
            "name = {}",
            quoted(&format!("Lokal överenskommelse om {name}"))
        ),
        format!("short_name = {}", quoted(name.as_str())),
        format!("coordinator = {}", quoted(parent.coordinator.as_str())),
    ];
    let optional = [
        ("contact", &parent.contact),
        ("verify_base", &parent.verify_base),
    ];
    for (key, value) in optional {
        let line = |value: &Name| format!("{key} = {}", quoted(value.as_str()));
        lines.extend(value.as_ref().map(line));
    }
    lines.join("\n") + "\n"
}

/// Returns version.toml. `clauses` are the paths of the clause files, `parent_clauses` the ids above.
pub(super) fn version_toml(
    request: &Request,
    above: &Bundle,
    parties: &[(PartyCode, PartyKind)],
    clauses: &[&str],
    dated: NaiveDate,
    is_clause_above: impl Fn(&str) -> bool,
) -> String {
    let parent = above.manifest();
    let pdf = match parent.pdf {
        PdfProfile::A2a => "a2a-ua1",
        PdfProfile::A3a => "a3a-ua1",
    };
    let codes: Vec<String> = parties
        .iter()
        .map(|(code, _)| quoted(code.as_str()))
        .collect();
    let mut parts = vec![
        format!(
            "schema = 1\nversion = \"1.0\"\nstatus = \"draft\"\ndated = {dated}\npdf = \"{pdf}\"\nappearance_font = {}\nclauses = [\n{}]",
            quoted(&parent.appearance_font),
            clauses
                .iter()
                .map(|path| format!("    {},\n", quoted(path)))
                .collect::<String>(),
        ),
        format!(
            "# Överenskommelsen lägger till avtalet och tar inget ifrån det.\n[relation]\nkind = \"under\"\nagreement = {}\nversion = \"{}\"",
            quoted(above.agreement().id.as_str()),
            parent.version
        ),
        "[form]\nkind = \"joint\"".to_owned(),
        "[binds]\nrule = \"all\"".to_owned(),
        format!("[parties]\ncodes = [{}]", codes.join(", ")),
    ];
    parts.push(accord_toml(request, is_clause_above));
    parts.extend(decision_toml(parent, parties));
    parts.extend(seats_toml(parent, parties));
    parts.extend(fields_toml(parent));
    let mut values = format!(
        "[values]\nparent_name = {}",
        quoted(above.agreement().name.as_str())
    );
    for (name, least) in &parent.least {
        values.push_str(&format!(
            "\n# Minst {least} enligt avtalet.\n{name} = {least}"
        ));
    }
    parts.push(values);
    parts.join("\n\n") + "\n"
}

fn accord_toml(request: &Request, is_clause_above: impl Fn(&str) -> bool) -> String {
    let mut lines = vec!["[accord]".to_owned()];
    lines.extend(request.from.map(|from| format!("from = {from}")));
    lines.extend(
        request
            .budget
            .map(|budget| format!("budget = {}", quoted(&String::from(budget)))),
    );
    lines.push("services = [".to_owned());
    for Service { name, party } in &request.services {
        lines.push(format!(
            "    {{ name = {}, party = {} }},",
            quoted(name.as_str()),
            quoted(party.as_str())
        ));
    }
    lines.push("]".to_owned());
    let added: Vec<String> = ADDED_TO
        .iter()
        .filter(|(_, above)| is_clause_above(above))
        .map(|(own, above)| format!("{own} = {}", quoted(above)))
        .collect();
    if !added.is_empty() {
        lines.push("\n# Vilken paragraf i avtalet som en paragraf lägger till.".to_owned());
        lines.push("[accord.adds_to]".to_owned());
        lines.extend(added);
    }
    lines.join("\n")
}

fn decision_toml(parent: &Manifest, parties: &[(PartyCode, PartyKind)]) -> Option<String> {
    let lines: Vec<String> = parent
        .decision
        .iter()
        .filter(|(kind, _)| parties.iter().any(|(_, its)| its == *kind))
        .map(|(kind, body)| format!("{kind} = {}", quoted(body.as_str())))
        .collect();
    (!lines.is_empty()).then(|| format!("[decision]\n{}", lines.join("\n")))
}

fn seats_toml(parent: &Manifest, parties: &[(PartyCode, PartyKind)]) -> Vec<String> {
    let present = |kind: &PartyKind| parties.iter().any(|(_, its)| its == kind);
    let seats = parent.seats.iter().filter(|seat| present(&seat.party_kind));
    seats
        .map(|seat| {
            let mut text = format!(
                "[[seats]]\nparty_kind = {}\nrole = {}\ntitle = {}",
                quoted(seat.party_kind.as_str()),
                quoted(seat.role.as_str()),
                quoted(seat.title.as_str())
            );
            if let Some(deputies) = &seat.deputies {
                let roles: Vec<String> =
                    deputies.iter().map(|role| quoted(role.as_str())).collect();
                text.push_str(&format!("\ndeputies = [{}]", roles.join(", ")));
            }
            text
        })
        .collect()
}

fn fields_toml(parent: &Manifest) -> Vec<String> {
    let fields = parent.fields.iter();
    fields
        .map(|field| {
            let required = if field.required {
                ""
            } else {
                "\nrequired = false"
            };
            format!(
                "[[fields]]\nname = {}\ntype = \"{}\"\nprinted = {}{required}",
                quoted(&field.name),
                field.kind.name(),
                field.printed
            )
        })
        .collect()
}

/// Returns a text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Letters of an agreement's name.
const MAX_ID_CHARS: usize = 40;

/// Which clause above each clause of the shipped text adds to, where there is such a one.
const ADDED_TO: [(&str, &str); 9] = [
    ("lokal-ekonomi", "ekonomi"),
    ("lokal-kompetens", "kompetens"),
    ("lokal-ledning", "ledning"),
    ("lokal-malgrupp", "malgrupp"),
    ("lokal-samlokalisering", "samverkande-verksamheter"),
    ("lokal-uppfoljning", "uppfoljning"),
    ("lokal-utveckling", "utvecklingsriktning"),
    ("lokala-ataganden", "ataganden"),
    ("lokala-parter", "lokal-overenskommelse"),
];
