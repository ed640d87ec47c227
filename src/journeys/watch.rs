//! Watch: the days to come of all agreements, when to act on each and when to be reminded.

use std::path::Path;

use chrono::NaiveDate;
use ics::parameters::Value;
use ics::properties::{Description, DtStart, Summary, Transp, Trigger};
use ics::{Alarm, ICalendar, escape_text};
use serde::Serialize;

use super::term::{self, Reckoned, TermLine};
use super::{Error, Office, life};
use crate::agreement::{AgreementId, PartyCode, Sha256, VersionNumber};
use crate::calendar::{Occasion, Watched, Watching, appeal_days, swedish_day, watch};
use crate::outside::now;
use crate::register::Tally;
use crate::store::write_file;

/// What a day to watch is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// The agreement; `None` for what concerns a party alone.
    pub agreement: Option<AgreementId>,
    /// The party; `None` for what concerns all.
    pub party: Option<PartyCode>,
    /// Which of several, in Swedish: a decision's body and day, a role.
    pub detail: Option<String>,
    /// The version whose term gives the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionNumber>,
    /// Whether another version of the agreement gives days as well.
    #[serde(skip)]
    pub(super) is_beside: bool,
}

/// Returns what comes on a Swedish day (`None`: today) or later, of one agreement or all.
///
/// What cannot be reckoned is an [`Error::Term`] among the problems.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: Option<&AgreementId>,
    as_of: Option<NaiveDate>,
) -> Result<Reckoned<Watched<Subject>>, Error> {
    let day = as_of.unwrap_or_else(|| swedish_day(now()));
    let lives = life::read(office, agreement).await?;
    let mut days = Vec::new();
    let terms = term::lines(&lives, day);
    for line in &terms.rows {
        days.extend(of_term(line, day));
    }
    for (agreement, life) in &lives {
        days.extend(life.days(agreement.as_ref(), day));
    }
    Ok(Reckoned {
        rows: watch(days, day),
        problems: terms.problems,
    })
}

/// Returns the days that entries set, passed ones too.
pub(super) fn of_entries(tally: &Tally) -> Vec<Watching<Subject>> {
    let mut days = of_consultations(tally);
    days.extend(of_recommendations(tally));
    days.extend(of_decisions(tally));
    days.extend(of_authorities(tally));
    days
}

fn of_term(line: &TermLine, day: NaiveDate) -> Vec<Watching<Subject>> {
    let subject = |party: Option<PartyCode>| Subject {
        agreement: Some(line.agreement.clone()),
        party,
        detail: None,
        version: Some(line.version),
        is_beside: line.is_beside(),
    };
    let mut days = line.schedule.watching(day, line.ended_on, &subject(None));
    // Where it ends for some, the others go on.
    if line.ended_on.is_none() {
        days.extend(line.ends.iter().map(|end| Watching {
            on: end.last_day,
            occasion: Occasion::End,
            subject: subject(Some(end.party.clone())),
            cautious_on: None,
        }));
    }
    for follow_up in &line.follow_up {
        let next = line.schedule.next_follow_up(follow_up, day, line.ended_on);
        days.extend(next.map(|on| Watching {
            on,
            occasion: Occasion::FollowUp,
            subject: Subject {
                detail: Some(follow_up.title.to_string()),
                ..subject(None)
            },
            cautious_on: None,
        }));
    }
    days
}

fn of_consultations(tally: &Tally) -> Vec<Watching<Subject>> {
    let open = tally.all_consultations();
    let open = open.filter(|(_, state)| state.closed.is_none());
    open.map(|(agreement, state)| Watching {
        on: state.opened.answer_by,
        occasion: Occasion::Answer,
        subject: Subject {
            agreement: Some(agreement.clone()),
            party: None,
            detail: Some(format!("version {}", state.opened.version)),
            ..Subject::default()
        },
        cautious_on: None,
    })
    .collect()
}

fn of_recommendations(tally: &Tally) -> Vec<Watching<Subject>> {
    let mut days = Vec::new();
    for (agreement, version) in tally.versions.keys() {
        for recommended in tally.recommendations(agreement, *version) {
            days.extend(recommended.body.report_by.map(|on| Watching {
                on,
                occasion: Occasion::Reporting,
                subject: Subject {
                    agreement: Some(agreement.clone()),
                    party: None,
                    detail: Some(recommended.body.by.to_string()),
                    ..Subject::default()
                },
                cautious_on: None,
            }));
        }
    }
    days
}

fn of_decisions(tally: &Tally) -> Vec<Watching<Subject>> {
    let mut days = Vec::new();
    for (agreement, decided) in tally.all_decisions() {
        let minutes = &decided.body.minutes;
        days.extend(minutes.announced_on.map(|announced_on| Watching {
            on: appeal_days(announced_on).appeal.last_day,
            occasion: Occasion::Appeal,
            subject: Subject {
                agreement: Some(agreement.clone()),
                party: Some(decided.body.party.clone()),
                detail: Some(format!("{} {}", minutes.body, minutes.met_on)),
                ..Subject::default()
            },
            cautious_on: None,
        }));
    }
    days
}

fn of_authorities(tally: &Tally) -> Vec<Watching<Subject>> {
    let mut days = Vec::new();
    for state in tally.all_authorities() {
        for (place, person) in state.authorised.persons.iter().enumerate() {
            days.extend(state.last_day(place).map(|on| Watching {
                on,
                occasion: Occasion::AuthorityEnd,
                subject: Subject {
                    agreement: state.agreement.clone(),
                    party: Some(state.authorised.party.clone()),
                    detail: Some(person.role.to_string()),
                    ..Subject::default()
                },
                cautious_on: None,
            }));
        }
    }
    days
}

/// Returns the days as a calendar file (RFC 5545): a whole day each, with its reminders.
#[must_use]
pub fn calendar(days: &[Watched<Subject>]) -> String {
    let stamped = now().format("%Y%m%dT%H%M%SZ").to_string();
    let mut calendar = ICalendar::new("2.0", "-//sigill//bevakning//SV");
    for day in days {
        let watching = &day.watching;
        let headline = headline(watching);
        let mut item = ics::Event::new(name_of(watching), stamped.clone());
        let mut start = DtStart::new(watching.on.format("%Y%m%d").to_string());
        start.add(Value::DATE);
        item.push(start);
        item.push(Summary::new(escape_text(headline.clone()).into_owned()));
        item.push(Description::new(escape_text(advice(day)).into_owned()));
        // It takes no time of anyone (RFC 5545 §3.8.2.7).
        item.push(Transp::transparent());
        for reminder in &day.reminders {
            // Days before the day begins (RFC 5545 §3.8.6.3).
            let before = watching.on.signed_duration_since(reminder.on).num_days();
            item.add_alarm(Alarm::display(
                Trigger::new(format!("-P{before}D")),
                Description::new(escape_text(headline.clone()).into_owned()),
            ));
        }
        calendar.add_event(item);
    }
    calendar.to_string()
}

/// Writes a calendar file, whole or not at all.
///
/// # Errors
/// [`Error`] when it cannot be written.
pub fn write(path: &Path, calendar: &str) -> Result<(), Error> {
    Ok(write_file(path, calendar.as_bytes())?)
}

/// Returns a name that is the same whenever the calendar is made again, so that nothing doubles.
fn name_of(watching: &Watching<Subject>) -> String {
    let Subject {
        agreement,
        party,
        detail,
        version,
        // Whether there is another one changes with time.
        is_beside: _,
    } = &watching.subject;
    let agreement = agreement.as_ref().map_or("", AgreementId::as_str);
    let party = party.as_ref().map_or("", PartyCode::as_str);
    let detail = detail.as_deref().unwrap_or_default();
    let version = version.map(|version| version.to_string());
    let version = version.unwrap_or_default();
    let text = format!(
        "{agreement}\0{version}\0{party}\0{detail}\0{:?}\0{}",
        watching.occasion, watching.on
    );
    format!("{}@sigill", Sha256::of(text.as_bytes()))
}

/// Returns what happens on a day, in Swedish.
#[must_use]
pub fn headline(watching: &Watching<Subject>) -> String {
    let what = match watching.occasion {
        Occasion::Answer => "Sista svarsdag i remissen",
        Occasion::Appeal => "Sista dag att överklaga beslutet",
        Occasion::AuthorityEnd => "Rätten att skriva under upphör",
        Occasion::End => "Avtalet upphör",
        Occasion::FollowUp => "Uppföljning",
        Occasion::Notice => "Sista dag för uppsägning",
        Occasion::Prolongation => "Avtalet förlängs",
        Occasion::Reporting => "Beslut ska vara rapporterade",
    };
    let Subject {
        agreement,
        party,
        detail,
        version,
        is_beside,
    } = &watching.subject;
    let version = version.filter(|_| *is_beside);
    let version = version.map(|version| format!("version {version}"));
    let about: Vec<&str> = [
        agreement.as_ref().map(AgreementId::as_str),
        party.as_ref().map(PartyCode::as_str),
        detail.as_deref(),
        version.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("{what}: {}", about.join(", "))
}

/// Returns when to act on a day, in Swedish.
fn advice(day: &Watched<Subject>) -> String {
    match day.watching.cautious_on {
        Some(cautious) => format!(
            "Agera senast {}. Försiktig läsning av sista dag: {cautious}.",
            day.act_by
        ),
        None => format!("Agera senast {}.", day.act_by),
    }
}
