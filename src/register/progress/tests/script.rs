//! Entries from short lines, and progress as short lines.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;

use super::super::*;
use crate::agreement::{Name, Sha256};
use crate::register::{
    Arrival, Authorised, AuthorisedPerson, Commitment, Confirmed, Corrected, Decided, Engine,
    Entry, Erased, Event, FORMAT, Inked, InkedSeat, Issued, Judgement, Minutes, Notified,
    PartyChange, PartyChanged, PartyLetter, Received, ReceivedPlace, ReceivedSeat, Recommended,
    Reissued, Relieved, Sent, Settled, Signed, Standing, Voided, Way, Withdrawn,
};

/// What a version asks, as a case tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    #[serde(default = "pairwise")]
    pub(super) binds: Binds,
    #[serde(default)]
    pub(super) decides: BTreeMap<PartyCode, Name>,
    #[serde(default = "bilateral")]
    pub(super) form: Form,
    pub(super) late: Option<LateSignature>,
    #[serde(default = "three")]
    pub(super) parties: Vec<PartyCode>,
    #[serde(default)]
    pub(super) at_least: BTreeMap<PartyCode, u32>,
    pub(super) start: Option<String>,
}

fn pairwise() -> Binds {
    Binds::Pairwise
}

fn bilateral() -> Form {
    Form::Bilateral
}

fn three() -> Vec<PartyCode> {
    ["1443", "1490", "14"].map(parsed).to_vec()
}

impl Setting {
    pub(super) fn usual() -> Self {
        toml::from_str("").unwrap()
    }

    pub(super) fn terms(&self) -> Terms {
        let party = |code: &PartyCode| {
            let usual = if code.as_str() == "14" {
                "regionstyrelsen"
            } else {
                "kommunstyrelsen"
            };
            PartyTerms {
                code: code.clone(),
                decides: Some(
                    self.decides
                        .get(code)
                        .cloned()
                        .unwrap_or_else(|| name(usual)),
                ),
                rule: SigningRule {
                    at_least: self.at_least.get(code).copied(),
                    least_grade: None,
                    source: None,
                    seats: Vec::new(),
                },
            }
        };
        Terms {
            agreement: parsed("familjecentral"),
            binds: self.binds.clone(),
            form: self.form,
            late_signature: self.late,
            parties: self.parties.iter().map(party).collect(),
            start: self.start.as_deref().map(day),
            version: parsed("1.0"),
            with: (self.form == Form::Bilateral).then(|| parsed("14")),
        }
    }

    /// Returns the entries that lines tell of, the first in place 1.
    pub(super) fn entries(&self, lines: &[String]) -> Vec<Entry> {
        let read = |(index, line): (usize, &String)| {
            let mut words = line.split_whitespace();
            let seq: u64 = words.next().unwrap().parse().unwrap();
            assert_eq!(seq, index as u64 + 1, "{line}: in its place");
            let on = day(words.next().unwrap());
            let words: Vec<&str> = words.collect();
            self.entry(seq, on, self.event(&words))
        };
        lines.iter().enumerate().map(read).collect()
    }

    pub(super) fn entry(&self, seq: u64, on: NaiveDate, event: Event) -> Entry {
        let noon = NaiveTime::from_hms_opt(11, 0, 0).unwrap();
        let concerns_office = match &event {
            Event::Corrected(corrected) => corrected.instead.is_none(),
            Event::Authorised(_)
            | Event::Erased(_)
            | Event::PartyChanged(_)
            | Event::Relieved(_) => true,
            _ => false,
        };
        Entry {
            actor: parsed("Registrator"),
            agreement: (!concerns_office).then(|| parsed("familjecentral")),
            at: on.and_time(noon).and_utc() + TimeDelta::seconds(i64::try_from(seq).unwrap()),
            event,
            seq,
            v: FORMAT,
        }
    }

    /// Reads an event from words; `key=value` may follow.
    pub(super) fn event(&self, words: &[&str]) -> Event {
        let (keys, words): (Vec<&str>, Vec<&str>) =
            words.iter().partition(|word| word.contains('='));
        let keys: BTreeMap<&str, &str> = keys
            .into_iter()
            .map(|key| key.split_once('=').unwrap())
            .collect();
        let date = |key: &str| keys.get(key).copied().map(day);
        match words.as_slice() {
            ["issue", holder] => Event::Issued(self.issued(holder, 1)),
            ["reissue", holder, issue] => Event::Reissued(Reissued {
                issued: self.issued(holder, issue.parse().unwrap()),
                replaces: self.issued(holder, 1).copy,
            }),
            ["void", name] => Event::Voided(Voided {
                copy: copy(name),
                reason: words_of("fel"),
            }),
            ["send", name, party] => Event::Sent(Sent {
                copies: vec![copy(name)],
                party: parsed(party),
                way: Way::Zip,
            }),
            ["sign", name, seat] => Event::Signed(Signed {
                as_role: role(seat, &keys),
                certificate: certificate(seat, &keys),
                copy: copy(name),
                head_after: Sha256::of(format!("{name}{seat}").as_bytes()),
                head_before: Sha256::of(copy(name).as_str().as_bytes()),
                level: Level::T,
                seat: parsed(seat),
                size_bytes: 2,
                stamped_at: date("stamped").map(morning),
                standing: keys.get("standing").map(|word| standing(word)),
            }),
            [verb @ ("receive" | "rejudge"), name, seat, word] => Event::Received(Received {
                arrival: if *verb == "receive" {
                    Arrival::File
                } else {
                    Arrival::Rejudged
                },
                conclusion: Judgement::TotalPassed,
                copy: Some(copy(name)),
                file: Sha256::of(format!("{name}{seat}").as_bytes()),
                follows: Some(Sha256::of(copy(name).as_str().as_bytes())),
                place: ReceivedPlace::Newer,
                seats: vec![ReceivedSeat {
                    as_role: (*word == "counts").then(|| role(seat, &keys)),
                    certificate: certificate(seat, &keys),
                    level: Level::T,
                    seat: parsed(seat),
                    stamped_at: date("stamped").map(morning),
                    standing: standing(word),
                }],
                size_bytes: 9,
                verdict: Sha256::of(b"verdict"),
            }),
            ["confirm", name, seat] => Event::Confirmed(Confirmed {
                as_role: role(seat, &keys),
                certificate: certificate(seat, &keys),
                copy: copy(name),
                ground: words_of("Ringde upp henne"),
                seat: parsed(seat),
            }),
            ["withdraw", name, confirmed] => Event::Withdrawn(Withdrawn {
                confirmed: confirmed.parse().unwrap(),
                copy: copy(name),
                ground: words_of("Fel person"),
            }),
            ["decide", party, body, met_on, outcome] => Event::Decided(Decided {
                condition: (*outcome == "approved_with_condition").then(|| words_of("om")),
                dissent: keys.contains_key("dissent").then(|| words_of("emot")),
                minutes: Minutes {
                    announced_on: date("announced"),
                    appeal_until: date("printed"),
                    ..minutes(body, met_on)
                },
                outcome: outcome_of(outcome),
                party: parsed(party),
                version: parsed(keys.get("version").copied().unwrap_or("1.0")),
            }),
            ["settle", party, decision, word] => Event::Settled(Settled {
                decision: decision.parse().unwrap(),
                is_resolved: *word == "resolved",
                party: parsed(party),
                reason: words_of("löst"),
            }),
            ["decline", party, dated] => Event::Declined(PartyLetter {
                dated: day(dated),
                document: None,
                party: parsed(party),
                reason: words_of("nej"),
                version: parsed("1.0"),
            }),
            ["retract", party, dated] => Event::Retracted(PartyLetter {
                dated: day(dated),
                document: None,
                party: parsed(party),
                reason: words_of("ångrat"),
                version: parsed("1.0"),
            }),
            ["ink", name, seats, signed_on] => Event::Inked(Inked {
                copy: copy(name),
                held_by: self::name("Kommunarkivet"),
                read_digest: None,
                scan: Sha256::of(b"scan"),
                seats: seats
                    .split(',')
                    .map(|seat| InkedSeat {
                        as_role: role(seat, &keys),
                        person: None,
                        seat: parsed(seat),
                    })
                    .collect(),
                signed_on: day(signed_on),
                witness: words_of("jämförd"),
            }),
            ["authorise", party, met_on] => Event::Authorised(Authorised {
                allowed_to: date("allowed"),
                party: parsed(party),
                persons: keys
                    .get("certificate")
                    .map(|word| AuthorisedPerson {
                        certificates: vec![Sha256::of(word.as_bytes())],
                        from: date("from"),
                        identifier: None,
                        person: words_of("Ordföranden"),
                        role: parsed("chair"),
                        to: date("to"),
                    })
                    .into_iter()
                    .collect(),
                rule: keys.get("at_least").map(|count| SigningRule {
                    at_least: Some(count.parse().unwrap()),
                    least_grade: None,
                    source: None,
                    seats: Vec::new(),
                }),
                source: minutes("KS", met_on),
            }),
            ["relieve", party, authorised, last_day] => Event::Relieved(Relieved {
                authorised: authorised.parse().unwrap(),
                last_day: day(last_day),
                party: parsed(party),
                person: 0,
                reason: words_of("slutat"),
            }),
            ["change", party, from, what] => Event::PartyChanged(PartyChanged {
                change: match what.split_once(':') {
                    Some(("merged", into)) => PartyChange::Merged { into: parsed(into) },
                    Some(("split", into)) => PartyChange::Split {
                        into: into.split(',').map(parsed).collect(),
                    },
                    _ => PartyChange::Renamed {
                        legal_name: name("Nya kommunen"),
                        styled_name: name("Nya staden"),
                    },
                },
                from: day(from),
                party: parsed(party),
                source: name("Regeringsbeslut"),
            }),
            ["recommend", body, met_on, outcome] => Event::Recommended(Recommended {
                by: name(body),
                condition: None,
                grouping: None,
                minutes: minutes(body, met_on),
                outcome: outcome_of(outcome),
                report_by: date("report"),
                version: parsed("1.0"),
            }),
            ["notice", party, dated] => Event::Notified(Notified {
                dated: day(dated),
                document: None,
                party: parsed(party),
                received_at: None,
                received_on: day(dated),
                to: None,
                version: parsed("1.0"),
                way: name("e-post"),
            }),
            ["erase", word] => Event::Erased(Erased {
                documents: vec![Sha256::of(word.as_bytes())],
                ground: name("gallring"),
            }),
            ["correct", entry, instead @ ..] => {
                // Keys belong to what should have been entered.
                let mut rest: Vec<String> = instead.iter().map(|word| (*word).to_owned()).collect();
                rest.extend(keys.iter().map(|(key, value)| format!("{key}={value}")));
                let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
                Event::Corrected(Corrected {
                    entry: entry.parse().unwrap(),
                    instead: (instead != ["strike"]).then(|| Box::new(self.event(&rest))),
                    reason: words_of("fel"),
                })
            }
            _ => panic!("{words:?} tells of nothing"),
        }
    }

    pub(super) fn issued(&self, holder: &str, issue: u32) -> Issued {
        let (holder, parties): (Option<PartyCode>, Vec<PartyCode>) = match self.form {
            Form::Bilateral => (Some(parsed(holder)), vec![parsed(holder), parsed("14")]),
            Form::Counterpart => (Some(parsed(holder)), vec![parsed(holder)]),
            Form::Joint => (None, self.parties.clone()),
        };
        let seats = parties.iter().flat_map(|party| {
            let roles = if party.as_str() == "14" {
                ["chair", "director"]
            } else {
                ["chair", "countersigner"]
            };
            roles.map(|role| SeatId::new(party, &parsed(role)))
        });
        let copy = CopyId::new(
            &parsed("familjecentral"),
            parsed("1.0"),
            self.form,
            holder.as_ref(),
            issue,
        );
        Issued {
            base: Sha256::of(copy.as_str().as_bytes()),
            data: Sha256::of(b"data"),
            engine: Engine {
                sigill: "0.1.0".into(),
                template: "t".into(),
                typesetting: "t".into(),
            },
            file_name: format!("{copy}.pdf"),
            form: self.form,
            holder,
            seats: seats.collect(),
            parties,
            size_bytes: 1,
            text_digest: Sha256::of(b"text"),
            version: parsed("1.0"),
            copy,
        }
    }
}

/// Returns progress as a reader writes it down, a fact a line.
pub(super) fn lines(progress: &Progress) -> Vec<String> {
    let codes = |codes: &[PartyCode]| {
        let codes: Vec<&str> = codes.iter().map(PartyCode::as_str).collect();
        codes.join(" ")
    };
    let binding = &progress.binding;
    let mut lines = vec![
        match binding.since {
            Some(since) if binding.binds => {
                format!("binds {} since {since}", codes(&binding.bound))
            }
            _ => "binds nobody".to_owned(),
        },
        if binding.can_bind {
            "can bind"
        } else {
            "cannot bind"
        }
        .to_owned(),
        format!("waits for {}", codes(&binding.waits_for)),
        format!("refusal {}", told(&binding.one_refusal)),
    ];
    let recommendations = progress.recommendations.iter();
    lines.extend(recommendations.map(|it| format!("{} recommends {}", it.recommended.by, it.seq)));
    for party in &progress.parties {
        let code = &party.code;
        let mut say = |what: String| lines.push(format!("{code} {what}"));
        say(format!("is {}", told(&party.state)));
        let mut lacks = Vec::new();
        for requirement in party.requirements.iter().filter(|it| !it.is_met) {
            let what = match &requirement.what {
                Required::Signatures { copy } => short(copy),
                what => told(what),
            };
            let why = match &requirement.why {
                Why::Seats { filled, needed, .. } => format!("{filled}/{needed}"),
                why => told(why),
            };
            lacks.push(format!("{what}={why}"));
        }
        say(format!("lacks {}", or_nothing(&lacks)));
        say(match &party.next {
            None => "next nothing".to_owned(),
            Some(NextStep::Sign { copy, seats }) => {
                let seats: Vec<&str> = seats.iter().map(SeatId::as_str).collect();
                format!("next sign {} {}", short(copy), seats.join(","))
            }
            Some(NextStep::Confirm { copy, seat }) => {
                format!("next confirm {} {seat}", short(copy))
            }
            Some(step) => format!("next {}", told(step)),
        });
        say(format!(
            "bound {}",
            party
                .bound_from
                .map_or_else(|| "never".to_owned(), |day| day.to_string())
        ));
        say(match &party.decision {
            None => "rules nothing".to_owned(),
            Some(decision) => format!("rules {}", decision.seq),
        });
        if let Some(final_on) = party.decision.as_ref().and_then(|it| it.final_on) {
            say(format!("final {final_on}"));
        }
        say(format!("decisions {}", party.decisions.len()));
        for copy in &party.copies {
            for seat in &copy.seats {
                let state = match &seat.state {
                    SeatState::Paper { signed_on, .. } => format!("paper {signed_on}"),
                    SeatState::Signed {
                        signed_on, as_role, ..
                    } => format!("signed {signed_on} {as_role}"),
                    other => told(other),
                };
                say(format!("seat {} {} {state}", short(&copy.copy), seat.seat));
            }
            if copy.is_complete {
                say(format!("copy {} complete", short(&copy.copy)));
            }
        }
        if party.warnings.is_empty() {
            say("warns nothing".to_owned());
        }
        for warning in &party.warnings {
            say(format!("warns {}", told(warning)));
        }
    }
    lines
}

/// Returns the word of a value, and what else it holds, in the order of the keys.
fn told(value: &impl Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(word) => word,
        serde_json::Value::Object(fields) => {
            let mut words = vec![fields["is"].as_str().unwrap().to_owned()];
            for (key, value) in fields.iter().filter(|(key, _)| *key != "is") {
                words.push(match value {
                    serde_json::Value::String(text) => {
                        text.trim_start_matches("familjecentral-1.0-").to_owned()
                    }
                    serde_json::Value::Array(all) => all
                        .iter()
                        .map(|it| it.as_str().unwrap_or_default())
                        .collect::<Vec<_>>()
                        .join(","),
                    _ if key == "seq" => format!("#{value}"),
                    other => other.to_string(),
                });
            }
            words.join(" ")
        }
        other => other.to_string(),
    }
}

fn or_nothing(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        words => words.join(" "),
    }
}

fn short(copy: &CopyId) -> String {
    copy.as_str()
        .trim_start_matches("familjecentral-1.0-")
        .to_owned()
}

fn copy(short: &str) -> CopyId {
    parsed(&format!("familjecentral-1.0-{short}"))
}

pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn name(text: &str) -> Name {
    Name::try_from(text.replace('_', " ")).unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn morning(day: NaiveDate) -> DateTime<Utc> {
    let eight = NaiveTime::from_hms_opt(8, 0, 0).unwrap();
    day.and_time(eight).and_utc()
}

fn words_of(text: &str) -> Commitment {
    Commitment::to(text, [7; 32]).0
}

fn minutes(body: &str, met_on: &str) -> Minutes {
    Minutes {
        announced_on: None,
        appeal_until: None,
        approved_on: None,
        body: name(body),
        diary_number: None,
        extract: None,
        met_on: day(met_on),
        section: None,
    }
}

fn outcome_of(word: &str) -> Outcome {
    serde_json::from_value(word.into()).unwrap()
}

fn standing(word: &str) -> Standing {
    serde_json::from_value(word.into()).unwrap()
}

fn role(seat: &str, keys: &BTreeMap<&str, &str>) -> Role {
    let own = seat.split_once('-').unwrap().1;
    parsed(keys.get("role").copied().unwrap_or(own))
}

fn certificate(seat: &str, keys: &BTreeMap<&str, &str>) -> Sha256 {
    Sha256::of(keys.get("certificate").copied().unwrap_or(seat).as_bytes())
}
