//! The cases of tests/cases/dates.csv, each run through the rule that it names.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Utc};

use super::super::stretch::days_between;
use super::*;
use crate::agreement::{FollowUp, Form, LateSignature, NoticeEnds, Prolongation, Term};

/// One case: a rule, what is given to it as `name=value` with semicolons between, and what it gives.
struct Given(BTreeMap<String, String>);

impl Given {
    fn new(text: &str) -> Self {
        let pairs = text.split(';').filter(|pair| !pair.trim().is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').expect(pair);
                    (name.trim().to_owned(), value.trim().to_owned())
                })
                .collect(),
        )
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn day(&self, name: &str) -> NaiveDate {
        parse_day(name, self.text(name)).unwrap()
    }

    fn length(&self, name: &str) -> Length {
        parse_length(name, self.text(name)).unwrap()
    }

    fn maybe_length(&self, name: &str) -> Option<Length> {
        self.0.get(name).map(|_| self.length(name))
    }

    fn received_on(&self) -> NaiveDate {
        let instant: DateTime<Utc> = parse_instant("received", self.text("received")).unwrap();
        swedish_day(instant)
    }

    fn schedule(&self) -> Result<Schedule, ScheduleError> {
        let prolonging = self
            .maybe_length("prolong")
            .map(|length| match self.text("repeat") {
                "once" => Prolonging::Once(length),
                _ => Prolonging::Repeated(length),
            });
        let end = self.day("end");
        let start = if self.0.contains_key("start") {
            self.day("start")
        } else {
            end.with_year(end.year() - 5).unwrap_or(end)
        };
        Schedule::new(start, end, self.maybe_length("notice"), prolonging)
    }
}

fn with_weekday(day: NaiveDate) -> String {
    format!("{day} ({})", swedish_weekday(day))
}

fn late_or(in_time: &str, timeliness: Timeliness) -> String {
    match timeliness {
        Timeliness::InTime => in_time.to_owned(),
        Timeliness::Late { days } => format!("late by {days}"),
    }
}

fn statutory(found: StatutoryDay) -> String {
    format!(
        "{}, {}",
        with_weekday(found.reckoned),
        with_weekday(found.last_day)
    )
}

fn run(rule: &str, given: &Given) -> String {
    match rule {
        "appeal" => {
            let found = appeal_days(given.day("announced"));
            format!("{}, final {}", statutory(found.appeal), found.final_on)
        }
        "clock" => match parse_instant("clock", given.text("local")) {
            Ok(instant) => instant.to_rfc3339(),
            Err(error) => format!("refused: {}", error.hint()),
        },
        "day length" => format!("{} h", day_length(given.day("day")).num_hours()),
        "day off" => {
            let on = given.day("day");
            let off = day_off(on).map_or("working day", DayOff::name);
            let law = if is_public_holiday(on) {
                "public holiday"
            } else {
                "no public holiday"
            };
            format!("{off}, {law}")
        }
        "days from to" => days_between(given.day("from"), given.day("to")).to_string(),
        "deadline" => late_or(
            "in time",
            timeliness(given.day("last"), given.received_on()),
        ),
        "end of day" => end_of_day(given.day("day")).to_rfc3339(),
        "follows" => {
            let standing = given.schedule().unwrap().standing(given.day("as of"), None);
            match standing.follows {
                Follows::Ends { last_day } => format!("ends {last_day}"),
                Follows::Prolonged { next } => format!("prolonged to {}", next.days.last_day()),
                Follows::ProlongedWithoutNotice { next } => {
                    format!(
                        "prolonged to {} unless notice is given",
                        next.days.last_day()
                    )
                }
            }
        }
        "follow up" => {
            let maybe_day = |name| given.0.get(name).map(|_| given.day(name));
            let follow_up = FollowUp {
                title: "Rapport".parse().unwrap(),
                every_year: given.0.get("every").map(|text| text.parse().unwrap()),
                months_before_notice: given.maybe_length("before").map(|length| match length {
                    Length::Months(months) => months,
                    other => panic!("{other}"),
                }),
            };
            let schedule = given.schedule().unwrap();
            let next = schedule.next_follow_up(&follow_up, given.day("as of"), maybe_day("ended"));
            next.map_or("nothing".to_owned(), with_weekday)
        }
        "in force" => {
            let standing = given.schedule().unwrap().standing(given.day("as of"), None);
            let days = standing.period.days;
            let state = match standing.state {
                State::Ended => "ended",
                State::InForce => "in force",
                State::NotYet => "not yet",
            };
            let number = standing.period.number;
            format!(
                "{state}, #{number} {}..{}",
                days.first_day(),
                days.last_day()
            )
        }
        "late signature" => {
            let rule = match given.text("rule") {
                "from start" => Some(LateSignature::FromStart),
                "from signature" => Some(LateSignature::FromSignature),
                _ => None,
            };
            let found = signed_late(given.day("start"), given.day("signed"), rule);
            let from = found
                .effective_on
                .map_or("not said".to_owned(), |day| day.to_string());
            format!("{} days late, from {from}", found.days_late)
        }
        "length" => {
            let days = Stretch::new(given.day("start"), given.day("end")).unwrap();
            format!("{} days, {} whole months", days.days(), days.whole_months())
        }
        "minutes announced" => statutory(minutes_announced_by(given.day("approved"))),
        "minutes approved" => statutory(minutes_approved_by(given.day("meeting"))),
        "minus" => {
            let found = given.length("length").before(given.day("day"));
            found.unwrap().to_string()
        }
        "notice day" => {
            let schedule = given.schedule().unwrap();
            let number = given
                .0
                .get("period")
                .map_or(1, |text| text.parse().unwrap());
            let period = schedule.period(number).unwrap();
            let days = schedule.notice_days(&period).unwrap();
            format!(
                "{}, cautious {}",
                with_weekday(days.plain),
                with_weekday(days.cautious)
            )
        }
        "notice" => {
            let reach = given
                .schedule()
                .unwrap()
                .reach(given.received_on())
                .unwrap();
            let ends = reach.period.map_or("nothing".to_owned(), |period| {
                period.days.last_day().to_string()
            });
            let late = reach.missed.map_or("in time".to_owned(), |missed| {
                format!(
                    "late by {} for {}",
                    missed.days_late,
                    missed.period.days.last_day()
                )
            });
            let doubtful = if reach.is_doubtful { ", doubtful" } else { "" };
            format!("{late}, reaches {ends}{doubtful}")
        }
        "one leaves" => one_leaves(given),
        "parse" => match parse_day("start", given.text("text")) {
            Ok(day) => day.to_string(),
            Err(error) => format!("{}: refused", error.field()),
        },
        "parse stretch" => match parse_stretch("term", given.text("text")) {
            Ok(days) => format!("{}..{}", days.first_day(), days.last_day()),
            Err(error) => format!("{}: refused", error.field()),
        },
        "periods" => {
            let schedule = given.schedule().unwrap();
            let count: u32 = given.text("count").parse().unwrap();
            let ends: Vec<_> = (1..=count)
                .map_while(|number| schedule.period(number))
                .map(|period| period.days.last_day().to_string())
                .collect();
            ends.join(" ")
        }
        "plus" => {
            let found = given.length("length").after(given.day("day"));
            found.unwrap().to_string()
        }
        "reminders" => {
            let watching = Watching {
                on: given.day("day"),
                occasion: Occasion::Notice,
                subject: (),
                cautious_on: None,
            };
            let found = watch([watching], given.day("day"));
            let days: Vec<_> = found[0]
                .reminders
                .iter()
                .map(|reminder| with_weekday(reminder.on))
                .collect();
            days.join(" ")
        }
        "schedule" => match given.schedule() {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        },
        "window" => {
            let days = Stretch::new(given.day("start"), given.day("end")).unwrap();
            let last_day = days.last_day();
            let warned = day_off(last_day).map_or(String::new(), |off| format!(", {}", off.name()));
            format!(
                "{} days, closes {}{warned}",
                days.days(),
                with_weekday(last_day)
            )
        }
        other => panic!("no rule {other:?}"),
    }
}

fn one_leaves(given: &Given) -> String {
    let ends = match given.text("ends") {
        "all" => Some(NoticeEnds::All),
        "giver" => Some(NoticeEnds::Giver),
        _ => None,
    };
    let term = Term {
        start: given.day("start"),
        end: given.day("end"),
        notice_months: 12,
        prolongation_months: 24,
        prolongation: Prolongation::Repeated,
        notice_ends: ends,
        late_notice: None,
        late_signature: None,
    };
    let region: crate::agreement::PartyCode = "14".parse().unwrap();
    let form = match given.text("form") {
        "bilateral" => Form::Bilateral,
        _ => Form::Joint,
    };
    let rule = NoticeRule::new(form, Some(&region), &term);
    let parties: Vec<_> = (1401..1450)
        .map(|code| code.to_string().parse().unwrap())
        .chain([region])
        .collect();
    let notice = Notice {
        by: given.text("by").parse().unwrap(),
        to: given.0.get("to").map(|to| to.parse().unwrap()),
        received_on: given.day("received"),
    };
    let schedule = Schedule::of(&term).unwrap();
    let found = outcome(&schedule, &rule, &parties, &[notice]).unwrap();
    let ended: Vec<_> = found.rows.iter().filter_map(|row| row.last_day).collect();
    let goes_on = found.rows.len() - ended.len();
    let on = ended
        .first()
        .map_or(String::new(), |day| format!(" on {day}"));
    let said = if rule.is_said { "" } else { ", not said" };
    format!("{} end{on}, {goes_on} go on{said}", ended.len())
}

#[test]
fn every_case_is_as_it_should_be() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut reader = csv::Reader::from_reader(CASES.as_bytes());
    for record in reader.records() {
        let record = record.unwrap();
        let [name, rule, given, expected, _why] = record.iter().collect::<Vec<_>>()[..] else {
            panic!("five columns: {record:?}");
        };
        let found = run(rule, &Given::new(given));
        if found != expected {
            wrong.push(format!(
                "{name} {rule}: {given}\n  expected {expected}\n  found    {found}"
            ));
        }
        count += 1;
    }
    assert!(count > 240, "{count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const CASES: &str = include_str!("../../../tests/cases/dates.csv");
