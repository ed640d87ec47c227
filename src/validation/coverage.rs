//! Which bytes a signature covers: everything up to the end of its own revision but its own value
//! (ISO 32000-2 §12.8.1, ETSI EN 319 142-1 §5.3).

use std::ops::Range;

use super::changes::FormAnswer;
use super::finding::{Finding, Question, Severity};
use crate::pdf::{History, SignatureView};

/// What a byte range says, where its form is right.
pub(super) struct Coverage {
    pub(super) form: FormAnswer,
    /// The two signed ranges, in the file.
    pub(super) covered: Option<[Range<usize>; 2]>,
    /// The hexadecimal digits between them.
    pub(super) contents: Option<Range<usize>>,
    /// The revision that the second range ends, counted from 0.
    pub(super) ends_revision: Option<usize>,
    pub(super) findings: Vec<Finding>,
}

/// Judges the byte range of each signature, in their order.
pub(super) fn coverages(history: &History<'_>, signatures: &[SignatureView<'_>]) -> Vec<Coverage> {
    let mut coverages: Vec<Coverage> = signatures
        .iter()
        .map(|signature| coverage(history, signature))
        .collect();
    refuse_shared(&mut coverages);
    coverages
}

/// Refuses signatures that exclude the same bytes: each has a value of its own.
fn refuse_shared(coverages: &mut [Coverage]) {
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    for (at, coverage) in coverages.iter().enumerate() {
        if let Some(contents) = &coverage.contents {
            gaps.push((contents.start, at));
        }
    }
    gaps.sort_unstable();
    for (one, next) in gaps.iter().zip(gaps.iter().skip(1)) {
        if one.0 != next.0 {
            continue;
        }
        for at in [one.1, next.1] {
            if let Some(coverage) = coverages.get_mut(at) {
                coverage.refuse(fault(
                    "contents_shared",
                    "Två underskrifter gör anspråk på samma värde i filen.",
                    "Two signatures claim the same value in the file.",
                ));
            }
        }
    }
}

impl Coverage {
    fn refuse(&mut self, finding: Finding) {
        self.form = FormAnswer::Broken;
        self.covered = None;
        self.ends_revision = None;
        self.findings.push(finding);
    }
}

fn coverage(history: &History<'_>, signature: &SignatureView<'_>) -> Coverage {
    let mut coverage = Coverage {
        form: FormAnswer::Ok,
        covered: None,
        contents: None,
        ends_revision: None,
        findings: Vec::new(),
    };
    if let Err(finding) = read(history, signature, &mut coverage) {
        let revision = signature.revision.saturating_add(1);
        let mut finding = finding.in_revision(revision).advising(
            "Räkna inte underskriften; be om filen på nytt från den som skrev under.",
            "Do not count the signature; ask whoever signed for the file again.",
        );
        let holder = signature.holder.or(signature.field_reference);
        if let Some(holder) = holder {
            finding = finding.of_object(holder.number);
        }
        coverage.refuse(finding);
    }
    coverage
}

fn read(
    history: &History<'_>,
    signature: &SignatureView<'_>,
    coverage: &mut Coverage,
) -> Result<(), Finding> {
    let data = history.data();
    let token = contents(data, signature)?;
    check_value(data, &token, signature)?;
    // ISO 32000-2 Table 260, ETSI EN 319 142-1 §5.3.
    if !SUB_FILTERS
        .iter()
        .any(|name| signature.dict.is("SubFilter", name))
    {
        return Err(fault(
            "sub_filter_unknown",
            "Underskriftens format (/SubFilter) är okänt.",
            "The signature's format (/SubFilter) is unknown.",
        ));
    }
    let digits = token.start.saturating_add(1)..token.end.saturating_sub(1);
    coverage.contents = Some(digits);
    for key in ["Contents", "ByteRange"] {
        let count = signature
            .dict
            .iter()
            .filter(|(name, _)| name.as_ref() == key.as_bytes())
            .count();
        if count != 1 {
            return Err(fault(
                "signature_key_repeated",
                format!("Underskriften har inte nyckeln /{key} exakt en gång."),
                format!("The signature does not have the key /{key} exactly once."),
            ));
        }
    }

    let wrong = || {
        fault(
            "byte_range_form",
            "Underskriftens /ByteRange är inte fyra hela tal som börjar med 0.",
            "The signature's /ByteRange is not four whole numbers that begin with 0.",
        )
    };
    let range = signature.byte_range.as_deref().ok_or_else(wrong)?;
    let [0, before, after, rest] = *range else {
        return Err(wrong());
    };
    let place = |number: i64| usize::try_from(number).map_err(|_| wrong());
    let (before, after, rest) = (place(before)?, place(after)?, place(rest)?);
    let end = after.checked_add(rest).ok_or_else(wrong)?;

    if (before, after) != (token.start, token.end) {
        return Err(fault(
            "byte_range_gap",
            "Underskriften täcker inte alla byte utanför sitt eget värde, eller utelämnar andra.",
            "The signature does not cover all bytes outside its own value, or leaves out others.",
        )
        .at_byte(before));
    }
    if end > data.len() {
        return Err(fault(
            "byte_range_outside",
            "Underskriftens /ByteRange går utanför filen: filen är avkortad eller ändrad.",
            "The signature's /ByteRange goes beyond the file: the file is cut short or changed.",
        )
        .at_byte(end));
    }
    let revision = history.revisions().get(signature.revision);
    let bounds = revision.map(|revision| revision.start..revision.end);
    let bounds = bounds.ok_or_else(wrong)?;
    let is_inside = bounds.contains(&token.start) || signature.revision == 0;
    if !is_inside || token.end > bounds.end || !ends_at(data, end, bounds.end) {
        return Err(fault(
            "byte_range_end",
            "Underskriften slutar inte där dess egen revision slutar.",
            "The signature does not end where its own revision ends.",
        )
        .at_byte(end));
    }
    if end != bounds.end {
        let number = signature.revision.saturating_add(1);
        coverage.findings.push(
            Finding::new(
                Question::Integrity,
                Severity::Note,
                "byte_range_end_of_line",
                "Underskriften och dess revision skiljer sig åt i de sista radsluten efter %%EOF.",
                "The signature and its revision differ in the last line ends after %%EOF.",
            )
            .in_revision(number)
            .at_byte(end),
        );
    }
    coverage.covered = Some([0..before, after..end]);
    coverage.ends_revision = Some(signature.revision);
    Ok(())
}

/// Finds the token of the contents, which must be a hexadecimal string where the dictionary stands.
fn contents(data: &[u8], signature: &SignatureView<'_>) -> Result<Range<usize>, Finding> {
    let wrong = || {
        fault(
            "contents_form",
            "Underskriften har inget värde (/Contents) som en hexadecimal sträng där den står.",
            "The signature has no value (/Contents) as a hexadecimal string where it stands.",
        )
    };
    let token = signature.contents.clone().ok_or_else(wrong)?;
    let bytes = data.get(token.clone()).ok_or_else(wrong)?;
    let [b'<', digits @ .., b'>'] = bytes else {
        return Err(wrong());
    };
    // White space may stand in a string; it may not hide anything in a signature's value.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    Ok(token)
}

/// Checks how the value is written: in one case of digits, and with nothing but zeros after it.
///
/// Nothing covers these bytes, so nothing may be said there.
fn check_value(
    data: &[u8],
    token: &Range<usize>,
    signature: &SignatureView<'_>,
) -> Result<(), Finding> {
    let digits = data.get(token.clone()).unwrap_or_default();
    let has_lower = digits.iter().any(u8::is_ascii_lowercase);
    if has_lower && digits.iter().any(u8::is_ascii_uppercase) {
        return Err(fault(
            "contents_case",
            "Underskriftens värde är skrivet med både stora och små bokstäver.",
            "The signature's value is written in both upper-case and lower-case letters.",
        ));
    }
    let contents = signature.contents_bytes.as_deref().unwrap_or_default();
    let is_padding = |rest: &[u8]| rest.iter().all(|byte| *byte == 0);
    // A value of indefinite length tells its end itself; whoever reads it looks at what follows.
    let padding = der_length(contents).map(|length| contents.get(length..));
    if let Some(padding) = padding
        && !padding.is_none_or(is_padding)
    {
        return Err(fault(
            "contents_padding",
            "Efter underskriftens värde står något annat än nollor.",
            "Something other than zeros follows the signature's value.",
        ));
    }
    Ok(())
}

/// Returns the length of the DER value that bytes begin with, its head included; none for the
/// indefinite form.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let (first, rest) = bytes.get(1..)?.split_first()?;
    if *first < 0x80 {
        return usize::from(*first).checked_add(2);
    }
    let count = usize::from(first & 0x7F);
    let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
    let length = digits.iter().try_fold(0_usize, |length, digit| {
        length.checked_mul(256)?.checked_add(usize::from(*digit))
    });
    length?.checked_add(count)?.checked_add(2)
}

/// Tells whether a signature that ends at `end` ends with its revision, line ends aside.
fn ends_at(data: &[u8], end: usize, revision_end: usize) -> bool {
    let (first, last) = (end.min(revision_end), end.max(revision_end));
    let between = data.get(first..last).unwrap_or(b"?");
    let is_line_end = between.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    let before = data.get(..first).unwrap_or_default();
    let mark = before.trim_ascii_end().ends_with(END_OF_FILE);
    is_line_end && mark && between.len() <= MAX_LINE_ENDS
}

fn fault(code: &'static str, swedish: impl Into<String>, english: impl Into<String>) -> Finding {
    Finding::new(Question::Integrity, Severity::Fault, code, swedish, english)
}

/// Formats of signatures; whoever reads the value decides which of them it can judge.
const SUB_FILTERS: &[&str] = &[
    "ETSI.CAdES.detached",
    "ETSI.RFC3161",
    "adbe.pkcs7.detached",
    "adbe.pkcs7.sha1",
    "adbe.x509.rsa_sha1",
];

const END_OF_FILE: &[u8] = b"%%EOF";

/// Line ends after `%%EOF` that a signature and its revision may differ by.
const MAX_LINE_ENDS: usize = 4;
