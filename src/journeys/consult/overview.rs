//! What a consultation has come to: who answered, how, and what became of each comment.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::consider::newest_contents;
use super::round::Round;
use crate::agreement::{AgreementId, ClauseId, Name, PartyCode, VersionNumber, swedish};
use crate::calendar::{Timeliness, swedish_day};
use crate::journeys::{Error, Office};
use crate::register::{
    AnswerState, Comment, Commitment, ConsultationState, Disposition, Recipient, Stance, Tally,
};
use crate::store::Store;
use crate::template::ClauseHead;

/// A consultation at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name.
    pub agreement_name: Name,
    /// The version that is out.
    pub version: VersionNumber,
    /// The place of the entry that opened it.
    pub seq: u64,
    /// The first day to answer.
    pub opens_on: NaiveDate,
    /// The last day to answer.
    pub answer_by: NaiveDate,
    /// The day on which it was closed, if it was.
    pub closed_on: Option<NaiveDate>,
    /// A file of the version's folder that is not as it went out.
    pub edited: Option<String>,
    /// How many of each.
    pub counts: Counts,
    /// Who was asked, in their order.
    pub recipients: Vec<RecipientLine>,
    /// Answers that a later one took the place of, in the order of entry.
    pub earlier: Vec<EarlierAnswer>,
    /// The stances clause by clause.
    pub clauses: Vec<ClauseCounts>,
    /// The stances group by group: sub-regions, then those that belong to none.
    pub groups: Vec<GroupCounts>,
    /// The comments of the answers that count: what is said of the whole first, then clause by clause.
    pub comments: Vec<CommentLine>,
    /// Other rounds of the version, and those of earlier ones with open comments: answers to other texts.
    pub others: Vec<OtherRound>,
}

/// A round whose answers are to another text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherRound {
    /// The place of the entry that opened it.
    pub seq: u64,
    /// The version that was out.
    pub version: VersionNumber,
    /// The comments of its answers.
    pub comments: Vec<CommentLine>,
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Who was asked.
    pub recipients: usize,
    /// Who answered.
    pub answered: usize,
    /// Who answered after the last day.
    pub late: usize,
    /// Comments.
    pub comments: usize,
    /// Comments without a disposition.
    pub open: usize,
    /// Comments that were taken in.
    pub taken_in: usize,
    /// Comments that were taken in in part.
    pub taken_in_part: usize,
    /// Comments that were not taken in.
    pub not_taken_in: usize,
}

/// Who was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientLine {
    /// Its short name, its name, and which party it is.
    #[serde(flatten)]
    pub recipient: Recipient,
    /// The place of the entry with its answer; `None` as long as there is none.
    pub answer: Option<u64>,
    /// The day it was received.
    pub received_on: Option<NaiveDate>,
    /// Whether it came by the last day.
    pub timeliness: Option<Timeliness>,
}

/// An answer that a later one took the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierAnswer {
    /// Whose it is.
    pub by: Name,
    /// The place of its entry.
    pub seq: u64,
    /// The day it was received.
    pub received_on: NaiveDate,
    /// The place of the later one's.
    pub replaced_by: u64,
}

/// How many took each stance. Of the answers that count, each takes one or says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stances {
    /// For it.
    pub support: usize,
    /// For it with a change.
    pub support_with_change: usize,
    /// Against it.
    pub reject: usize,
    /// Neither, with a comment.
    pub comment: usize,
    /// None, and said so.
    pub abstain: usize,
    /// Nothing said.
    pub silent: usize,
}

impl Stances {
    fn add(&mut self, stance: Option<Stance>) {
        let count = match stance {
            None => &mut self.silent,
            Some(Stance::Abstain) => &mut self.abstain,
            Some(Stance::Comment) => &mut self.comment,
            Some(Stance::Reject) => &mut self.reject,
            Some(Stance::Support) => &mut self.support,
            Some(Stance::SupportWithChange) => &mut self.support_with_change,
        };
        *count = count.saturating_add(1);
    }

    /// Returns how many took a stance.
    #[must_use]
    pub fn of(&self, stance: Stance) -> usize {
        match stance {
            Stance::Abstain => self.abstain,
            Stance::Comment => self.comment,
            Stance::Reject => self.reject,
            Stance::Support => self.support,
            Stance::SupportWithChange => self.support_with_change,
        }
    }
}

/// The stances to a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseCounts {
    /// The clause.
    pub clause: ClauseHead,
    /// Of all answers.
    pub stances: Stances,
    /// Of the answers of each group, in the order of the groups.
    pub groups: Vec<Stances>,
}

/// The answers of a group. Who belongs to several groups counts in each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupCounts {
    /// Its code; `None` for those that belong to none.
    pub code: Option<Name>,
    /// Its name, in Swedish.
    pub name: String,
    /// How many of it were asked.
    pub recipients: usize,
    /// How many answered.
    pub answered: usize,
    /// How many of these late.
    pub late: usize,
    /// Their stances to all clauses together.
    pub stances: Stances,
}

/// A comment, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommentLine {
    /// The place of the entry with the answer.
    pub answer: u64,
    /// Whose it is: a short name.
    pub by: Name,
    /// Its name.
    pub name: Name,
    /// The clause; `None` for the whole.
    pub clause: Option<ClauseHead>,
    /// The stance to the clause.
    pub stance: Option<Stance>,
    /// The words; `None` where there are none, or no longer.
    pub words: Option<String>,
    /// When the words were erased, UTC.
    pub erased_at: Option<DateTime<Utc>>,
    /// What became of it; `None` as long as it is open.
    pub stand: Option<Stand>,
}

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// The place of its entry.
    pub seq: u64,
    /// What.
    pub disposition: Disposition,
    /// Why; `None` where it was erased.
    pub reason: Option<String>,
    /// The clauses that were changed for it, by their newest numbers.
    pub changed: Vec<ClauseHead>,
}

/// A group while it is counted: its code, its name, and who is in it.
struct Group {
    code: Option<Name>,
    name: String,
    members: Vec<Name>,
}

impl Overview {
    /// Gathers what a consultation has come to.
    pub(super) async fn gather(
        office: &Office,
        store: &Store,
        round: &Round,
    ) -> Result<Self, Error> {
        let state = &round.state;
        let reading = Reading {
            newest: newest_contents(office, round),
            store,
            tally: &round.tally,
        };
        let comments = reading.lines(state, &round.contents).await?;
        let mut others = Vec::new();
        for text in round.others(store).await? {
            let (seq, version) = (text.state.seq, text.state.opened.version);
            let is_open = text.state.open_comments().next().is_some();
            if is_open || version == round.version() {
                let comments = reading.lines(&text.state, &text.contents).await?;
                others.push(OtherRound {
                    seq,
                    version,
                    comments,
                });
            }
        }
        let groups = groups(round);
        let of = |disposition: Disposition| {
            let stands = comments.iter().filter_map(|line| line.stand.as_ref());
            stands.filter(|it| it.disposition == disposition).count()
        };
        let standing: Vec<&AnswerState> = state.standing().collect();
        let counts = Counts {
            recipients: state.opened.recipients.len(),
            answered: standing.len(),
            late: standing.iter().filter(|answer| is_late(answer)).count(),
            comments: comments.len(),
            open: comments.iter().filter(|line| line.stand.is_none()).count(),
            taken_in: of(Disposition::TakenIn),
            taken_in_part: of(Disposition::TakenInPart),
            not_taken_in: of(Disposition::NotTakenIn),
        };
        let recipients = state.opened.recipients.iter().map(|recipient| {
            let answer = state.answer_of(&recipient.id);
            RecipientLine {
                recipient: recipient.clone(),
                answer: answer.map(|answer| answer.seq),
                received_on: answer.map(|answer| answer.answered.received_on),
                timeliness: answer.map(|answer| answer.timeliness),
            }
        });
        let earlier = state.answers.iter().filter_map(|answer| {
            Some(EarlierAnswer {
                by: answer.answered.by.clone(),
                seq: answer.seq,
                received_on: answer.answered.received_on,
                replaced_by: answer.replaced_by?,
            })
        });
        Ok(Self {
            agreement: round.agreement.clone(),
            agreement_name: round.bundle.agreement().name.clone(),
            version: round.version(),
            seq: state.seq,
            opens_on: state.opened.opens_on,
            answer_by: state.opened.answer_by,
            closed_on: state.closed.as_ref().map(|closed| swedish_day(closed.at)),
            edited: round.edited.clone(),
            counts,
            recipients: recipients.collect(),
            earlier: earlier.collect(),
            clauses: clause_counts(round, &groups, &standing),
            groups: groups
                .iter()
                .map(|group| group_counts(round, group, &standing))
                .collect(),
            comments,
            others,
        })
    }
}

/// What comments are read with.
struct Reading<'a> {
    newest: Vec<ClauseHead>,
    store: &'a Store,
    tally: &'a Tally,
}

impl Reading<'_> {
    /// Returns the comments of a round: what is said of the whole first, then clause by clause.
    async fn lines(
        &self,
        state: &ConsultationState,
        contents: &[ClauseHead],
    ) -> Result<Vec<CommentLine>, Error> {
        let mut lines = Vec::new();
        for comment in state.comments() {
            lines.push(self.line(state, contents, &comment).await?);
        }
        let order = |line: &CommentLine| {
            let id = line.clause.as_ref().map(|head| &head.id);
            id.map(|id| contents.iter().position(|head| head.id == *id))
        };
        lines.sort_by_key(order);
        Ok(lines)
    }

    async fn line(
        &self,
        state: &ConsultationState,
        contents: &[ClauseHead],
        comment: &Comment<'_>,
    ) -> Result<CommentLine, Error> {
        let by = &comment.answer.answered.by;
        let mut recipients = state.opened.recipients.iter();
        let recipient = recipients.find(|recipient| recipient.id == *by);
        let head_in = |heads: &[ClauseHead], id: &ClauseId| {
            let mut heads = heads.iter();
            heads.find(|head| head.id == *id).cloned()
        };
        // A clause that a later text no longer has is still known by its id.
        let bare = |id: &ClauseId| ClauseHead {
            id: id.clone(),
            number: String::new(),
            title: id.to_string(),
        };
        let stand = match comment.considered {
            None => None,
            Some(considered) => {
                let body = &considered.body;
                let changed = body.changed.iter().map(|id| {
                    let head = head_in(&self.newest, id).or_else(|| head_in(contents, id));
                    head.unwrap_or_else(|| bare(id))
                });
                Some(Stand {
                    seq: considered.seq,
                    disposition: body.disposition,
                    reason: words(self.store, Some(body.reason)).await?,
                    changed: changed.collect(),
                })
            }
        };
        let text = words(self.store, comment.words).await?;
        let erased = comment.words.filter(|_| text.is_none());
        Ok(CommentLine {
            answer: comment.answer.seq,
            by: by.clone(),
            name: recipient.map_or_else(|| by.clone(), |recipient| recipient.name.clone()),
            clause: comment
                .clause()
                .map(|id| head_in(contents, id).unwrap_or_else(|| bare(id))),
            stance: comment.about.map(|about| about.stance),
            erased_at: erased.and_then(|it| self.tally.erased_at(it.commitment)),
            words: text,
            stand,
        })
    }
}

async fn words(store: &Store, commitment: Option<Commitment>) -> Result<Option<String>, Error> {
    match commitment {
        Some(commitment) => Ok(store.words(commitment).await?),
        None => Ok(None),
    }
}

/// Returns the groups of those that were asked, in Swedish order, and those that belong to none last.
fn groups(round: &Round) -> Vec<Group> {
    let mut known: BTreeMap<Name, Group> = BTreeMap::new();
    let (mut parties, mut others) = (Vec::new(), Vec::new());
    for recipient in &round.state.opened.recipients {
        let Some(code) = &recipient.party else {
            others.push(recipient.id.clone());
            continue;
        };
        let groupings = groupings_of(round, code);
        if groupings.is_empty() {
            parties.push(recipient.id.clone());
        }
        for (code, name) in groupings {
            let group = known.entry(code.clone()).or_insert(Group {
                code: Some(code),
                name: name.to_string(),
                members: Vec::new(),
            });
            group.members.push(recipient.id.clone());
        }
    }
    let mut groups: Vec<Group> = known.into_values().collect();
    groups.sort_by(|a, b| swedish(&a.name, &b.name));
    for (name, members) in [
        ("Parter utan delregion", parties),
        ("Övriga remissinstanser", others),
    ] {
        if !members.is_empty() {
            groups.push(Group {
                code: None,
                name: name.to_owned(),
                members,
            });
        }
    }
    groups
}

fn groupings_of(round: &Round, party: &PartyCode) -> Vec<(Name, Name)> {
    let mut listed = round.bundle.parties().iter();
    let groupings = listed
        .find(|known| known.code == *party)
        .map(|known| known.groupings.as_slice());
    let pair = |group: &crate::template::ListedGrouping| (group.code.clone(), group.name.clone());
    groupings.unwrap_or_default().iter().map(pair).collect()
}

fn clause_counts(round: &Round, groups: &[Group], standing: &[&AnswerState]) -> Vec<ClauseCounts> {
    let count = |head: &ClauseHead| {
        let mut counts = ClauseCounts {
            clause: head.clone(),
            stances: Stances::default(),
            groups: vec![Stances::default(); groups.len()],
        };
        for answer in standing {
            let stance = answer.stance(&head.id);
            counts.stances.add(stance);
            for (group, stances) in groups.iter().zip(&mut counts.groups) {
                if group.members.contains(&answer.answered.by) {
                    stances.add(stance);
                }
            }
        }
        counts
    };
    round.contents.iter().map(count).collect()
}

fn group_counts(round: &Round, group: &Group, standing: &[&AnswerState]) -> GroupCounts {
    let is_of = |answer: &&&AnswerState| group.members.contains(&answer.answered.by);
    let mut stances = Stances::default();
    for answer in standing.iter().filter(is_of) {
        for head in &round.contents {
            stances.add(answer.stance(&head.id));
        }
    }
    let late = |answer: &&&AnswerState| is_late(answer);
    GroupCounts {
        code: group.code.clone(),
        name: group.name.clone(),
        recipients: group.members.len(),
        answered: standing.iter().filter(is_of).count(),
        late: standing.iter().filter(is_of).filter(late).count(),
        stances,
    }
}

fn is_late(answer: &AnswerState) -> bool {
    answer.timeliness != Timeliness::InTime
}
