//! Report: verdicts as an accessible PDF, in Swedish, for a file beside the one that was judged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::press::Press;
use super::{Error, Workshop, init};
use crate::agreement::refused_character;
use crate::calendar::{swedish_day, swedish_time};
use crate::validation::{
    Finding, Grade, Indication, Severity, SignatureKind, SignatureVerdict, Verdict, words,
};

/// A verdict, and what it is of.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NamedVerdict<'a> {
    /// The file, as it was named.
    pub name: &'a str,
    /// The verdict.
    pub verdict: &'a Verdict,
}

/// What the verdicts were reached with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means<'a> {
    /// How many anchors were trusted.
    pub anchors: usize,
    /// Where they came from.
    pub anchors_from: &'a str,
    /// Whether an office's register was asked.
    pub has_register: bool,
}

/// Returns verdicts as JSON.
///
/// # Errors
/// None for values of these types.
pub fn json(verdicts: &[NamedVerdict<'_>]) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(verdicts)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Returns verdicts as a PDF (PDF/A-3a, PDF/UA-1).
///
/// # Errors
/// [`Error`] when it cannot be typeset.
pub async fn pdf(
    workshop: &Workshop,
    verdicts: &[NamedVerdict<'_>],
    means: &Means<'_>,
) -> Result<Vec<u8>, Error> {
    let shared = init::shared_files();
    let contexts = vec![context(verdicts, means, &shared)?];
    let day = swedish_day(last(verdicts));
    let mut press = Press::reports(workshop, NAME, TEMPLATE, &shared, contexts, day)?;
    let finished = press.next().await?.ok_or(Error::Unanswered)?;
    finished.parts.into_iter().next().ok_or(Error::Unanswered)
}

/// Starts on reports of one verdict each, which come as jobs in the order of the contexts.
pub(super) fn press(
    workshop: &Workshop,
    contexts: Vec<serde_json::Value>,
    at: DateTime<Utc>,
) -> Result<Press, Error> {
    let shared = init::shared_files();
    Press::reports(workshop, NAME, TEMPLATE, &shared, contexts, swedish_day(at))
}

/// Returns what a report says of verdicts.
pub(super) fn context(
    verdicts: &[NamedVerdict<'_>],
    means: &Means<'_>,
    shared: &BTreeMap<String, Vec<u8>>,
) -> Result<serde_json::Value, Error> {
    let report = Report {
        title: "Bedömning av undertecknade filer".to_owned(),
        program: concat!("sigill ", env!("CARGO_PKG_VERSION")).to_owned(),
        judged_at: swedish_time(last(verdicts)),
        files: verdicts.iter().map(file).collect(),
        asked: asked(means),
    };
    let mut context = serde_json::to_value(report)?;
    make_shown(&mut context, shared);
    Ok(context)
}

/// Returns when the last of the verdicts was reached.
fn last(verdicts: &[NamedVerdict<'_>]) -> DateTime<Utc> {
    let all = verdicts.iter().map(|named| named.verdict.judged_at);
    all.max().unwrap_or_default()
}

/// Replaces in every text what the reports' font cannot show, and what deceives the eye.
pub(super) fn make_shown(value: &mut serde_json::Value, shared: &BTreeMap<String, Vec<u8>>) {
    let face = shared
        .get(FONT)
        .and_then(|font| ttf_parser::Face::parse(font, 0).ok());
    make_printable(value, &|character| {
        let has_glyph = face
            .as_ref()
            .is_some_and(|face| face.glyph_index(character).is_some());
        has_glyph && refused_character(character.encode_utf8(&mut [0; 4])).is_none()
    });
}

/// What the template prints; every text is ready.
#[derive(Serialize)]
struct Report {
    title: String,
    program: String,
    judged_at: String,
    files: Vec<FilePart>,
    asked: Vec<String>,
}

#[derive(Serialize)]
struct FilePart {
    name: String,
    passed: bool,
    conclusion: String,
    meaning: String,
    sha256: String,
    size: String,
    copy: String,
    revisions: String,
    judged_at: String,
    answers: Vec<Answer>,
    signatures: Vec<SignatureLine>,
    open: Vec<OpenSeat>,
    findings: Vec<FindingGroup>,
    left_off: usize,
    certificates: Vec<CertificatePart>,
}

#[derive(Serialize)]
struct Answer {
    question: &'static str,
    answer: String,
    meaning: String,
}

#[derive(Serialize)]
struct SignatureLine {
    number: usize,
    place: String,
    kind: &'static str,
    name: String,
    tie: &'static str,
    at: String,
    proof: &'static str,
    level: &'static str,
    grade: &'static str,
    conclusion: String,
    counts: &'static str,
}

#[derive(Serialize)]
struct OpenSeat {
    seat: String,
    why: &'static str,
}

#[derive(Serialize)]
struct FindingGroup {
    heading: &'static str,
    findings: Vec<FindingLine>,
}

#[derive(Serialize)]
struct FindingLine {
    text: String,
    place: String,
    advice: String,
}

#[derive(Serialize)]
struct CertificatePart {
    numbers: String,
    subject: String,
    issuer: String,
    from: String,
    to: String,
    sha256: String,
}

fn file(named: &NamedVerdict<'_>) -> FilePart {
    let verdict = named.verdict;
    let (findings, left_off) = findings(verdict);
    let (conclusion, meaning) = words::conclusion(verdict.conclusion);
    FilePart {
        name: named.name.to_owned(),
        passed: verdict.conclusion.indication == Indication::TotalPassed,
        conclusion: conclusion.to_owned(),
        meaning,
        sha256: verdict.sha256.to_string(),
        size: format!("{} byte", spaced(verdict.size_bytes)),
        copy: match &verdict.identity.copy {
            Some(copy) => copy.to_string(),
            None => "inget känt".to_owned(),
        },
        revisions: verdict.revisions.to_string(),
        judged_at: format!(
            "{} svensk tid ({} UTC)",
            swedish_time(verdict.judged_at),
            verdict.judged_at.format("%Y-%m-%d %H:%M:%S")
        ),
        answers: answers(verdict),
        signatures: verdict
            .signatures
            .iter()
            .enumerate()
            .map(|(index, signature)| signature_line(index.saturating_add(1), signature))
            .collect(),
        open: open_seats(verdict),
        findings,
        left_off,
        certificates: certificates(verdict),
    }
}

fn answers(verdict: &Verdict) -> Vec<Answer> {
    let (integrity, integrity_means) = words::integrity(verdict.integrity);
    let (identity, identity_means) = words::identity(verdict.identity.answer);
    let voided = if verdict.identity.is_voided {
        " Exemplaret är makulerat."
    } else {
        ""
    };
    let (trust, trust_means) = match verdict.trust {
        Some(trust) => {
            let (answer, meaning) = words::conclusion(trust);
            (
                answer.to_owned(),
                format!("Den sämsta av underskrifterna. {meaning}"),
            )
        }
        None => (
            "Ej prövad".to_owned(),
            "Det finns ingen underskrift att pröva.".to_owned(),
        ),
    };
    let seats = verdict
        .signatures
        .iter()
        .filter_map(|signature| signature.signatory.as_ref());
    let (counting, signed) = seats.fold((0_usize, 0_usize), |(counting, signed), signatory| {
        (
            counting.saturating_add(usize::from(signatory.counts)),
            signed.saturating_add(1),
        )
    });
    let (complete, complete_means) = match &verdict.completeness {
        None => (
            "Ej prövad".to_owned(),
            "Ingen har jämfört med ett utfärdat exemplar.".to_owned(),
        ),
        Some(seats) if seats.unconfirmed.is_empty() && seats.open.is_empty() => (
            "Fullständig".to_owned(),
            format!(
                "Alla {} platser har en underskrift som räknas.",
                seats.signed.len()
            ),
        ),
        Some(seats) => (
            "Ofullständig".to_owned(),
            format!(
                "{} platser har en underskrift som räknas, {} en som inte räknas än och {} ingen.",
                seats.signed.len(),
                seats.unconfirmed.len(),
                seats.open.len()
            ),
        ),
    };
    vec![
        Answer {
            question: "Är filen det som undertecknades?",
            answer: integrity.to_owned(),
            meaning: integrity_means.to_owned(),
        },
        Answer {
            question: "Är certifikaten betrodda?",
            answer: trust,
            meaning: trust_means,
        },
        Answer {
            question: "Är det vårt exemplar?",
            answer: identity.to_owned(),
            meaning: format!("{identity_means}{voided}"),
        },
        Answer {
            question: "Har rätt personer skrivit under?",
            answer: format!("{counting} av {signed}"),
            meaning: if signed == 0 {
                "Ingen underskrift står på en parts plats.".to_owned()
            } else {
                "Så många av underskrifterna på parternas platser räknas.".to_owned()
            },
        },
        Answer {
            question: "Saknas något?",
            answer: complete,
            meaning: complete_means,
        },
    ]
}

fn signature_line(number: usize, signature: &SignatureVerdict) -> SignatureLine {
    let signatory = signature.signatory.as_ref();
    let (at, proof) = match (signature.proven_at, signature.claimed_at) {
        (Some(at), _) if signature.is_time_proven => (swedish_time(at), "bevisat av tidsstämpel"),
        (_, Some(at)) => (swedish_time(at), "uppgett, inte bevisat"),
        (_, None) => ("okänt".to_owned(), "inte bevisat"),
    };
    let certificate = signature.certificate.as_ref();
    let (conclusion, _) = words::conclusion(signature.conclusion);
    SignatureLine {
        number,
        place: signature.field.clone(),
        kind: match (signature.kind, signatory) {
            (SignatureKind::Approval, Some(_)) => "underskrift",
            (SignatureKind::Approval, None) => "underskrift eller stämpel",
            (SignatureKind::Certification, _) => "stämpel som certifierar",
            (SignatureKind::TimeStamp, _) => "tidsstämpel",
        },
        name: certificate
            .map_or("okänt", |found| found.name.as_str())
            .to_owned(),
        tie: signatory.map_or("", |found| words::tie(found.tie)),
        at,
        proof,
        level: signature.level.map_or("–", |level| level.as_str()),
        grade: signature.grade.map_or("–", Grade::as_str),
        conclusion: conclusion.to_owned(),
        counts: match signatory {
            Some(found) if found.counts => "räknas för platsen",
            Some(_) => "räknas inte för platsen",
            None => "ingen parts plats",
        },
    }
}

fn open_seats(verdict: &Verdict) -> Vec<OpenSeat> {
    let Some(seats) = &verdict.completeness else {
        return Vec::new();
    };
    let unconfirmed = seats.unconfirmed.iter().map(|seat| OpenSeat {
        seat: seat.to_string(),
        why: "en underskrift som inte räknas än",
    });
    let open = seats.open.iter().map(|seat| OpenSeat {
        seat: seat.to_string(),
        why: "ingen underskrift",
    });
    unconfirmed.chain(open).collect()
}

/// Returns the findings by weight, the heaviest first, and how many more there are.
fn findings(verdict: &Verdict) -> (Vec<FindingGroup>, usize) {
    let general = verdict.findings.iter().chain(&verdict.identity.findings);
    let of_signatures = verdict.signatures.iter().flat_map(|signature| {
        let findings = signature.findings.iter();
        findings.map(move |finding| (Some(signature.field.as_str()), finding))
    });
    let all: Vec<(Option<&str>, &Finding)> = general
        .map(|finding| (None, finding))
        .chain(of_signatures)
        .collect();
    let mut groups = Vec::new();
    let mut left = MAX_FINDINGS;
    for (severity, heading) in [
        (Severity::Fault, "Fel"),
        (Severity::Warning, "Att ta ställning till"),
        (Severity::Note, "Att känna till"),
    ] {
        let of_severity = all
            .iter()
            .filter(|(_, finding)| finding.severity == severity);
        let findings: Vec<FindingLine> = of_severity
            .take(left)
            .map(|(field, finding)| finding_line(*field, finding))
            .collect();
        left = left.saturating_sub(findings.len());
        if !findings.is_empty() {
            groups.push(FindingGroup { heading, findings });
        }
    }
    (groups, all.len().saturating_sub(MAX_FINDINGS))
}

fn finding_line(field: Option<&str>, finding: &Finding) -> FindingLine {
    let mut place = Vec::new();
    place.extend(field.map(str::to_owned));
    place.extend(finding.revision.map(|number| format!("revision {number}")));
    place.extend(finding.object.map(|number| format!("objekt {number}")));
    place.extend(finding.at_byte.map(|at| format!("byte {}", spaced(at))));
    let place = if place.is_empty() {
        String::new()
    } else {
        format!("({})", place.join(", "))
    };
    FindingLine {
        text: shortened(&finding.swedish),
        place,
        advice: shortened(&finding.advice_swedish),
    }
}

/// Returns each certificate once, with the numbers of the signatures that it was used for.
fn certificates(verdict: &Verdict) -> Vec<CertificatePart> {
    let mut numbers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, signature) in verdict.signatures.iter().enumerate() {
        let Some(certificate) = &signature.certificate else {
            continue;
        };
        let of_certificate = numbers.entry(certificate.sha256.to_string()).or_default();
        if of_certificate.is_empty() {
            found.push(certificate);
        }
        of_certificate.push(index.saturating_add(1).to_string());
    }
    let part = |certificate: &&crate::validation::CertificateSummary| {
        let sha256 = certificate.sha256.to_string();
        let numbers = numbers.get(&sha256).map(|found| found.join(", "));
        CertificatePart {
            numbers: numbers.unwrap_or_default(),
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            from: swedish_day(certificate.not_before).to_string(),
            to: swedish_day(certificate.not_after).to_string(),
            sha256,
        }
    };
    found.iter().map(part).collect()
}

fn asked(means: &Means<'_>) -> Vec<String> {
    let trust = if means.anchors == 0 {
        "Inga betrodda rotcertifikat var kända, så ingen underskrift kunde godkännas i sin helhet."
            .to_owned()
    } else {
        format!(
            "{} betrodda rotcertifikat ur {}.",
            means.anchors, means.anchors_from
        )
    };
    let register = if means.has_register {
        "Registret över utfärdade exemplar tillfrågades."
    } else {
        "Inget register tillfrågades, så vilket exemplar det är och om något saknas är inte prövat."
    };
    vec![
        "Varje byte i filen, varje underskrift mot allt som lagts till efter den.".to_owned(),
        trust,
        register.to_owned(),
    ]
}

/// Replaces what the font cannot show, and what deceives the eye: names come from foreign files.
fn make_printable(value: &mut serde_json::Value, is_printable: &dyn Fn(char) -> bool) {
    // The context has few levels, all of them ours.
    match value {
        serde_json::Value::String(text) => {
            if !text.chars().all(is_printable) {
                let shown = |found| if is_printable(found) { found } else { '?' };
                *text = text.chars().map(shown).collect();
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                make_printable(value, is_printable);
            }
        }
        serde_json::Value::Object(values) => {
            for (_, value) in values {
                make_printable(value, is_printable);
            }
        }
        serde_json::Value::Bool(_) | serde_json::Value::Null | serde_json::Value::Number(_) => {}
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MAX_CHARS).collect();
    short.push('…');
    short
}

/// Returns a number with a space at each thousand.
pub(super) fn spaced(number: usize) -> String {
    let digits = number.to_string();
    let mut spaced = String::with_capacity(digits.len().saturating_mul(2));
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            spaced.push('\u{a0}');
        }
        spaced.push(digit);
    }
    spaced
}

/// The template, the program's own: a report looks the same from every office, and needs none.
const TEMPLATE: &str = include_str!("report/report.typ");
/// Its name in messages.
const NAME: &str = "report.typ";
/// The font that the report is set in.
const FONT: &str = "shared/fonts/SourceSans3-Regular.ttf";
/// More than anybody reads; a hostile file may have thousands.
const MAX_FINDINGS: usize = 200;
/// No sentence of ours is longer.
const MAX_CHARS: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_spaced() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1000, "1\u{a0}000"),
            (1_234_567, "1\u{a0}234\u{a0}567"),
        ] {
            assert_eq!(spaced(number), expected);
        }
    }

    #[test]
    fn what_the_font_lacks_is_replaced() {
        let mut value = serde_json::json!({ "a": ["å\u{202e}漢", 1, null] });
        make_printable(&mut value, &|found| found.is_ascii() || found == 'å');
        assert_eq!(value, serde_json::json!({ "a": ["å??", 1, null] }));
    }
}
