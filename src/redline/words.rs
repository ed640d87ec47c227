//! Which words of a block changed, as a reader would mark them.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::lexemes::{Lexeme, Sort};
use super::model::{Change, Marks, Piece, Run};

/// Lexemes of the old text that others of the new one stand for. What lies between two of them is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    /// The old ones.
    pub(super) old: Range<usize>,
    /// The new ones.
    pub(super) new: Range<usize>,
}

/// Returns the changes from some lexemes to others.
pub(super) fn hunks(old: &[Lexeme<'_>], new: &[Lexeme<'_>]) -> Vec<Hunk> {
    let mut hunks = raw_hunks(old, new);
    join_slid(old, new, &mut hunks);
    settle_all(old, new, &mut hunks);
    swallow_short(old, new, &mut hunks);
    rewrite_sentences(old, new, &mut hunks);
    settle_all(old, new, &mut hunks);
    hunks
}

/// Returns the lexemes' words as pieces, marked as the hunks say. Marks between blocks have none.
pub(super) fn pieces(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunks: &[Hunk]) -> Vec<Vec<Piece>> {
    let mut parts = vec![Vec::new()];
    let mut at = (0_usize, 0_usize);
    let end = Hunk {
        old: old.len()..old.len(),
        new: new.len()..new.len(),
    };
    for hunk in hunks.iter().chain([&end]) {
        let kept_old = old.get(at.0..hunk.old.start).unwrap_or_default();
        let kept_new = new.get(at.1..hunk.new.start).unwrap_or_default();
        for (before, after) in kept_old.iter().zip(kept_new) {
            let old_marks = (before.marks != after.marks).then(|| before.marks.clone());
            add(&mut parts, Change::Kept, after, old_marks);
        }
        for lexeme in old.get(hunk.old.clone()).unwrap_or_default() {
            add(&mut parts, Change::Deleted, lexeme, None);
        }
        for lexeme in new.get(hunk.new.clone()).unwrap_or_default() {
            add(&mut parts, Change::Inserted, lexeme, None);
        }
        at = (hunk.old.end, hunk.new.end);
    }
    parts
}

/// Returns lexemes' words as pieces with one fate.
pub(super) fn whole(lexemes: &[Lexeme<'_>], change: Change) -> Vec<Piece> {
    let mut parts = vec![Vec::new()];
    for lexeme in lexemes {
        add(&mut parts, change, lexeme, None);
    }
    parts.into_iter().flatten().collect()
}

fn add(parts: &mut Vec<Vec<Piece>>, change: Change, lexeme: &Lexeme<'_>, old_marks: Option<Marks>) {
    if lexeme.sort == Sort::Mark {
        parts.push(Vec::new());
        return;
    }
    let Some(pieces) = parts.last_mut() else {
        return;
    };
    let is_reference = lexeme.marks.reference.is_some()
        || old_marks
            .as_ref()
            .is_some_and(|marks| marks.reference.is_some());
    match pieces.last_mut() {
        Some(last)
            if last.change == change
                && last.run.marks == *lexeme.marks
                && last.old_marks == old_marks
                && !is_reference =>
        {
            last.run.text.push_str(lexeme.text);
        }
        _ => pieces.push(Piece {
            change,
            run: Run {
                text: lexeme.text.to_owned(),
                marks: lexeme.marks.clone(),
            },
            old_marks,
        }),
    }
}

fn raw_hunks(old: &[Lexeme<'_>], new: &[Lexeme<'_>]) -> Vec<Hunk> {
    let Some(all) = trimmed(old, new) else {
        return Vec::new();
    };
    let mut hunks = Vec::new();
    if all.old.len().saturating_mul(all.new.len()) <= MAX_CELLS {
        weighed(old, new, &all, &mut hunks);
    } else {
        searched(old, new, &all, &mut hunks);
    }
    hunks
}

/// Returns one hunk for all that lies between the first difference and the last.
fn trimmed(old: &[Lexeme<'_>], new: &[Lexeme<'_>]) -> Option<Hunk> {
    let same = |(a, b): &(&Lexeme<'_>, &Lexeme<'_>)| a.id == b.id;
    let start = old.iter().zip(new).take_while(same).count();
    let rest = old.len().min(new.len()).saturating_sub(start);
    let backwards = old.iter().rev().zip(new.iter().rev());
    let end = backwards.take(rest).take_while(same).count();
    let hunk = Hunk {
        old: start..old.len().saturating_sub(end),
        new: start..new.len().saturating_sub(end),
    };
    (!hunk.old.is_empty() || !hunk.new.is_empty()).then_some(hunk)
}

/// Searches a long text for words that stayed, and what lies between two of them for the rest.
fn searched(old: &[Lexeme<'_>], new: &[Lexeme<'_>], all: &Hunk, hunks: &mut Vec<Hunk>) {
    let words = |lexemes: &[Lexeme<'_>], range: &Range<usize>| -> (Vec<u32>, Vec<usize>) {
        let lexemes = range.clone().filter_map(|at| Some((lexemes.get(at)?, at)));
        let words = lexemes.filter(|(lexeme, _)| lexeme.is_word());
        words.map(|(lexeme, at)| (lexeme.id, at)).unzip()
    };
    let (old_ids, old_places) = words(old, &all.old);
    let (new_ids, new_places) = words(new, &all.new);
    let mut kept: Vec<(usize, usize)> = Vec::new();
    if old_ids.len().saturating_add(new_ids.len()) <= MAX_WORDS {
        // Its Myers gives up the shortest script where that would cost too much, by steps and not by time.
        for operation in capture_diff_slices(Algorithm::Patience, &old_ids, &new_ids) {
            if matches!(operation, DiffOp::Equal { .. }) {
                let olds = old_places.get(operation.old_range()).unwrap_or_default();
                let news = new_places.get(operation.new_range()).unwrap_or_default();
                kept.extend(olds.iter().copied().zip(news.iter().copied()));
            }
        }
    }
    let mut at = (all.old.start, all.new.start);
    for (old_end, new_end) in kept.into_iter().chain([(all.old.end, all.new.end)]) {
        let gap = Hunk {
            old: at.0..old_end,
            new: at.1..new_end,
        };
        let same = |range: &Hunk| {
            let ids = |lexemes: &[Lexeme<'_>], range: &Range<usize>| -> Vec<u32> {
                let lexemes = lexemes.get(range.clone()).unwrap_or_default();
                lexemes.iter().map(|lexeme| lexeme.id).collect()
            };
            ids(old, &range.old) == ids(new, &range.new)
        };
        if gap.old.len().saturating_mul(gap.new.len()) > MAX_CELLS {
            push(hunks, gap.old, gap.new);
        } else if !same(&gap) {
            weighed(old, new, &gap, hunks);
        }
        at = (old_end.saturating_add(1), new_end.saturating_add(1));
    }
}

fn push(hunks: &mut Vec<Hunk>, old: Range<usize>, new: Range<usize>) {
    match hunks.last_mut() {
        Some(last) if last.old.end == old.start && last.new.end == new.start => {
            last.old.end = old.end;
            last.new.end = new.end;
        }
        _ => hunks.push(Hunk { old, new }),
    }
}

/// Finds what stayed the same so that it weighs the most: long words more than short ones, and few changes more
/// than many.
fn weighed(old: &[Lexeme<'_>], new: &[Lexeme<'_>], all: &Hunk, hunks: &mut Vec<Hunk>) {
    let olds = old.get(all.old.clone()).unwrap_or_default();
    let ids: Vec<u32> = new
        .get(all.new.clone())
        .unwrap_or_default()
        .iter()
        .map(|lexeme| lexeme.id)
        .collect();
    let width = ids.len().saturating_add(1);
    let mut choices = vec![Choice::default(); width.saturating_mul(olds.len())];
    // The best from a place in both texts to their ends: outside a change, and within one.
    let mut below: Vec<(i32, i32)> = vec![(-CHANGE, 0); width];
    if let Some(end) = below.last_mut() {
        *end = (0, 0);
    }
    let mut here = below.clone();
    for (lexeme, choices) in olds.iter().zip(choices.chunks_mut(width)).rev() {
        let weight = weight(lexeme);
        let mut beside = (0, i32::MIN / 2);
        if let (Some(end), Some((_, last)), Some(choice)) =
            (here.last_mut(), below.last(), choices.last_mut())
        {
            beside = (last.saturating_sub(CHANGE), *last);
            *end = beside;
            choice.is_old = true;
        }
        let columns = here.iter_mut().zip(choices).zip(&ids).zip(below.windows(2));
        for (((here, choice), id), below) in columns.rev() {
            let &[(_, under), (after, _)] = below else {
                continue;
            };
            let changed = under.max(beside.1);
            let open = changed.saturating_sub(CHANGE);
            choice.is_old = under >= beside.1;
            *here = (open, changed);
            if *id == lexeme.id {
                let kept = after.saturating_add(weight);
                choice.keeps_outside = kept >= open;
                choice.keeps_within = kept >= changed;
                *here = (kept.max(open), kept.max(changed));
            }
            beside = *here;
        }
        std::mem::swap(&mut here, &mut below);
    }
    follow(&choices, width, all, hunks);
}

/// What is best at a place in both texts.
#[derive(Debug, Clone, Copy, Default)]
struct Choice {
    /// Outside a change, the word is kept.
    keeps_outside: bool,
    /// Within a change, the word is kept.
    keeps_within: bool,
    /// Else the old text's word is taken away; if not, the new text's is put in.
    is_old: bool,
}

/// Writes down the changes that were chosen, from the start of both texts to their ends.
fn follow(choices: &[Choice], width: usize, all: &Hunk, hunks: &mut Vec<Hunk>) {
    let (mut row, mut column, mut is_within) = (0_usize, 0_usize, false);
    while row < all.old.len() || column < all.new.len() {
        let place = row.saturating_mul(width).saturating_add(column);
        // Behind the old text's last word there is only what is put in.
        let choice = choices.get(place).copied().unwrap_or_default();
        let keeps = if is_within {
            choice.keeps_within
        } else {
            choice.keeps_outside
        };
        is_within = !keeps;
        let (old, new) = (
            all.old.start.saturating_add(row),
            all.new.start.saturating_add(column),
        );
        if keeps {
            row = row.saturating_add(1);
            column = column.saturating_add(1);
        } else if choice.is_old {
            push(hunks, old..old.saturating_add(1), new..new);
            row = row.saturating_add(1);
        } else {
            push(hunks, old..old, new..new.saturating_add(1));
            column = column.saturating_add(1);
        }
    }
}

fn weight(lexeme: &Lexeme<'_>) -> i32 {
    match lexeme.sort {
        Sort::Word => {
            let length = lexeme.text.chars().count().min(MAX_WEIGHT);
            i32::try_from(length).map_or(1, |length| length.saturating_add(1))
        }
        Sort::Mark | Sort::Sign | Sort::Space => 1,
    }
}

/// Joins two insertions, or two deletions, between which only little stands, where one can be told as well
/// further to the side: `, ` and `x` put in around a space is `, x` put in before it.
fn join_slid(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunks: &mut Vec<Hunk>) {
    let mut index = 1;
    while index < hunks.len() {
        let joined = match (hunks.get(index.saturating_sub(1)), hunks.get(index)) {
            (Some(a), Some(b)) => {
                let gap = b.old.start.saturating_sub(a.old.end);
                let inserts = a.old.is_empty() && b.old.is_empty();
                let deletes = a.new.is_empty() && b.new.is_empty();
                let can_slide = gap <= MAX_SIGNS
                    && (inserts && slides_left(new, &b.new, gap)
                        || deletes && slides_left(old, &b.old, gap));
                can_slide.then(|| {
                    let back = |range: &Range<usize>| {
                        range.start.saturating_sub(gap)..range.end.saturating_sub(gap)
                    };
                    Hunk {
                        old: a.old.start..back(&b.old).end,
                        new: a.new.start..back(&b.new).end,
                    }
                })
            }
            _ => None,
        };
        match joined {
            Some(joined) => {
                hunks.remove(index);
                if let Some(place) = hunks.get_mut(index.saturating_sub(1)) {
                    *place = joined;
                }
            }
            None => index = index.saturating_add(1),
        }
    }
}

/// Tells whether the lexemes of a range may be told as those `steps` further to the left.
fn slides_left(lexemes: &[Lexeme<'_>], range: &Range<usize>, steps: usize) -> bool {
    (1..=steps).all(|step| {
        let last = range.end.checked_sub(step).and_then(|at| lexemes.get(at));
        let before = range.start.checked_sub(step).and_then(|at| lexemes.get(at));
        matches!((last, before), (Some(last), Some(before))
            if last.id == before.id && last.marks == before.marks)
    })
}

/// Makes one change of two between which only signs or one small word stand.
fn swallow_short(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunks: &mut Vec<Hunk>) {
    let mut joined: Vec<Hunk> = Vec::with_capacity(hunks.len());
    for hunk in hunks.drain(..) {
        match joined.last_mut() {
            Some(last) if is_swallowed(old, new, last, &hunk) => {
                last.old.end = hunk.old.end;
                last.new.end = hunk.new.end;
            }
            _ => joined.push(hunk),
        }
    }
    *hunks = joined;
}

fn is_swallowed(old: &[Lexeme<'_>], new: &[Lexeme<'_>], a: &Hunk, b: &Hunk) -> bool {
    let between = new.get(a.new.end..b.new.start).unwrap_or_default();
    let words: Vec<&Lexeme<'_>> = between.iter().filter(|lexeme| lexeme.is_word()).collect();
    if between.iter().any(Lexeme::ends_sentence) || between.len() > MAX_SIGNS {
        return false;
    }
    let deleted = |hunk: &Hunk| words_in(old, &hunk.old) > 0;
    let inserted = |hunk: &Hunk| words_in(new, &hunk.new) > 0;
    let has_words = |hunk: &Hunk| deleted(hunk) || inserted(hunk);
    match words.as_slice() {
        [] => {
            has_words(a)
                && has_words(b)
                && (deleted(a) || deleted(b))
                && (inserted(a) || inserted(b))
        }
        [word] => {
            word.text.chars().count() <= SMALL_WORD
                && [a, b].iter().all(|hunk| deleted(hunk) && inserted(hunk))
        }
        _ => false,
    }
}

/// Where more than about half of a sentence's words change, shows it as one deletion and one insertion.
fn rewrite_sentences(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunks: &mut Vec<Hunk>) {
    let mut result: Vec<Hunk> = Vec::with_capacity(hunks.len());
    let mut group: Vec<Hunk> = Vec::new();
    // Where the sentence that the group changes begins in the new text.
    let mut start = 0_usize;
    for hunk in hunks.drain(..) {
        if let Some(last) = group.last() {
            let between = new.get(last.new.end..hunk.new.start).unwrap_or_default();
            if let Some(end) = between.iter().position(Lexeme::ends_sentence) {
                let end = last.new.end.saturating_add(end);
                close_sentence(old, new, start..end, &mut group, &mut result);
            }
        }
        let before = new.get(..hunk.new.start).unwrap_or_default();
        if group.is_empty() {
            start = before
                .iter()
                .rposition(Lexeme::ends_sentence)
                .map_or(0, |at| at.saturating_add(1));
        }
        group.push(hunk);
    }
    if let Some(last) = group.last() {
        let after = new.get(last.new.end..).unwrap_or_default();
        let length = after
            .iter()
            .position(Lexeme::ends_sentence)
            .unwrap_or(after.len());
        let end = last.new.end.saturating_add(length);
        close_sentence(old, new, start..end, &mut group, &mut result);
    }
    *hunks = result;
}

fn close_sentence(
    old: &[Lexeme<'_>],
    new: &[Lexeme<'_>],
    sentence: Range<usize>,
    group: &mut Vec<Hunk>,
    result: &mut Vec<Hunk>,
) {
    let deleted: usize = group.iter().map(|hunk| words_in(old, &hunk.old)).sum();
    let inserted: usize = group.iter().map(|hunk| words_in(new, &hunk.new)).sum();
    let kept = words_in(new, &sentence).saturating_sub(inserted);
    let is_rewritten = deleted > kept && inserted > kept
        || deleted >= 2
            && inserted >= 2
            && deleted.saturating_add(inserted) > kept.saturating_mul(REWRITTEN);
    // Of a sentence of which nothing stays, the stop is not kept either.
    let lead = group
        .first()
        .map_or(0, |hunk| words_in(new, &(sentence.start..hunk.new.start)));
    let is_whole = lead == 0 && deleted >= REWRITTEN && inserted >= REWRITTEN;
    let stop = new.get(sentence.end);
    let with_stop = |hunk: &Hunk| {
        let ends = hunk.new.end == sentence.end;
        let is_stop = |lexeme: &Lexeme<'_>| lexeme.sort == Sort::Sign && lexeme.ends_sentence();
        usize::from(is_whole && ends && stop.is_some_and(is_stop))
    };
    match (group.first(), group.last()) {
        (Some(first), Some(last)) if is_rewritten => result.push(Hunk {
            old: first.old.start..last.old.end.saturating_add(with_stop(last)),
            new: first.new.start..last.new.end.saturating_add(with_stop(last)),
        }),
        _ => result.append(group),
    }
    group.clear();
}

fn words_in(lexemes: &[Lexeme<'_>], range: &Range<usize>) -> usize {
    let lexemes = lexemes.get(range.clone()).unwrap_or_default();
    lexemes.iter().filter(|lexeme| lexeme.is_word()).count()
}

/// Moves insertions and deletions that can be told in several places to the place where a reader would see them.
fn settle_all(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunks: &mut [Hunk]) {
    for index in 0..hunks.len() {
        let before = index
            .checked_sub(1)
            .and_then(|at| hunks.get(at))
            .map_or(0, |hunk| hunk.new.end);
        let after = hunks
            .get(index.saturating_add(1))
            .map_or(new.len(), |hunk| hunk.new.start);
        if let Some(hunk) = hunks.get_mut(index) {
            settle(old, new, hunk, before..after);
        }
    }
}

/// Moves one of them; `room` is where it may lie in the new text, its ends not within another change.
fn settle(old: &[Lexeme<'_>], new: &[Lexeme<'_>], hunk: &mut Hunk, room: Range<usize>) {
    let (lexemes, range) = match (hunk.old.is_empty(), hunk.new.is_empty()) {
        (true, false) => (new, hunk.new.clone()),
        (false, true) => (old, hunk.old.clone()),
        _ => return,
    };
    let left = hunk.new.start.saturating_sub(room.start);
    let right = room.end.saturating_sub(hunk.new.end);
    let same = |a: usize, b: usize| {
        matches!((lexemes.get(a), lexemes.get(b)), (Some(a), Some(b))
            if a.id == b.id && a.marks == b.marks && a.sort != Sort::Mark)
    };
    let mut lowest = 0_usize;
    while lowest < left.min(MAX_SLIDE)
        && lowest < range.start
        && same(
            range.start.saturating_sub(lowest).saturating_sub(1),
            range.end.saturating_sub(lowest).saturating_sub(1),
        )
    {
        lowest = lowest.saturating_add(1);
    }
    let mut highest = 0_usize;
    while highest < right.min(MAX_SLIDE)
        && same(
            range.start.saturating_add(highest),
            range.end.saturating_add(highest),
        )
    {
        highest = highest.saturating_add(1);
    }
    let begin = range.start.saturating_sub(lowest);
    let length = range.len();
    let best = (0..=lowest.saturating_add(highest)).max_by_key(|step| {
        let start = begin.saturating_add(*step);
        (
            edge(lexemes, start).saturating_add(edge(lexemes, start.saturating_add(length))),
            *step,
        )
    });
    let Some(best) = best else { return };
    let shift = |range: &Range<usize>| {
        let start = range.start.saturating_add(best).saturating_sub(lowest);
        start..start.saturating_add(range.len())
    };
    let (old_range, new_range) = (shift(&hunk.old), shift(&hunk.new));
    hunk.old = old_range;
    hunk.new = new_range;
}

/// Returns how natural it is for a change to begin or end before a lexeme.
fn edge(lexemes: &[Lexeme<'_>], at: usize) -> u32 {
    let before = |steps: usize| at.checked_sub(steps).and_then(|at| lexemes.get(at));
    let (Some(last), Some(next)) = (before(1), lexemes.get(at)) else {
        return 6;
    };
    let is_space = |lexeme: &Lexeme<'_>| lexeme.sort == Sort::Space;
    let is_pause = |lexeme: &Lexeme<'_>| matches!(lexeme.text, "," | ";" | ":");
    match before(2) {
        _ if last.sort == Sort::Mark || next.sort == Sort::Mark => 6,
        Some(end) if is_space(last) && end.ends_sentence() => 5,
        _ if last.ends_sentence() && is_space(next) => 4,
        Some(pause) if is_space(last) && is_pause(pause) => 3,
        _ if is_pause(last) && is_space(next) => 3,
        _ if is_space(last) || is_space(next) => 2,
        _ => 0,
    }
}

/// Cells of the table in which the weightiest common words are found; above it they are searched for.
const MAX_CELLS: usize = 250_000;

/// What a change costs in letters kept: what is left of a sentence between two changes must weigh more.
const CHANGE: i32 = 3;

/// What a word weighs at most, in letters.
const MAX_WEIGHT: usize = 10;

/// Words of a block in both texts above which it is not searched for what stayed the same within it.
const MAX_WORDS: usize = 60_000;

/// Lexemes between two changes that may be told as part of them.
const MAX_SIGNS: usize = 3;

/// Letters of a word that is small enough to be told as part of the changes around it.
const SMALL_WORD: usize = 4;

/// How many changed words there are for a kept one where a sentence reads better as put in anew.
const REWRITTEN: usize = 3;

/// How far an insertion is moved to a better place.
const MAX_SLIDE: usize = 400;
