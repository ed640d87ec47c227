//! Which template line a rendered line came from, also inside loops.
//!
//! Before rendering, a mark with the line's number is put at each line end of literal text; after
//! rendering the marks are taken out again. The marks are private-use characters, which neither a
//! template nor a value may contain.

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Maps lines of rendered text to lines of the template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LineMap(Vec<usize>);

impl LineMap {
    /// Returns the template line, counted from 1, of a rendered line, counted from 1.
    pub(super) fn template_line(&self, rendered: usize) -> usize {
        let index = rendered.saturating_sub(1);
        self.0
            .get(index)
            .or(self.0.last())
            .copied()
            .unwrap_or(rendered)
    }
}

/// Returns the template with a mark at each line end of literal text.
pub(super) fn mark(template: &str) -> String {
    let mut marked = String::with_capacity(template.len().saturating_mul(2));
    let mut line = 1_usize;
    let mut rest = template;
    let mut trim_start = false;
    loop {
        let tag = ["{{", "{%", "{#"]
            .iter()
            .filter_map(|open| rest.find(open))
            .min();
        let (literal, after) = rest.split_at(tag.unwrap_or(rest.len()));
        let trim_end = after.get(2..3) == Some("-");
        mark_literal(literal, trim_start, trim_end, &mut line, &mut marked);
        let Some(opening) = after.get(..2) else {
            return marked;
        };
        let closing = match opening {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let end = after
            .find(closing)
            .map_or(after.len(), |at| at.saturating_add(2));
        let (tag, after) = after.split_at(end);
        line = line.saturating_add(tag.matches('\n').count());
        marked.push_str(tag);
        trim_start = tag.ends_with(['-'])
            || tag
                .strip_suffix(closing)
                .is_some_and(|tag| tag.ends_with('-'));
        rest = after;
    }
}

/// White space that a tag's `-` takes away gets no mark: the mark would stop it.
fn mark_literal(
    literal: &str,
    trim_start: bool,
    trim_end: bool,
    line: &mut usize,
    marked: &mut String,
) {
    let first = if trim_start {
        literal.len().saturating_sub(literal.trim_start().len())
    } else {
        0
    };
    let last = if trim_end {
        literal.trim_end().len()
    } else {
        literal.len()
    };
    for (at, c) in literal.char_indices() {
        if c == '\n' {
            if (first..last).contains(&at) {
                marked.push_str(&format!("{OPEN}{line}{CLOSE}"));
            }
            *line = line.saturating_add(1);
        }
        marked.push(c);
    }
}

/// Takes the marks out of rendered text; gives the text and its map.
pub(super) fn unmark(rendered: &str) -> (String, LineMap) {
    let mut text = String::with_capacity(rendered.len());
    let mut map = Vec::new();
    let mut known = 1_usize;
    for line in rendered.split_inclusive('\n') {
        let mut found = None;
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(OPEN) {
            text.push_str(before);
            let (number, after) = after.split_once(CLOSE).unwrap_or((after, ""));
            found = number.parse().ok().or(found);
            rest = after;
        }
        text.push_str(rest);
        // A line whose end was trimmed away or came from a value has no mark: it lies after the last known one.
        known = found.unwrap_or_else(|| known.saturating_add(usize::from(!map.is_empty())));
        map.push(known);
    }
    (text, LineMap(map))
}
