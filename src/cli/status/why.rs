//! Why a party stands where it does, in the terminal, with the next command.

use super::super::log::text_of;
use super::super::style::{DIM, GOOD, HEADING, WARN, say, shown};
use crate::agreement::SeatId;
use crate::calendar::swedish_day;
use crate::journeys::log::Words;
use crate::journeys::status::why::Reasons;
use crate::journeys::status::words;
use crate::register::{DecisionState, NextStep, PartyState, Required, SeatState, Why};

/// Prints everything that is known of a party in one version and form.
pub(super) fn print(reasons: &Reasons) {
    let (position, party) = (&reasons.position, &reasons.party);
    let progress = &party.progress;
    say(&format!(
        "{HEADING}{} {}{HEADING:#}  {} {}",
        party.code,
        shown(&party.name),
        words::symbol(progress.state),
        words::state(progress.state)
    ));
    let as_of = position
        .as_of
        .map(|day| format!("läget vid slutet av {day}"))
        .unwrap_or_else(|| "läget nu".to_owned());
    say(&format!(
        "{}, version {} · {} · {as_of}",
        position.name,
        position.version,
        words::form(position.form)
    ));
    say(&format!(
        "{}.",
        first_up(words::state_meaning(progress.state))
    ));
    match progress.bound_from {
        Some(day) => say(&format!("Parten är bunden från {day}.")),
        None if progress.state == PartyState::Complete => {
            say("Parten är inte bunden än: avtalet väntar på andra.");
        }
        None => {}
    }

    heading("Vad avtalet kräver");
    requirements(reasons);
    heading("Beslut");
    if progress.decisions.is_empty() {
        say("  inget är infört");
    }
    for decision in &progress.decisions {
        self::decision(reasons, decision);
    }
    seats(reasons);
    if !reasons.notices.is_empty() {
        heading("Uppsägning");
        for notice in &reasons.notices {
            let notified = &notice.notified;
            say(&format!(
                "  post {}: daterad {}, inkommen {} ({})",
                notice.seq,
                notified.dated,
                notified.received_on,
                shown(notified.way.as_str())
            ));
        }
    }
    if !reasons.letters.is_empty() {
        heading("Brev som gått ut");
        for letter in &reasons.letters {
            say(&format!(
                "  {} {} (post {})",
                swedish_day(letter.at),
                words::letter(letter.letter),
                letter.seq
            ));
        }
    }
    if !progress.warnings.is_empty() {
        heading("Att se över");
        for warning in &progress.warnings {
            say(&format!(
                "  {WARN}!{WARN:#} {}",
                shown(&words::warning(warning))
            ));
        }
    }
    heading("Nästa steg");
    for line in next(reasons) {
        say(&format!("  {line}"));
    }
    say("");
}

fn heading(text: &str) {
    say("");
    say(&format!("{HEADING}{text}{HEADING:#}"));
}

fn requirements(reasons: &Reasons) {
    let progress = &reasons.party.progress;
    let signatures = words::signature_requirements(progress);
    let (met, unmet): (Vec<_>, Vec<_>) = signatures.partition(|it| it.is_met);
    let copies = met.len().saturating_add(unmet.len());
    for requirement in &progress.requirements {
        // Of many copies the sum is told here, and below which are open.
        let is_signature = matches!(requirement.what, Required::Signatures { .. });
        if is_signature && copies > 1 {
            continue;
        }
        let mark = mark(requirement.is_met);
        say(&format!(
            "  {mark} {}: {}",
            words::required(&requirement.what),
            words::why(&requirement.why)
        ));
        if let (Required::Decision, Why::DeclinedByLetter { seq } | Why::Retracted { seq }) =
            (&requirement.what, &requirement.why)
        {
            for spoken in reasons.words.get(seq).into_iter().flatten() {
                say(&format!("      {}", quoted(spoken)));
            }
        }
    }
    if copies > 1 {
        let mark = mark(unmet.is_empty());
        say(&format!(
            "  {mark} Underskrifter: klara i {} av {copies} exemplar",
            met.len()
        ));
    }
}

fn mark(is_met: bool) -> String {
    if is_met {
        format!("{GOOD}ja {GOOD:#}")
    } else {
        format!("{WARN}nej{WARN:#}")
    }
}

fn decision(reasons: &Reasons, decision: &DecisionState) {
    let minutes = &decision.decided.minutes;
    let ruling = reasons.party.progress.decision.as_ref();
    let rules = if ruling.is_some_and(|ruling| ruling.seq == decision.seq) {
        ", gäller"
    } else {
        ""
    };
    let diary_number = minutes.diary_number.as_ref();
    let diary_number = diary_number.map(|it| format!(", dnr {it}"));
    say(&format!(
        "  post {}: {}{}, {}{rules}",
        decision.seq,
        shown(&words::citation(decision)),
        shown(&diary_number.unwrap_or_default()),
        words::outcome(decision.decided.outcome)
    ));
    let mut days = Vec::new();
    let mut day = |what: &str, day: Option<chrono::NaiveDate>| {
        days.extend(day.map(|day| format!("{what} {day}")));
    };
    day("justerat", minutes.approved_on);
    day("anslaget", minutes.announced_on);
    day("kan överklagas till och med", decision.appeal_until);
    if minutes.appeal_until != decision.appeal_until {
        day("enligt protokollet till och med", minutes.appeal_until);
    }
    day("laga kraft (om ingen överklagar)", decision.final_on);
    if minutes.announced_on.is_none() {
        days.push("anslagsdagen är inte känd, så laga kraft kan inte räknas".to_owned());
    }
    say(&format!("    {DIM}{}{DIM:#}", days.join(", ")));
    for spoken in reasons.words.get(&decision.seq).into_iter().flatten() {
        say(&format!("    {}", quoted(spoken)));
    }
    let condition = words::condition(decision);
    if let Some(condition) = condition {
        say(&format!("    {condition}"));
    }
}

fn quoted(spoken: &Words) -> String {
    let what = match spoken.key {
        "condition" => "villkor",
        "dissent" => "reservation (endast upplysning)",
        _ => "skäl",
    };
    format!("{what}: {}", shown(&text_of(spoken)))
}

fn seats(reasons: &Reasons) {
    let party = &reasons.party;
    heading("Platser för underskrift");
    if party.progress.copies.is_empty() {
        say("  inget exemplar är utfärdat");
    }
    if party.progress.copies.len() > FEW_COPIES {
        many(reasons);
        return;
    }
    for copy in &party.progress.copies {
        let line = party.copies.iter().find(|line| line.copy == copy.copy);
        let sent = line.and_then(|line| line.sent_at);
        let sent = sent.map_or_else(
            || "inte utskickat".to_owned(),
            |at| format!("utskickat {}", swedish_day(at)),
        );
        say(&format!("  {} {DIM}({sent}){DIM:#}", copy.copy));
        for seat in &copy.seats {
            let title = title(reasons, &seat.seat);
            say(&format!(
                "    {}{title}: {}",
                seat.seat,
                shown(&words::seat(&seat.state))
            ));
        }
    }
}

/// Prints the open seats of a party in many copies, a line for each copy that has any.
fn many(reasons: &Reasons) {
    let mut filled = 0_usize;
    for copy in &reasons.party.progress.copies {
        let open = copy.seats.iter().filter(|seat| !seat.state.counts());
        let open: Vec<String> = open
            .map(|seat| match seat.state {
                SeatState::Open => seat.seat.to_string(),
                _ => format!("{} ({})", seat.seat, words::seat(&seat.state)),
            })
            .collect();
        if open.is_empty() {
            filled = filled.saturating_add(1);
        } else {
            say(&format!("  {}: öppna {}", copy.copy, open.join(", ")));
        }
    }
    if filled > 0 {
        say(&format!(
            "  alla egna platser är undertecknade i {filled} exemplar"
        ));
    }
}

fn title(reasons: &Reasons, seat: &SeatId) -> String {
    let title = reasons.seat_titles.get(seat);
    title
        .map(|title| format!(" ({})", shown(title)))
        .unwrap_or_default()
}

/// Returns what to do next, and the command for it.
fn next(reasons: &Reasons) -> Vec<String> {
    let (position, party) = (&reasons.position, &reasons.party);
    let (agreement, code) = (&position.agreement, &party.code);
    let Some(next) = &party.progress.next else {
        return vec!["inget: allt finns".to_owned()];
    };
    let (words, command) = match next {
        NextStep::Confirm { copy, seat } => (
            format!("ta reda på vems certifikat som skrev under på {seat}, och bekräfta"),
            format!("sigill confirm {copy} {seat} --ground \"…\""),
        ),
        NextStep::Issue => (
            "utfärda ett exemplar".to_owned(),
            format!("sigill generate {agreement} --party {code}"),
        ),
        NextStep::RecordDecision => (
            "begär ett protokollsutdrag och för in beslutet".to_owned(),
            format!("sigill decide {code} --agreement {agreement} --from utdrag.pdf"),
        ),
        NextStep::Send => (
            "skicka ut exemplaren".to_owned(),
            format!("sigill send {agreement} --party {code}"),
        ),
        NextStep::Settle { seq } => (
            "tala med parten om villkoret, och för in hur det gick".to_owned(),
            format!("sigill settle {seq} --resolved --reason \"…\""),
        ),
        NextStep::Talk if party.progress.state == PartyState::Declined => (
            "tala med parten; ett nytt beslut förs in som vanligt".to_owned(),
            format!("sigill decide {code} --agreement {agreement} --from utdrag.pdf"),
        ),
        NextStep::Talk => (
            "tala med parten; ett nytt beslut och nya underskrifter räknas".to_owned(),
            format!("sigill decide {code} --agreement {agreement} --from utdrag.pdf"),
        ),
        NextStep::Sign { copy, seats } => {
            let seats: Vec<&str> = seats.iter().map(SeatId::as_str).collect();
            (
                format!(
                    "be parten skriva under på {} i {copy}, och ta emot filen",
                    seats.join(" och ")
                ),
                "sigill receive FIL.pdf".to_owned(),
            )
        }
    };
    vec![words, command]
}

fn first_up(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), chars.as_str())
}

/// Of more copies than these each has one line.
const FEW_COPIES: usize = 3;
