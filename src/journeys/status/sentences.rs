//! What a position says in sentences: whether the agreement binds and what would change that, what an
//! administrator should look at, what others recommend, who gave notice.

use super::{NoticeLine, Position, words};
use crate::agreement::{Binds, Form, Outcome, PartyCode};
use crate::register::{PartyState, Recommendation, Recommended};

/// More names than these are counted.
const NAMES: usize = 8;

impl Position {
    /// Returns in Swedish by which rule it binds, whether it does, for whom it waits, and what one refusal
    /// would do.
    #[must_use]
    pub fn binding_sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.rule(), self.standing()];
        let declined: Vec<PartyCode> = self
            .parties()
            .filter(|party| {
                matches!(
                    party.progress.state,
                    PartyState::Declined | PartyState::Retracted
                )
            })
            .map(|party| party.code.clone())
            .collect();
        if !declined.is_empty() {
            sentences.push(format!(
                "{} har avböjt eller tagit tillbaka.",
                self.names(&declined)
            ));
        }
        if !self.binding.waits_for.is_empty() {
            sentences.push(words::refusal(&self.binding.one_refusal, |parties| {
                self.names(parties)
            }));
        }
        sentences
    }

    /// Returns what an administrator should look at, party by party.
    #[must_use]
    pub fn warning_sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        for party in self.parties() {
            let warnings = party.progress.warnings.iter().map(words::warning);
            let name = &party.short_name;
            sentences.extend(warnings.map(|warning| format!("{} {name}: {warning}", party.code)));
        }
        sentences
    }

    /// Returns what bodies that are no parties recommend.
    #[must_use]
    pub fn recommendation_sentences(&self) -> Vec<String> {
        let sentence = |it: &Recommendation| {
            let Recommended {
                by,
                grouping,
                minutes,
                outcome,
                report_by,
                ..
            } = &it.recommended;
            let section = minutes.section.as_ref();
            let section = section.map(|it| format!(" {it}")).unwrap_or_default();
            let to = grouping.as_ref();
            let to = to.map(|code| format!(" till {code}")).unwrap_or_default();
            let by_day = report_by.map(|day| format!("; beslut ska redovisas senast {day}"));
            let words = match outcome {
                Outcome::Approved => "rekommenderar avtalet",
                Outcome::ApprovedWithCondition => "rekommenderar avtalet med villkor",
                Outcome::Declined => "avråder från avtalet",
                Outcome::Deferred => "har skjutit upp sitt ställningstagande",
            };
            format!(
                "{by} ({} {}{section}) {words}{to}{} (post {})",
                words::body(minutes.body.as_str()),
                minutes.met_on,
                by_day.unwrap_or_default(),
                it.seq
            )
        };
        self.recommendations.iter().map(sentence).collect()
    }

    /// Returns who gave notice of termination.
    #[must_use]
    pub fn notice_sentences(&self) -> Vec<String> {
        let sentence = |it: &NoticeLine| {
            let notified = &it.notified;
            let to = notified.to.as_ref();
            let to = to.map(|to| format!(" till {}", self.names(std::slice::from_ref(to))));
            format!(
                "{} har sagt upp avtalet{}, inkommet {} ({}, post {})",
                self.names(std::slice::from_ref(&notified.party)),
                to.unwrap_or_default(),
                notified.received_on,
                notified.way,
                it.seq
            )
        };
        self.notices.iter().map(sentence).collect()
    }

    /// Returns parties by their names in lists; many are counted.
    #[must_use]
    pub fn names(&self, parties: &[PartyCode]) -> String {
        let name = |code: &PartyCode| {
            let party = self.party(code);
            party.map_or_else(|| code.to_string(), |party| party.short_name.clone())
        };
        let more = parties.len().saturating_sub(NAMES);
        let names: Vec<String> = parties.iter().take(NAMES).map(name).collect();
        match (names.as_slice(), more) {
            ([], _) => String::new(),
            (names, 1..) => format!("{} och {more} till", names.join(", ")),
            ([only], 0) => only.clone(),
            ([first @ .., last], 0) => format!("{} och {last}", first.join(", ")),
        }
    }

    fn rule(&self) -> String {
        match &self.binds {
            Binds::All => format!(
                "Avtalet binder när alla {} parter är klara.",
                self.totals.parties
            ),
            Binds::AtLeast { count } => format!(
                "Avtalet binder när minst {count} av {} parter är klara, och då dem som är det.",
                self.totals.parties
            ),
            Binds::Named { parties } => {
                format!("Avtalet binder när {} är klara.", self.names(parties))
            }
            Binds::Pairwise => {
                "Avtalet binder två och två, när båda parter i ett exemplar är klara.".to_owned()
            }
        }
    }

    fn standing(&self) -> String {
        let binding = &self.binding;
        let waits = match binding.waits_for.len() {
            0 => String::new(),
            1..=NAMES => format!(" Det väntar på {}.", self.names(&binding.waits_for)),
            _ => String::new(),
        };
        let left = match binding.waits_for.len() {
            1 => "1 part återstår".to_owned(),
            several => format!("{several} parter återstår"),
        };
        let since = binding.since;
        let since = since.map(|day| format!(" sedan {day}")).unwrap_or_default();
        match (binding.binds, &self.binds) {
            (true, Binds::Pairwise) if self.form == Form::Bilateral => {
                // Whoever is party to one copy only makes a pair with the one that is party to all.
                let is_in_one = |code: &&PartyCode| {
                    self.party(code)
                        .is_some_and(|party| party.copies_planned == 1)
                };
                let pairs = binding.bound.iter().filter(is_in_one).count();
                let first = binding.since;
                let first = first.map(|day| format!(", det första sedan {day}"));
                format!(
                    "{pairs} av {} par är bundna{}; {left}.{waits}",
                    self.totals.copies,
                    first.unwrap_or_default()
                )
            }
            (true, _) if binding.waits_for.is_empty() => {
                format!("Avtalet binder alla {} parter{since}.", binding.bound.len())
            }
            (true, _) => format!(
                "Avtalet binder{since}: {} av {} parter är bundna; {left}.{waits}",
                binding.bound.len(),
                self.totals.parties
            ),
            (false, _) if binding.can_bind => {
                format!("Avtalet binder inte ännu: {left}.{waits}")
            }
            (false, _) => {
                "Avtalet binder inte, och som det står nu kan det inte bli bindande.".to_owned()
            }
        }
    }
}
