//! What the letters of one kind are written from: the version, its parties, what the register knows.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::super::act::{About, Case, Member, ruling};
use super::super::notice::{Effect, effect, entered};
use super::super::publish::read_outline;
use super::super::{Error, Office, bound, status};
use super::told::Chosen;
use super::{LetterError, Request};
use crate::agreement::{Form, Party, PartyCode, Prolongation, Sha256, Status, VersionNumber};
use crate::calendar::swedish_day;
use crate::register::{CopyState, Entry, Event, LetterKind, PartyProgress, progress};
use crate::store::Store;

/// What the letters are written from.
pub(super) struct Base {
    /// The last day to answer, where there is one.
    pub(super) answer_by: Option<NaiveDate>,
    pub(super) case: Case,
    /// What notices do; `None` for a version without a term.
    pub(super) effect: Option<Effect>,
    /// Whose copies count: the version's own form, else the one that was issued.
    pub(super) form: Form,
    pub(super) parties: Vec<Party>,
    /// How far the parties have come; empty for a version that is not published.
    pub(super) progress: Vec<PartyProgress>,
    /// Letters that went out, in the order of entry.
    pub(super) sent: Vec<SentLetter>,
    /// The version that takes the place of this one, and the first day of its term.
    pub(super) successor: Option<(String, NaiveDate)>,
    // Whom the version binds; `None` where the register has none of its copies.
    under: Option<BTreeSet<PartyCode>>,
}

/// A letter that went out.
pub(super) struct SentLetter {
    pub(super) seq: u64,
    pub(super) kind: LetterKind,
    pub(super) party: PartyCode,
    pub(super) pdf: Sha256,
}

impl Base {
    /// Gathers it.
    pub(super) async fn gather(
        office: &Office,
        mut store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        let case = open(office, store.as_deref_mut(), request).await?;
        let parties = office.parties()?;
        let manifest = &case.subject.manifest;
        let notices = entered(&case);
        let effect = match manifest.term {
            Some(_) => Some(effect(&case, &notices)?),
            None => None,
        };
        let form = form(&case);
        let mut of_parties = Vec::new();
        let mut entries = Vec::new();
        let mut successor = None;
        let mut under = None;
        if let Some(store) = store {
            entries = store.records.entries(Some(&case.subject.agreement)).await?;
            let number = manifest.version;
            if let Some(known) = case.tally.version(&case.subject.agreement, number) {
                let outline = read_outline(store, &known.published).await?;
                let terms = status::terms(&outline, form, &parties);
                of_parties = progress(&case.tally, &terms, case.today).parties;
            }
            successor = next_version(store, &case).await?;
            if !answers(request.kind) {
                under = bound::under(store, &case, &parties, case.today).await?;
            }
        }
        let answer_by = request
            .answer_by
            .or_else(|| consultation_answer(&case, &entries));
        Ok(Self {
            answer_by: answer_by.filter(|_| answers(request.kind)),
            effect,
            form,
            parties,
            progress: of_parties,
            sent: sent(&case, &entries),
            successor,
            under,
            case,
        })
    }

    /// Tells whether what a letter tells is so for a party: whom the version does not bind, it does not concern.
    /// Whoever gave notice hears that it came.
    pub(super) fn concerns(
        &self,
        kind: LetterKind,
        chosen: Option<&Chosen>,
        member: &Member,
    ) -> bool {
        let is_bound = || {
            let under = self.under.as_ref();
            under.is_none_or(|under| under.contains(&member.code))
        };
        answers(kind) || chosen.is_some_and(|it| it.giver == member.code) || is_bound()
    }

    /// Returns what notices do, or that the version has no term.
    pub(super) fn effect(&self) -> Result<&Effect, LetterError> {
        let subject = &self.case.subject;
        self.effect.as_ref().ok_or_else(|| LetterError::NoTerm {
            agreement: subject.agreement.clone(),
            version: subject.manifest.version,
        })
    }

    /// Returns the copies that count and that a party is in, in print order.
    pub(super) fn copies_of(&self, party: &PartyCode) -> Vec<&CopyState> {
        let copies = self.case.copies_of(party);
        copies
            .filter(|copy| copy.issued.form == self.form)
            .collect()
    }

    pub(super) fn progress_of(&self, party: &PartyCode) -> Option<&PartyProgress> {
        self.progress.iter().find(|it| it.code == *party)
    }

    /// Returns a party's name in law, else its code.
    pub(super) fn name_of(&self, party: &PartyCode) -> String {
        let member = self.case.member(party);
        member.map_or_else(|_| party.to_string(), |member| member.name.clone())
    }

    /// Returns a party's name in lists and file names.
    pub(super) fn short_name_of(&self, party: &PartyCode) -> String {
        let file = self.parties.iter().find(|file| file.code == *party);
        file.map_or_else(|| self.name_of(party), |file| file.short_name.to_string())
    }

    /// Returns the titles of a party's seats, in print order.
    pub(super) fn seat_titles(&self, member: &Member) -> Vec<String> {
        let seats = self.case.subject.manifest.seats_of(&member.kind);
        seats.map(|seat| seat.title.to_string()).collect()
    }

    /// Returns what every letter says of its sender, its recipient and what it is about.
    pub(super) fn common(&self, member: &Member, is_preview: bool) -> Map<String, Value> {
        let subject = &self.case.subject;
        let (family, manifest) = (&subject.family, &subject.manifest);
        let decisions = self.case.decisions(&member.code);
        let diary_number = decisions
            .iter()
            .rev()
            .find_map(|decision| decision.body.minutes.diary_number.as_ref());
        let common = json!({
            "agreement": {
                "id": family.id,
                "name": family.name,
                "short_name": family.short_name,
            },
            "answer_by": self.answer_by,
            "contact": family.contact,
            "coordinator": family.coordinator,
            "dated": self.case.today,
            "form": self.form,
            "is_preview": is_preview,
            "party": {
                "code": member.code,
                "decides": manifest.decision.get(&member.kind),
                "diary_number": diary_number,
                "groupings": member.groupings,
                "kind": member.kind,
                "legal_name": member.name,
                "seats": self.seat_titles(member),
            },
            "term": manifest.term.map(|term| json!({
                "start": term.start,
                "end": term.end,
                "notice": months(term.notice_months),
                "prolongation": match term.prolongation {
                    Prolongation::None => None,
                    Prolongation::Once | Prolongation::Repeated => {
                        Some(months(term.prolongation_months))
                    }
                },
                "is_repeated": term.prolongation == Prolongation::Repeated,
            })),
            "version": {
                "number": manifest.version,
                "dated": manifest.dated,
                "is_adopted": manifest.status == Status::Adopted,
            },
        });
        match common {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

/// Opens the version of the notice that is acknowledged, where it was not said which version.
async fn open(
    office: &Office,
    mut store: Option<&mut Store>,
    request: &Request,
) -> Result<Case, Error> {
    let case = Case::open(office, store.as_deref_mut(), &request.about).await?;
    let (LetterKind::Acknowledgement, None, Some(open)) =
        (request.kind, request.about.version, store.as_deref_mut())
    else {
        return Ok(case);
    };
    let agreement = case.subject.agreement.clone();
    let entries = open.records.entries(Some(&agreement)).await?;
    let notices = entries
        .iter()
        .filter(|entry| matches!(entry.event, Event::Notified(_)));
    let notices: Vec<(u64, VersionNumber)> = notices
        .filter_map(|entry| match ruling(&case.tally, entry)? {
            Event::Notified(notice) => Some((entry.seq, notice.version)),
            _ => None,
        })
        .collect();
    let version = match (request.notice, notices.as_slice()) {
        (Some(asked), notices) => {
            let mut notices = notices.iter();
            notices
                .find(|(seq, _)| *seq == asked)
                .map(|(_, version)| *version)
        }
        (None, [(_, version)]) => Some(*version),
        (None, []) => None,
        (None, several) => {
            return Err(LetterError::SeveralNotices {
                agreement,
                entries: several.iter().map(|(seq, _)| *seq).collect(),
            }
            .into());
        }
    };
    match version {
        Some(version) if version != case.subject.manifest.version => {
            let about = About {
                agreement: Some(agreement),
                version: Some(version),
            };
            Case::open(office, store, &about).await
        }
        _ => Ok(case),
    }
}

/// Tells whether letters of a kind ask for something.
pub(super) fn answers(kind: LetterKind) -> bool {
    match kind {
        LetterKind::Missive | LetterKind::Reminder | LetterKind::Sending => true,
        LetterKind::Acknowledgement | LetterKind::Ending | LetterKind::Prolongation => false,
    }
}

/// Returns the version's own form, unless copies count in another one only.
fn form(case: &Case) -> Form {
    let own = case.subject.manifest.form.kind;
    let version = case.subject.manifest.version;
    let live = case.tally.copies.values();
    let mut forms: Vec<Form> = live
        .filter(|copy| copy.is_live() && copy.issued.version == version)
        .map(|copy| copy.issued.form)
        .collect();
    forms.sort();
    forms.dedup();
    match forms.as_slice() {
        [only] => *only,
        _ => own,
    }
}

/// Returns the answer day of the version's consultation, unless it was closed.
fn consultation_answer(case: &Case, entries: &[Entry]) -> Option<NaiveDate> {
    let version = case.subject.manifest.version;
    let mut answer_by = None;
    for entry in entries {
        match ruling(&case.tally, entry) {
            Some(Event::ConsultationOpened(opened)) if opened.version == version => {
                answer_by = Some((entry.seq, opened.answer_by));
            }
            Some(Event::ConsultationClosed(closed)) => {
                answer_by = answer_by.filter(|(seq, _)| *seq != closed.consultation);
            }
            _ => {}
        }
    }
    answer_by.map(|(_, day)| day)
}

fn sent(case: &Case, entries: &[Entry]) -> Vec<SentLetter> {
    let version = case.subject.manifest.version;
    let mut sent = Vec::new();
    for entry in entries {
        if let Event::Lettered(lettered) = &entry.event
            && lettered.version == version
        {
            sent.extend(lettered.to.iter().map(|to| SentLetter {
                seq: entry.seq,
                kind: lettered.letter,
                party: to.party.clone(),
                pdf: to.pdf,
            }));
        }
    }
    sent
}

/// Returns the next published version with a term that begins later, and its first day.
async fn next_version(store: &Store, case: &Case) -> Result<Option<(String, NaiveDate)>, Error> {
    let subject = &case.subject;
    let Some(term) = &subject.manifest.term else {
        return Ok(None);
    };
    for ((agreement, number), known) in &case.tally.versions {
        if *agreement != subject.agreement || *number <= subject.manifest.version {
            continue;
        }
        let outline = read_outline(store, &known.published).await?;
        let later = outline.manifest().term.map(|term| term.start);
        if let Some(start) = later.filter(|start| *start > term.start) {
            return Ok(Some((number.to_string(), start)));
        }
    }
    Ok(None)
}

/// Returns the Swedish day on which a copy was last handed out to a party.
pub(super) fn sent_on(copy: &CopyState, party: &PartyCode) -> Option<NaiveDate> {
    copy.sent.get(party).map(|at| swedish_day(*at))
}

fn months(count: u32) -> String {
    match (count, count % 12, count / 12) {
        (1, _, _) => "en månad".to_owned(),
        (12, _, _) => "tolv månader".to_owned(),
        (24, _, _) => "två år".to_owned(),
        (_, 0, years) if years > 1 => format!("{years} år"),
        (count, _, _) => format!("{count} månader"),
    }
}
