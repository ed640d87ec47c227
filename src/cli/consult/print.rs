//! How a consultation reads.

use std::path::Path;

use crate::calendar::{Stretch, Timeliness};
use crate::cli::act::{entered, line, print_notes};
use crate::cli::style::{DIM, GOOD, HEADING, WARN, counted, say, shown};
use crate::journeys::consult::answer::Outcome;
use crate::journeys::consult::close::Closing;
use crate::journeys::consult::consider::{Consideration, TakenStand};
use crate::journeys::consult::import::Import;
use crate::journeys::consult::open::Opening;
use crate::journeys::consult::summary::{late_mark, said};
use crate::journeys::consult::words::{disposition_words, stance_words};
use crate::journeys::consult::{CommentLine, EnteredAnswer, Overview, RecipientLine};

/// Prints that a consultation was opened.
pub(super) fn opening(opening: &Opening) {
    let (agreement, version) = (&opening.agreement, opening.version);
    say(&format!(
        "{GOOD}✓{GOOD:#} Remissen av {agreement} {version} {}",
        entered("införd", opening.seq)
    ));
    let window = format!(
        "{} – {} ({} dagar)",
        opening.opens_on, opening.answer_by, opening.days
    );
    line("svarstid", &window);
    line("mottagare", &opening.recipients.len().to_string());
    line(
        "text",
        &format!("kontrollsumma {}", opening.text_digest.short()),
    );
    if let Some(day_off) = opening.day_off {
        say(&format!(
            "  {WARN}obs{WARN:#}  sista svarsdag {} är {}; den flyttas inte",
            opening.answer_by,
            day_off.name()
        ));
    }
    if opening.seq.is_none() {
        return;
    }
    line("remisstext", &opening.pdf.display().to_string());
    let forms = opening.folder.join("svar-*.csv");
    line("svarsmallar", &forms.display().to_string());
    for form in &opening.left {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} är ifylld och skrevs inte över; för in svaret med sigill consult import, eller flytta filen",
            shown(&form.display().to_string())
        ));
    }
    say(&format!(
        "{DIM}Nästa steg:{DIM:#} sänd remisstexten och svarsmallen till var och en; svaren förs in med sigill consult import {agreement} FIL"
    ));
}

/// Prints that an answer was entered.
pub(super) fn outcome(outcome: &Outcome) {
    answer(&outcome.answer);
    edited(outcome.edited.as_deref());
    let agreement = &outcome.answer.agreement;
    if outcome.answer.comments > 0 {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} ta ställning till synpunkterna med sigill consult consider {agreement} --answer {} …",
            outcome
                .answer
                .seq
                .map_or_else(|| "POST".to_owned(), |seq| seq.to_string())
        ));
    }
}

fn answer(answer: &EnteredAnswer) {
    say(&format!(
        "{GOOD}✓{GOOD:#} Svaret från {} ({}) {}: {}, {}, mottaget {}",
        shown(answer.name.as_str()),
        shown(answer.by.as_str()),
        entered("infört", answer.seq),
        counted(answer.clauses, "paragraf", "paragrafer"),
        counted(answer.comments, "synpunkt", "synpunkter"),
        answer.received_on
    ));
    if answer.timeliness != Timeliness::InTime {
        say(&format!(
            "  {WARN}obs{WARN:#}  {}",
            late_mark(answer.timeliness)
        ));
    }
    if let Some(seq) = answer.replaces {
        say(&format!(
            "  {WARN}obs{WARN:#}  det ersätter svaret i post {seq}, som står kvar i registret"
        ));
    }
    print_notes(&answer.notes);
}

fn edited(file: Option<&str>) {
    if let Some(file) = file {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} är ändrad sedan remissen skickades ut; svaren gäller texten som skickades",
            shown(file)
        ));
    }
}

/// Prints what was imported.
pub(super) fn import(import: &Import, dry_run: bool) {
    import.answers.iter().for_each(answer);
    for known in &import.known {
        let later = known
            .replaced_by
            .map(|seq| format!(", ersatt av post {seq}"));
        say(&format!(
            "  svaret från {} finns redan i post {}{}",
            shown(known.by.as_str()),
            known.seq,
            later.unwrap_or_default()
        ));
    }
    edited(import.edited.as_deref());
    let (new, known) = (import.answers.len(), import.known.len());
    say(&if dry_run {
        format!("{new} svar skulle föras in, {known} fanns redan; ingenting är infört.")
    } else {
        format!("{new} svar införda, {known} fanns redan.")
    });
    if let Some(first) = import.answers.first() {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} sigill consult show {} --open",
            first.agreement
        ));
    }
}

/// Prints what was considered.
pub(super) fn consideration(consideration: &Consideration) {
    consideration.stands.iter().for_each(stand);
    if consideration.empty > 0 {
        say(&format!(
            "  {} rader utan bedömning hoppades över",
            consideration.empty
        ));
    }
    if consideration.known > 0 {
        say(&format!(
            "  {} med den bedömning som redan gäller hoppades över",
            counted(consideration.known, "rad", "rader")
        ));
    }
    let agreement = &consideration.agreement;
    match consideration.open {
        0 => say(&format!(
            "Alla synpunkter är bedömda.\n{DIM}Nästa steg:{DIM:#} sigill consult summary {agreement}"
        )),
        open => say(&format!(
            "{} saknar bedömning.\n{DIM}Nästa steg:{DIM:#} sigill consult show {agreement} --open",
            counted(open, "synpunkt", "synpunkter")
        )),
    }
}

fn stand(stand: &TakenStand) {
    let clause = stand.clause.as_ref();
    let about = clause.map_or_else(|| "avtalet i sin helhet".to_owned(), ToString::to_string);
    say(&format!(
        "{GOOD}✓{GOOD:#} Bedömningen {}: synpunkten från {} på {} är {}",
        entered("införd", stand.seq),
        shown(&stand.by),
        shown(&about),
        disposition_words(stand.disposition)
    ));
    if !stand.changed.is_empty() {
        let changed: Vec<&str> = stand.changed.iter().map(|id| id.as_str()).collect();
        line("ändrar", &changed.join(", "));
    }
    if let Some(seq) = stand.replaces {
        say(&format!(
            "  {WARN}obs{WARN:#}  den ersätter bedömningen i post {seq}, som står kvar i registret"
        ));
    }
    print_notes(&stand.notes);
}

/// Prints that a consultation was closed.
pub(super) fn closing(closing: &Closing) {
    let (agreement, version) = (&closing.agreement, closing.version);
    say(&format!(
        "{GOOD}✓{GOOD:#} Remissen av {agreement} {version} är avslutad (post {}): {} svar, {} har inte svarat",
        closing.seq.unwrap_or_default(),
        closing.answered,
        closing.missing.len()
    ));
    for recipient in &closing.missing {
        say(&format!(
            "    {:<14} {}",
            shown(recipient.id.as_str()),
            shown(recipient.name.as_str())
        ));
    }
    say(&match closing.open {
        0 => format!("{DIM}Nästa steg:{DIM:#} sigill consult summary {agreement}"),
        open => format!(
            "{} saknar bedömning.\n{DIM}Nästa steg:{DIM:#} sigill consult show {agreement} --open",
            counted(open, "synpunkt", "synpunkter")
        ),
    });
}

/// Prints where a consultation stands.
pub(super) fn overview(overview: &Overview, only_open: bool) {
    let counts = &overview.counts;
    let days = Stretch::new(overview.opens_on, overview.answer_by).map_or(0, Stretch::days);
    let state = match overview.closed_on {
        Some(day) => format!("avslutad {day}"),
        None => "pågår".to_owned(),
    };
    say(&format!(
        "{HEADING}Remissen av {} {}{HEADING:#} (post {}), {state}",
        overview.agreement, overview.version, overview.seq
    ));
    let window = format!(
        "{} – {} ({days} dagar)",
        overview.opens_on, overview.answer_by
    );
    line("svarstid", &window);
    let late = match counts.late {
        0 => String::new(),
        late => format!(", varav {late} efter remisstidens utgång"),
    };
    line(
        "svar",
        &format!("{} av {}{late}", counts.answered, counts.recipients),
    );
    line(
        "synpunkter",
        &format!(
            "{}: {} tillgodosedda, {} delvis, {} inte, {} utan bedömning",
            counts.comments,
            counts.taken_in,
            counts.taken_in_part,
            counts.not_taken_in,
            counts.open
        ),
    );
    edited(overview.edited.as_deref());
    if !only_open {
        recipients(overview);
    }
    let heading = if only_open {
        "Synpunkter utan bedömning"
    } else {
        "Synpunkter"
    };
    say(&format!("{HEADING}{heading}{HEADING:#}"));
    if overview.comments.is_empty() {
        say("    inga");
    }
    overview.comments.iter().for_each(comment);
    for other in &overview.others {
        say(&format!(
            "{HEADING}{heading} i remissen i post {}{HEADING:#} (version {}, en annan text)",
            other.seq, other.version
        ));
        other.comments.iter().for_each(comment);
    }
    let others = overview.others.iter().flat_map(|other| &other.comments);
    let all = overview.comments.iter().chain(others);
    if all.clone().any(|line| line.stand.is_none()) {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} sigill consult consider {} --answer POST --clause ID --taken-in|--in-part|--not --reason SKÄL",
            overview.agreement
        ));
    }
}

fn recipients(overview: &Overview) {
    say(&format!("{HEADING}Har svarat{HEADING:#}"));
    let has_answered = |it: &&RecipientLine| it.answer.is_some();
    for recipient in overview.recipients.iter().filter(has_answered) {
        let day = recipient.received_on.map(|day| day.to_string());
        let seq = recipient.answer.unwrap_or_default();
        let mark = recipient.timeliness.map(late_mark).unwrap_or_default();
        let name = shown(recipient.recipient.name.as_str());
        let line = format!("    {} post {seq:<5} {name}", day.unwrap_or_default());
        say(&if mark.is_empty() {
            line
        } else {
            format!("{line}  {WARN}{mark}{WARN:#}")
        });
    }
    for earlier in &overview.earlier {
        say(&format!(
            "    {DIM}{} post {:<5} {}, ersatt av post {}{DIM:#}",
            earlier.received_on,
            earlier.seq,
            shown(earlier.by.as_str()),
            earlier.replaced_by
        ));
    }
    let missing: Vec<String> = overview
        .recipients
        .iter()
        .filter(|it| it.answer.is_none())
        .map(|it| shown(it.recipient.name.as_str()))
        .collect();
    say(&format!(
        "{HEADING}Har inte svarat{HEADING:#} ({})",
        missing.len()
    ));
    if !missing.is_empty() {
        say(&format!("    {}", missing.join(", ")));
    }
}

fn comment(comment: &CommentLine) {
    let about = match &comment.clause {
        Some(head) => format!("{head} ({})", head.id),
        None => "Avtalet i sin helhet".to_owned(),
    };
    let stance = comment.stance.map_or("", stance_words);
    let stance = if stance.is_empty() {
        String::new()
    } else {
        format!(", {stance}")
    };
    say(&format!(
        "    post {:<5} {}, {}{stance}",
        comment.answer,
        shown(comment.name.as_str()),
        shown(&about)
    ));
    for line in said(comment).lines() {
        let line = shown(line);
        say(&match comment.words {
            Some(_) => format!("               ”{line}”"),
            None => format!("               {DIM}{line}{DIM:#}"),
        });
    }
    match &comment.stand {
        None => say(&format!("               {WARN}utan bedömning{WARN:#}")),
        Some(stand) => {
            let reason = stand.reason.as_deref().unwrap_or("skälet är raderat");
            say(&format!(
                "               {}: {}",
                disposition_words(stand.disposition),
                shown(reason)
            ));
            if !stand.changed.is_empty() {
                let changed: Vec<String> = stand.changed.iter().map(ToString::to_string).collect();
                say(&format!(
                    "               ändrar {}",
                    shown(&changed.join(", "))
                ));
            }
        }
    }
}

/// Prints that the summary was written.
pub(super) fn summary(overview: &Overview, file: &Path) {
    say(&format!(
        "{GOOD}✓{GOOD:#} Remissammanställningen av {} {} är skriven: {}",
        overview.agreement,
        overview.version,
        file.display()
    ));
    edited(overview.edited.as_deref());
    if overview.counts.open > 0 {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} saknar bedömning",
            counted(overview.counts.open, "synpunkt", "synpunkter")
        ));
    }
}
