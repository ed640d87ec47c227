//! Where revisions end.

/// Finds the offsets just past each `%%EOF` that begins a line and its end-of-line marker.
pub(super) fn revision_ends(pdf: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some(found) = pdf
        .get(from..)
        .and_then(|rest| rest.iter().position(is_percent))
    {
        let at = from.saturating_add(found);
        let begins_line = at
            .checked_sub(1)
            .is_none_or(|before| matches!(pdf.get(before), Some(b'\n' | b'\r')));
        let after = at.saturating_add(MARKER.len());
        from = at.saturating_add(1);
        if !begins_line || pdf.get(at..after) != Some(MARKER) {
            continue;
        }
        // ISO 32000-2 §7.5.5: the last line of a revision holds the marker only.
        let line_end = match (pdf.get(after), pdf.get(after.saturating_add(1))) {
            (None, _) => Some(0),
            (Some(b'\r'), Some(b'\n')) => Some(2),
            (Some(b'\r' | b'\n'), _) => Some(1),
            (Some(_), _) => None,
        };
        if let Some(length) = line_end {
            ends.push(after.saturating_add(length));
            from = after;
        }
    }
    ends
}

fn is_percent(byte: &u8) -> bool {
    *byte == b'%'
}

const MARKER: &[u8] = b"%%EOF";
