//! Puts together what was found: one value proposes it, two propose neither.

use super::body::{self, Body};
use super::dates::dates;
use super::decision::{self, Reading, Unclear};
use super::diary;
use super::doubt::{Doubt, DoubtKind};
use super::heads::{Heads, Placed};
use super::lines;
use super::parts::{self, Joined, PartKind};
use super::reader::{FIELDS, MAX_PLACES, Reader};
use super::sections::{self, Relation, Section, folded};
use super::{Field, Found, Matter, Proposal};
use crate::agreement::{BodyKind, Outcome, Party, PartyCode};

/// Returns what a text proposes about the agreement at hand.
///
/// Nothing is proposed where no § or several §§ are about it.
#[must_use]
pub fn propose(text: &str, matter: &Matter<'_>, parties: &[Party]) -> Proposal {
    let mut proposal = Proposal::default();
    let lines = lines::read(text);
    let sections = lines.as_deref().and_then(sections::sections);
    let (Some(lines), Some(sections)) = (lines, sections) else {
        let doubt = Doubt::new(DoubtKind::TooLarge, None, Vec::new());
        proposal.doubts.push(doubt);
        proposal.missing = FIELDS.to_vec();
        return proposal;
    };
    let mut reader = Reader {
        lines: &lines,
        proposal,
    };
    if let Some(chosen) = reader.choose(&sections, matter) {
        let heads = Heads::of(&lines, &sections, chosen, parties);
        if sections.len() == 1 {
            reader.read_diary_number_of_head(&heads);
        }
        reader.read(chosen, &heads, matter, parties);
    }
    reader.finish()
}

impl Reader<'_> {
    /// Returns the § that is about the agreement, or says why there is none.
    fn choose<'s>(&mut self, sections: &'s [Section], matter: &Matter<'_>) -> Option<&'s Section> {
        let related: Vec<_> = sections
            .iter()
            .map(|section| (section, section.relation(matter)))
            .filter(|(_, relation)| *relation > Relation::None)
            .collect();
        let of = |wanted: Relation| -> Vec<&'s Section> {
            related
                .iter()
                .filter(|(_, relation)| *relation == wanted)
                .map(|(section, _)| *section)
                .collect()
        };
        if let Some(wanted) = matter.section {
            let wanted = folded(wanted);
            let named: Vec<_> = related
                .iter()
                .filter(|(section, _)| folded(&section.printed) == wanted)
                .map(|(section, _)| *section)
                .collect();
            return match named.as_slice() {
                [section] => Some(*section),
                [] => self.give_up(DoubtKind::NoSection, &[]),
                several => self.give_up(DoubtKind::SeveralSections, several),
            };
        }
        let mut about = of(Relation::Titled);
        if about.is_empty() {
            about = of(Relation::Told);
        }
        if about.len() > MAX_PLACES {
            return self.give_up(DoubtKind::SeveralSections, &about);
        }
        // Where one prepares and another decides, the one that decides counts.
        let is_decided = |section: &&Section| {
            let reading = decision::read(&section.joined(PartKind::Decision), matter);
            let asks = |(why, _): &(Unclear, _)| *why == Unclear::Recommended;
            !reading.outcomes.is_empty() && !reading.unclear.iter().any(asks)
        };
        let decided: Vec<_> = about
            .iter()
            .copied()
            .filter(|section| is_decided(section))
            .collect();
        match (about.as_slice(), decided.as_slice()) {
            ([section], _) | (_, [section]) => Some(*section),
            ([], _) => {
                let beside = of(Relation::Beside);
                let kind = if beside.is_empty() {
                    DoubtKind::NoSection
                } else {
                    DoubtKind::OtherMatter
                };
                self.give_up(kind, &beside)
            }
            (several, _) => self.give_up(DoubtKind::SeveralSections, several),
        }
    }

    fn give_up<'s>(&mut self, kind: DoubtKind, sections: &[&'s Section]) -> Option<&'s Section> {
        let places = sections.iter().map(|section| section.from).collect();
        self.doubt(kind, Some(Field::Section), places);
        None
    }

    fn read(&mut self, section: &Section, heads: &Heads, matter: &Matter<'_>, parties: &[Party]) {
        self.proposal.section = self.found(section.printed.clone(), section.from);
        if !section.title.is_empty() {
            self.proposal.title = self.found(section.title.clone(), section.from);
        }
        self.read_diary_number(section);
        // A heading of two §§ does not tell which is whose.
        let heading = section.parts.first().and_then(|part| part.lines.first());
        let has_two = heading.is_some_and(|line| line.text.matches('§').count() > 1);
        if has_two && let Some(found) = self.proposal.section.take() {
            self.competes(Field::Section, found);
        }
        // A number and a year without the sign may be a diary number where there is no other.
        if !section.printed.contains('§')
            && self.proposal.diary_number.is_none()
            && let Some(found) = self.proposal.section.take()
        {
            self.competes(Field::Section, found);
        }
        self.read_body(section, heads);
        // The headers of another body's meeting tell nothing of this one.
        let is_other_meeting = self
            .proposal
            .doubts
            .iter()
            .any(|doubt| doubt.field == Some(Field::Body));
        if !is_other_meeting {
            self.read_days(heads);
        }
        self.read_party(section, heads, parties);
        self.read_decision(section, matter);
        self.read_around(section);
    }

    fn read_days(&mut self, heads: &Heads) {
        let body = self.proposal.body.as_ref().map(|found| &found.value);
        let met_on = heads.met_on(self.lines, body);
        self.proposal.met_on = self.one(Field::MetOn, met_on);
        let approved_on = heads.approved_on(self.lines);
        self.proposal.approved_on = self.one(Field::ApprovedOn, approved_on);
        let announced_on = heads.announced_on(self.lines);
        self.proposal.announced_on = self.one(Field::AnnouncedOn, announced_on);
        self.drop_impossible_days();
    }

    fn read_diary_number(&mut self, section: &Section) {
        let mut labelled: Vec<Placed<String>> = Vec::new();
        let mut shaped: Vec<Placed<String>> = Vec::new();
        let Some(part) = section.parts.first() else {
            return;
        };
        let mut is_label_above = false;
        let mut is_after_title = false;
        let mut has_title = false;
        for line in part
            .lines
            .get(sections::heading_lines(section))
            .unwrap_or_default()
        {
            let mut text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
            // The § is no diary number, though both may look alike.
            if line.index == section.from {
                text = text.replacen(&section.printed, "", 1);
            }
            if is_label_above && !text.is_empty() {
                text = format!("Dnr {text}");
            }
            if text.is_empty() {
                is_after_title |= has_title;
                continue;
            }
            // After the title only a line of its own is the number's; a sentence tells of others.
            let is_alone = !folded(&diary::without(&text)).contains(char::is_alphanumeric);
            has_title |= !is_alone;
            if !is_alone && (is_after_title || parts::is_sentence(&text)) {
                continue;
            }
            is_label_above = diary::is_label(&text);
            let at =
                |found: Vec<(String, _)>| found.into_iter().map(|(number, _)| (number, line.index));
            if diary::labelled(&text).is_empty() {
                shaped.extend(at(diary::numbers(&text)));
            } else {
                labelled.extend(at(diary::numbers(&text)));
            }
        }
        let mut found = if labelled.is_empty() {
            shaped
        } else {
            labelled
        };
        let Some((first, _)) = found.first().cloned() else {
            return;
        };
        // What the heading says goes before what the header said.
        found.retain(|(number, _)| !diary::is_same(number, &first) || *number == first);
        self.proposal.diary_number = self.one(Field::DiaryNumber, found);
    }

    /// An extract of one § may have its diary number in the header.
    fn read_diary_number_of_head(&mut self, heads: &Heads) {
        let found = heads.diary_numbers(self.lines);
        self.proposal.diary_number = self.one(Field::DiaryNumber, found);
    }

    /// A day that cannot be is none: minutes are approved after the meeting and announced after that.
    fn drop_impossible_days(&mut self) {
        let day = |found: &Option<Found<_>>| found.as_ref().map(|found| found.value);
        let met = day(&self.proposal.met_on);
        let approved = day(&self.proposal.approved_on);
        let announced = day(&self.proposal.announced_on);
        let is_late = |earlier: Option<_>, later: Option<_>| {
            earlier
                .zip(later)
                .is_some_and(|(earlier, later)| later < earlier)
        };
        if is_late(met, approved)
            && let Some(found) = self.proposal.approved_on.take()
        {
            self.competes(Field::ApprovedOn, found);
        }
        if (is_late(met, announced) || is_late(approved, announced))
            && let Some(found) = self.proposal.announced_on.take()
        {
            self.competes(Field::AnnouncedOn, found);
        }
    }

    fn read_body(&mut self, section: &Section, heads: &Heads) {
        let mut subjects: Vec<Placed<Body>> = Vec::new();
        if let Some(body) = body::abbreviated(&section.letters) {
            subjects.push((body, section.from));
        }
        for part in section
            .parts
            .iter()
            .filter(|part| part.kind == PartKind::Decision)
        {
            let first = part.lines.first().map_or(section.from, |line| line.index);
            subjects.extend(body::owner(&part.label).map(|body| (body, first)));
            let deciding = part
                .lines
                .iter()
                .filter_map(|line| Some((body::deciding(&line.text)?, line.index)));
            subjects.extend(deciding);
        }
        let headers = heads.bodies(self.lines);
        let agree = |found: &[Placed<Body>]| {
            found
                .iter()
                .all(|(one, _)| found.iter().all(|(other, _)| one.agrees_with(other)))
        };
        let longest = |found: &[Placed<Body>]| {
            found
                .iter()
                .max_by_key(|(body, _)| body.name.chars().count())
                .cloned()
        };
        let chosen = if subjects.is_empty() {
            if agree(&headers) {
                longest(&headers)
            } else {
                None
            }
        } else if agree(&subjects) {
            let fitting: Vec<_> = headers
                .iter()
                .filter(|(body, _)| {
                    subjects
                        .iter()
                        .all(|(subject, _)| subject.agrees_with(body))
                })
                .cloned()
                .collect();
            if headers.is_empty() || !fitting.is_empty() {
                longest(&[fitting, subjects.clone()].concat())
            } else {
                None
            }
        } else {
            None
        };
        match chosen {
            Some((body, at)) if body.is_whole() => self.proposal.body = self.found(body, at),
            Some(_) => {}
            None if subjects.is_empty() && headers.is_empty() => {}
            None => {
                let places = [subjects, headers].concat().into_iter().map(|(_, at)| at);
                self.doubt(DoubtKind::Competing, Some(Field::Body), places.collect());
            }
        }
    }

    fn read_party(&mut self, section: &Section, heads: &Heads, parties: &[Party]) {
        let mut found = heads.parties(self.lines, parties);
        if found.is_empty() {
            found = parties_told(section, parties);
        }
        let is_of_region = |code: &PartyCode| {
            parties
                .iter()
                .any(|party| party.code == *code && party.kind.as_str() == REGION)
        };
        let body = self.proposal.body.as_ref().map(|found| found.value.clone());
        let is_regional = body
            .as_ref()
            .is_some_and(|body| body.name.starts_with("Region"));
        let is_municipal = body
            .as_ref()
            .is_some_and(|body| body.name.starts_with("Kommun"));
        if body.is_some_and(|body| body.kind == BodyKind::Association) {
            let at = self
                .proposal
                .body
                .as_ref()
                .map(|found| found.line.saturating_sub(1));
            self.doubt(
                DoubtKind::Association,
                Some(Field::Party),
                at.into_iter().collect(),
            );
            return;
        }
        let contradicts = found.iter().any(|(code, _)| {
            (is_regional && !is_of_region(code)) || (is_municipal && is_of_region(code))
        });
        if contradicts {
            let places = found.into_iter().map(|(_, at)| at).collect();
            self.doubt(DoubtKind::Competing, Some(Field::Party), places);
            return;
        }
        self.proposal.party = self.one(Field::Party, found);
    }

    fn read_decision(&mut self, section: &Section, matter: &Matter<'_>) {
        let decision = section.joined(PartKind::Decision);
        let Reading {
            outcomes,
            conditions,
            signers,
            unclear,
        } = decision::read(&decision, matter);
        let kind = self.proposal.body.as_ref().map(|found| found.value.kind);
        if kind == Some(BodyKind::Association) {
            return;
        }
        let is_known_body = self.proposal.body.is_some()
            || !self
                .proposal
                .doubts
                .iter()
                .any(|doubt| doubt.field == Some(Field::Body));
        for (wanted, kind) in [
            (Unclear::ByReference, DoubtKind::DecidedByReference),
            (Unclear::Limited, DoubtKind::Limited),
            (Unclear::Noted, DoubtKind::Noted),
            (Unclear::Recommended, DoubtKind::Recommended),
        ] {
            let of_kind = unclear.iter().filter(|(why, _)| *why == wanted);
            let places: Vec<_> = of_kind.map(|(_, (_, at))| *at).collect();
            // What is noted or taken over beside a plain decision changes nothing.
            let is_beside = matches!(wanted, Unclear::Noted | Unclear::ByReference);
            if !places.is_empty() && (!is_beside || outcomes.is_empty()) {
                self.doubt(kind, Some(Field::Outcome), places);
            }
        }
        let is_clear = unclear
            .iter()
            .all(|(why, _)| matches!(why, Unclear::Noted | Unclear::ByReference));
        if !is_clear || !is_known_body {
            return;
        }
        let outcomes: Vec<_> = outcomes
            .into_iter()
            .map(|(outcome, (_, at))| (outcome, at))
            .collect();
        let Some(mut outcome) = self.one(Field::Outcome, outcomes) else {
            return;
        };
        if outcome.value == Outcome::Approved
            && let Some((_, at)) = conditions.first()
        {
            outcome.value = Outcome::ApprovedWithCondition;
            let words: Vec<_> = conditions.iter().map(|(words, _)| words.as_str()).collect();
            self.proposal.condition = self.found(words.join("\n"), *at);
        }
        let concludes = matches!(
            outcome.value,
            Outcome::Approved | Outcome::ApprovedWithCondition
        );
        self.proposal.outcome = Some(outcome);
        if concludes {
            self.proposal.signer = self.one(Field::Signer, signers);
        }
    }

    /// Reads what is information only: dissents, proposals, older decisions, immediate approval.
    fn read_around(&mut self, section: &Section) {
        for part in &section.parts {
            let joined = Joined::of(&part.lines);
            let at = part.lines.first().map_or(section.from, |line| line.index);
            match part.kind {
                PartKind::Dissent => {
                    if !joined.text.is_empty() && !is_none(&joined.text) {
                        let dissent = self.found(joined.text.clone(), joined.line_at(0));
                        self.proposal.dissents.extend(dissent);
                    }
                }
                PartKind::Proposal if !joined.text.is_empty() => {
                    let put = self.found(joined.text.clone(), at);
                    self.proposal.proposals.extend(put);
                }
                PartKind::Earlier | PartKind::Other => {
                    // "Kommunstyrelsens beslut 2024-02-07 § 12" is told by the label.
                    if !body::bodies(&part.label).is_empty() && !dates(&part.label).is_empty() {
                        let older = self.found(part.label.clone(), at);
                        self.proposal.earlier.extend(older);
                    }
                    for line in &part.lines {
                        let is_older =
                            !body::bodies(&line.text).is_empty() && !dates(&line.text).is_empty();
                        if is_older && self.proposal.earlier.len() < MAX_EARLIER {
                            let older = self.found(line.text.clone(), line.index);
                            self.proposal.earlier.extend(older);
                        }
                    }
                }
                PartKind::Attestation
                | PartKind::Decision
                | PartKind::Heading
                | PartKind::Proposal
                | PartKind::Recipients => {}
            }
            if self.proposal.is_approved_at_once.is_none()
                && matches!(part.kind, PartKind::Attestation | PartKind::Decision)
            {
                let said = part
                    .lines
                    .iter()
                    .find(|line| parts::is_approved_at_once(&line.text));
                self.proposal.is_approved_at_once =
                    said.and_then(|line| self.found(true, line.index));
            }
        }
    }
}

/// Returns the parties that the decision's words bind: "att Borås Stad tecknar avtal".
fn parties_told(section: &Section, parties: &[Party]) -> Vec<Placed<PartyCode>> {
    let decision = section.joined(PartKind::Decision);
    let text = folded(&decision.text);
    let binds = |name: &str| {
        let name = name.trim();
        [" att ", " att för "].iter().any(|before| {
            BINDING
                .iter()
                .any(|after| text.contains(&format!("{before}{name} {after} ")))
        })
    };
    let at = decision.line_at(0);
    parties
        .iter()
        .filter(|party| super::heads::names(party).iter().any(|name| binds(name)))
        .map(|party| (party.code.clone(), at))
        .collect()
}

/// Returns whether a text says that there is none: "Inga reservationer."
fn is_none(text: &str) -> bool {
    let text = folded(text);
    let words: Vec<_> = text.split_whitespace().collect();
    words.len() <= 3
        && words
            .iter()
            .any(|word| matches!(*word, "inga" | "ingen" | "nej"))
}

/// What follows a party's name where a decision binds it.
const BINDING: [&str; 8] = [
    "ansluter",
    "antar",
    "godkänner",
    "ingår",
    "ska",
    "sluter",
    "tecknar",
    "undertecknar",
];

/// So many older decisions are enough to look at.
const MAX_EARLIER: usize = 50;
/// The kind of party that a region is.
const REGION: &str = "region";
