//! Consult summary: what a consultation came to, as an accessible PDF, and as a list to fill in.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::consider::STAND_COLUMNS;
use super::overview::{CommentLine, Overview, Stances};
use super::words::{STANCES, disposition_words, stance_words};
use crate::calendar::{Stretch, Timeliness, swedish_day, swedish_time};
use crate::journeys::press::Press;
use crate::journeys::report::make_shown;
use crate::journeys::{Error, Office, init, sheet};
use crate::outside::now;
use crate::store::write_file;

/// Returns the name that a summary has where none was asked for.
#[must_use]
pub fn default_file(office: &Office, overview: &Overview) -> PathBuf {
    let (agreement, version) = (&overview.agreement, overview.version);
    let folder = office.out().join(format!("{agreement}-{version}-remiss"));
    folder.join(format!("{agreement}-{version}-remissammanstallning.pdf"))
}

/// Writes the summary as a PDF (PDF/A-3a, PDF/UA-1).
///
/// # Errors
/// [`Error`] when it cannot be typeset or written.
pub async fn write(office: &Office, overview: &Overview, file: &Path) -> Result<(), Error> {
    Ok(write_file(file, &pdf(office, overview).await?)?)
}

/// Returns the summary as a PDF (PDF/A-3a, PDF/UA-1).
///
/// # Errors
/// [`Error`] when it cannot be typeset.
pub async fn pdf(office: &Office, overview: &Overview) -> Result<Vec<u8>, Error> {
    let shared = init::shared_files();
    let at = now();
    let mut context = serde_json::to_value(Report::of(overview, swedish_time(at)))?;
    make_shown(&mut context, &shared);
    let (contexts, day) = (vec![context], swedish_day(at));
    let mut press = Press::reports(&office.workshop, NAME, TEMPLATE, &shared, contexts, day)?;
    let finished = press.next().await?.ok_or(Error::Unanswered)?;
    finished.parts.into_iter().next().ok_or(Error::Unanswered)
}

/// Returns the comments as CSV with columns for the dispositions, as `consider` reads it.
///
/// # Errors
/// [`Error`] when it cannot be written.
pub fn csv(overview: &Overview) -> Result<Vec<u8>, Error> {
    let mut rows = vec![STAND_COLUMNS.map(str::to_owned).to_vec()];
    let others = overview.others.iter().flat_map(|round| &round.comments);
    for line in overview.comments.iter().chain(others) {
        let head = line.clause.as_ref();
        let stand = line.stand.as_ref();
        let changed = stand.map(|stand| {
            let changed: Vec<&str> = stand.changed.iter().map(|it| it.id.as_str()).collect();
            changed.join(", ")
        });
        rows.push(vec![
            line.answer.to_string(),
            line.by.to_string(),
            head.map_or_else(String::new, |head| head.number.clone()),
            head.map_or_else(
                || super::table::WHOLE.to_owned(),
                |head| head.id.to_string(),
            ),
            head.map_or_else(String::new, |head| head.title.clone()),
            line.stance.map_or("", stance_words).to_owned(),
            said(line),
            stand
                .map_or("", |stand| disposition_words(stand.disposition))
                .to_owned(),
            stand
                .and_then(|stand| stand.reason.clone())
                .unwrap_or_default(),
            changed.unwrap_or_default(),
        ]);
    }
    sheet::swedish_csv(&rows)
}

/// Returns a comment's words, or what became of them.
#[must_use]
pub fn said(line: &CommentLine) -> String {
    match (&line.words, line.erased_at) {
        (Some(words), _) => words.clone(),
        (None, Some(at)) => format!("raderat {}", swedish_day(at)),
        (None, None) => String::new(),
    }
}

/// Returns the mark of an answer that came late, in Swedish; empty for one in time.
#[must_use]
pub fn late_mark(timeliness: Timeliness) -> String {
    match timeliness {
        Timeliness::InTime => String::new(),
        Timeliness::Late { days: 1 } => "inkom efter remisstidens utgång, 1 dag sent".to_owned(),
        Timeliness::Late { days } => format!("inkom efter remisstidens utgång, {days} dagar sent"),
    }
}

/// What the template prints; every text is ready.
#[derive(Serialize)]
struct Report {
    title: String,
    subtitle: String,
    program: String,
    made_at: String,
    window: String,
    state: String,
    edited: Option<String>,
    facts: Vec<(&'static str, String)>,
    chart_text: String,
    stances: Vec<&'static str>,
    clauses: Vec<ClausePart>,
    groups: Vec<GroupPart>,
    comments: Vec<CommentGroup>,
    recipients: Vec<RecipientPart>,
    earlier: Vec<String>,
}

#[derive(Serialize)]
struct ClausePart {
    id: String,
    name: String,
    short: String,
    counts: Vec<usize>,
    silent: usize,
    groups: Vec<String>,
}

#[derive(Serialize)]
struct GroupPart {
    name: String,
    short: String,
    asked: usize,
    answered: usize,
    late: usize,
    counts: Vec<usize>,
}

#[derive(Serialize)]
struct CommentGroup {
    id: String,
    name: String,
    comments: Vec<CommentPart>,
}

#[derive(Serialize)]
struct CommentPart {
    by: String,
    stance: &'static str,
    /// A paragraph each.
    words: Vec<String>,
    answer: u64,
    stand: Option<StandPart>,
}

#[derive(Serialize)]
struct StandPart {
    disposition: &'static str,
    reason: Vec<String>,
    changed: Vec<ChangedPart>,
}

#[derive(Serialize)]
struct ChangedPart {
    /// The clause's own section in the report; empty where there is none.
    id: String,
    name: String,
}

#[derive(Serialize)]
struct RecipientPart {
    name: String,
    answer: String,
    mark: String,
}

impl Report {
    fn of(overview: &Overview, made_at: String) -> Self {
        let counts = &overview.counts;
        let days = Stretch::new(overview.opens_on, overview.answer_by);
        let days = days.map_or(0, Stretch::days);
        Self {
            title: "Remissammanställning".to_owned(),
            subtitle: format!("{}, version {}", overview.agreement_name, overview.version),
            program: concat!("sigill ", env!("CARGO_PKG_VERSION")).to_owned(),
            made_at,
            window: format!(
                "{} – {} ({days} dagar)",
                overview.opens_on, overview.answer_by
            ),
            state: match overview.closed_on {
                Some(day) => format!("avslutad {day}"),
                None => "pågår".to_owned(),
            },
            edited: overview.edited.clone(),
            facts: vec![
                ("Remissinstanser", counts.recipients.to_string()),
                ("Har svarat", answered(counts.answered, counts.late)),
                (
                    "Har inte svarat",
                    counts
                        .recipients
                        .saturating_sub(counts.answered)
                        .to_string(),
                ),
                ("Synpunkter", counts.comments.to_string()),
                ("Tillgodosedda", counts.taken_in.to_string()),
                ("Delvis tillgodosedda", counts.taken_in_part.to_string()),
                ("Inte tillgodosedda", counts.not_taken_in.to_string()),
                ("Utan ställningstagande", counts.open.to_string()),
            ],
            chart_text: chart_text(overview),
            stances: STANCES.map(stance_words).to_vec(),
            clauses: overview.clauses.iter().map(clause_part).collect(),
            groups: overview.groups.iter().map(group_part).collect(),
            comments: comment_groups(overview),
            recipients: recipient_parts(overview),
            earlier: overview
                .earlier
                .iter()
                .map(|it| {
                    format!(
                        "{}: svaret i post {}, mottaget {}, ersatt av post {}",
                        it.by, it.seq, it.received_on, it.replaced_by
                    )
                })
                .collect(),
        }
    }
}

fn answered(answered: usize, late: usize) -> String {
    match late {
        0 => answered.to_string(),
        late => format!("{answered}, varav {late} efter remisstidens utgång"),
    }
}

fn in_order(stances: &Stances) -> Vec<usize> {
    STANCES.iter().map(|stance| stances.of(*stance)).collect()
}

/// Returns the stances of a group to a clause in letters: `5 T, 1 Ä`.
fn in_letters(stances: &Stances) -> String {
    let letters = ["T", "Ä", "A", "S", "–"];
    let counts = in_order(stances);
    let parts = counts.iter().zip(letters).filter(|(count, _)| **count > 0);
    let parts: Vec<String> = parts
        .map(|(count, letter)| format!("{count}\u{a0}{letter}"))
        .collect();
    parts.join(", ")
}

fn clause_part(counts: &super::ClauseCounts) -> ClausePart {
    let head = &counts.clause;
    let short = match head.number.as_str() {
        "" => head.title.split(':').next().unwrap_or_default().to_owned(),
        number => number.to_owned(),
    };
    ClausePart {
        id: head.id.to_string(),
        name: head.to_string(),
        short,
        counts: in_order(&counts.stances),
        silent: counts.stances.silent,
        groups: counts.groups.iter().map(in_letters).collect(),
    }
}

fn group_part(group: &super::GroupCounts) -> GroupPart {
    let code = group.code.as_ref().map(ToString::to_string);
    let first = group.name.split(' ').next();
    let short = code.unwrap_or_else(|| first.unwrap_or_default().to_owned());
    GroupPart {
        name: group.name.clone(),
        short,
        asked: group.recipients,
        answered: group.answered,
        late: group.late,
        counts: in_order(&group.stances),
    }
}

fn chart_text(overview: &Overview) -> String {
    let all = overview.clauses.iter();
    let against = all.filter(|it| it.stances.reject > 0 || it.stances.support_with_change > 0);
    let told: Vec<String> = against
        .map(|it| {
            format!(
                "{}: {} avstyrker, {} tillstyrker med ändring",
                it.clause, it.stances.reject, it.stances.support_with_change
            )
        })
        .collect();
    let told = if told.is_empty() {
        "Ingen avstyrker någon paragraf eller vill ändra den.".to_owned()
    } else {
        format!("{}.", told.join("; "))
    };
    format!(
        "Liggande staplar, en för varje paragraf, med antalet svar för varje ståndpunkt. {told} Alla tal står i tabellen under diagrammet."
    )
}

fn comment_groups(overview: &Overview) -> Vec<CommentGroup> {
    let mut groups: Vec<CommentGroup> = Vec::new();
    for line in &overview.comments {
        let (id, name) = match &line.clause {
            Some(head) => (head.id.to_string(), head.to_string()),
            None => (String::new(), "Avtalet i sin helhet".to_owned()),
        };
        if groups.last().is_none_or(|group| group.name != name) {
            groups.push(CommentGroup {
                id,
                name,
                comments: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.comments.push(comment_part(overview, line));
        }
    }
    groups
}

fn comment_part(overview: &Overview, line: &CommentLine) -> CommentPart {
    let has_section = |id: &str| {
        let mut lines = overview.comments.iter();
        lines.any(|line| {
            line.clause
                .as_ref()
                .is_some_and(|head| head.id.as_str() == id)
        })
    };
    let stand = line.stand.as_ref().map(|stand| StandPart {
        disposition: disposition_words(stand.disposition),
        reason: paragraphs(stand.reason.as_deref().unwrap_or("skälet är raderat")),
        changed: stand
            .changed
            .iter()
            .map(|head| ChangedPart {
                id: Some(head.id.to_string())
                    .filter(|id| has_section(id))
                    .unwrap_or_default(),
                name: head.to_string(),
            })
            .collect(),
    });
    CommentPart {
        by: line.name.to_string(),
        stance: line.stance.map_or("", stance_words),
        words: paragraphs(&said(line)),
        answer: line.answer,
        stand,
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().replace('\t', " "));
    lines.filter(|line| !line.is_empty()).collect()
}

fn recipient_parts(overview: &Overview) -> Vec<RecipientPart> {
    let part = |line: &super::RecipientLine| RecipientPart {
        name: line.recipient.name.to_string(),
        answer: match line.received_on {
            Some(day) => day.to_string(),
            None => "har inte svarat".to_owned(),
        },
        mark: line.timeliness.map(late_mark).unwrap_or_default(),
    };
    overview.recipients.iter().map(part).collect()
}

/// The template, the program's own: a summary looks the same from every office.
const TEMPLATE: &str = include_str!("summary.typ");
/// Its name in messages.
const NAME: &str = "summary.typ";
