//! A resolution in minutes, as it was asked for and as it is entered.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::paper::Paper;
use super::{ActError, Case, Note, check_order, check_past, check_public, note_numbers};
use crate::agreement::{Name, Outcome};
use crate::calendar::{
    AppealDays, appeal_days, minutes_announced_by, minutes_approved_by, swedish_day, swedish_time,
};
use crate::journeys::Error;
use crate::journeys::notice::effect;
use crate::register::{Competence, Event, Minutes, competence};

/// Where a resolution stands, as an officer gives it.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The day on which the approval was announced.
    pub announced_on: Option<NaiveDate>,
    /// The last day of appeal that the minutes print.
    pub appeal_until: Option<NaiveDate>,
    /// The day on which the minutes were approved.
    pub approved_on: Option<NaiveDate>,
    /// The body.
    pub body: Name,
    /// The diary number, in whatever form.
    pub diary_number: Option<Name>,
    /// The file with the extract.
    pub extract: Option<PathBuf>,
    /// The day of the meeting.
    pub met_on: NaiveDate,
    /// The §, in whatever form.
    pub section: Option<Name>,
}

/// A resolution that may be entered.
pub(in crate::journeys) struct Checked {
    /// What is entered; the extract's digest is that of the paper.
    pub(in crate::journeys) minutes: Minutes,
    /// The extract.
    pub(in crate::journeys) extract: Option<Paper>,
    /// Until when it can be appealed, where the announcement is known.
    pub(in crate::journeys) appeal: Option<AppealDays>,
    /// What to look at.
    pub(in crate::journeys) notes: Vec<Note>,
}

impl Resolution {
    /// Reads the extract, and returns it with what is entered.
    pub(in crate::journeys) fn read(&self) -> Result<(Minutes, Option<Paper>), Error> {
        let extract = Paper::read_some(self.extract.as_deref(), "extract")?;
        let minutes = Minutes {
            announced_on: self.announced_on,
            appeal_until: self.appeal_until,
            approved_on: self.approved_on,
            body: self.body.clone(),
            diary_number: self.diary_number.clone(),
            extract: extract.as_ref().map(Paper::digest),
            met_on: self.met_on,
            section: self.section.clone(),
        };
        Ok((minutes, extract))
    }

    /// Looks at days and texts, and reads the extract.
    pub(in crate::journeys) fn check(&self, case: &Case) -> Result<Checked, Error> {
        let (minutes, extract) = self.read()?;
        check_days(case, &minutes)?;
        Ok(Checked {
            appeal: minutes.announced_on.map(appeal_days),
            notes: notes(case, &minutes),
            minutes,
            extract,
        })
    }
}

/// Checks the days of a resolution against each other, today and the version, and what stays for good.
fn check_days(case: &Case, minutes: &Minutes) -> Result<(), ActError> {
    check_minutes(case.today, minutes)?;
    case.check_day(MEETING, minutes.met_on)
}

/// Checks the days of a resolution against each other and today, and what stays for good.
pub(in crate::journeys) fn check_minutes(
    today: NaiveDate,
    minutes: &Minutes,
) -> Result<(), ActError> {
    check_public("the body", &minutes.body)?;
    let met = (MEETING, Some(minutes.met_on));
    let approved = ("the approval day", minutes.approved_on);
    let announced = ("the announcement day", minutes.announced_on);
    let appeal = ("the last day of appeal", minutes.appeal_until);
    for (what, day) in [met, approved, announced] {
        if let Some(day) = day {
            check_past(today, what, day)?;
        }
    }
    let days = [met, approved, announced, appeal];
    for (index, earlier) in days.iter().enumerate() {
        for later in days.iter().skip(index.saturating_add(1)) {
            check_order(*earlier, *later)?;
        }
    }
    Ok(())
}

/// Returns what to look at in a resolution's days and numbers.
fn notes(case: &Case, minutes: &Minutes) -> Vec<Note> {
    let mut notes = case.notes();
    let dated = case.subject.manifest.dated;
    if minutes.met_on < dated {
        notes.push(Note::BeforeDated { dated });
    }
    let by = minutes_approved_by(minutes.met_on).last_day;
    if minutes.approved_on.is_some_and(|day| day > by) {
        notes.push(Note::ApprovedLate { by });
    }
    if let (Some(approved_on), Some(announced_on)) = (minutes.approved_on, minutes.announced_on) {
        let by = minutes_announced_by(approved_on).last_day;
        if announced_on > by {
            notes.push(Note::AnnouncedLate { by });
        }
    }
    match minutes.announced_on.map(appeal_days) {
        None => notes.push(Note::NotAnnounced),
        Some(computed) => {
            let computed = computed.appeal.last_day;
            if let Some(printed) = minutes.appeal_until.filter(|day| *day != computed) {
                notes.push(Note::AppealDayDiffers { computed, printed });
            }
        }
    }
    // Numbers are text in whatever form, so nothing is refused for looking like something else.
    for (within, text) in [
        ("section", &minutes.section),
        ("diary_number", &minutes.diary_number),
    ] {
        note_numbers(&mut notes, within, text.as_ref().map(Name::as_str));
    }
    notes
}

/// Returns what to say of the level on which a body decided, where another is asked for.
pub(in crate::journeys) fn level_note(asked: Option<&Name>, body: &Name) -> Option<Note> {
    let decided = body.clone();
    match competence(body, asked) {
        Competence::Enough => None,
        Competence::Prepares => Some(Note::PreparesOnly { body: decided }),
        Competence::Below => {
            let asked = asked?.clone();
            Some(Note::WrongLevel { asked, decided })
        }
        Competence::Unknown => {
            let asked = asked?.clone();
            Some(Note::LevelUnknown { asked })
        }
    }
}

/// Checks what a correction puts in place of an entry, as if it were entered now.
pub(in crate::journeys) fn check_act(case: &Case, event: &Event) -> Result<(), Error> {
    match event {
        Event::Decided(it) => {
            case.member(&it.party)?;
            check_days(case, &it.minutes)?;
            check_condition(it.outcome, it.condition.is_some())?;
        }
        Event::Recommended(it) => {
            check_days(case, &it.minutes)?;
            check_condition(it.outcome, it.condition.is_some())?;
        }
        Event::Declined(it) | Event::Retracted(it) => {
            case.member(&it.party)?;
            case.check_day(LETTER, it.dated)?;
        }
        Event::Notified(it) => {
            case.member(&it.party)?;
            case.check_past(LETTER, it.dated)?;
            case.check_past("the day of receipt", it.received_on)?;
            let dated = (LETTER, Some(it.dated));
            check_order(dated, ("the day of receipt", Some(it.received_on)))?;
            if let Some(at) = it.received_at
                && swedish_day(at) != it.received_on
            {
                let (at, day) = (swedish_time(at), it.received_on);
                return Err(ActError::Instant { at, day }.into());
            }
            if let Some(at) = it.received_at {
                case.check_happened(RECEIPT, at)?;
            }
            if let Some(to) = &it.to {
                case.member(to)?;
            }
            // What cannot be reckoned would stand in the way of every day of the agreement.
            effect(case, &[it.into()])?;
        }
        _ => {}
    }
    Ok(())
}

/// Checks that the words of a condition are there with a conditional outcome, and with no other.
pub(in crate::journeys) fn check_condition(
    outcome: Outcome,
    has_words: bool,
) -> Result<(), ActError> {
    let problem = match (outcome == Outcome::ApprovedWithCondition, has_words) {
        (true, false) => "the outcome is a condition, and its words are missing",
        (false, true) => "there are words of a condition, and the outcome is none",
        (true, true) | (false, false) => return Ok(()),
    };
    Err(ActError::Condition { problem })
}

/// What the day of a meeting is called.
const MEETING: &str = "the meeting day";
/// What the day of a letter is called.
const LETTER: &str = "the letter's day";
/// What the instant of receipt is called.
pub(in crate::journeys) const RECEIPT: &str = "the time of receipt";
