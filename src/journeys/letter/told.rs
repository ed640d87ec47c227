//! Letters that tell how the agreement stands: that a notice came, that it is prolonged, that it ends.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::act::Member;
use super::super::notice::{effect, entered, notices};
use super::base::Base;
use super::{LeftOut, LetterError, Told};
use crate::agreement::PartyCode;
use crate::calendar::{Cause, Follows, Period, Row, State, Stretch, swedish_time};
use crate::journeys::Error;

/// The notice that is acknowledged.
pub(super) struct Chosen {
    /// The place of its entry.
    pub(super) entry: u64,
    /// Who gave it.
    pub(super) giver: PartyCode,
    // Which of the version's notices, counted from 0.
    index: usize,
    // Whether it ends anything by itself.
    ends: bool,
}

impl Chosen {
    /// Chooses the notice that was asked for, else the only one.
    pub(super) fn find(base: &Base, asked: Option<u64>) -> Result<Self, Error> {
        let subject = &base.case.subject;
        let (agreement, version) = (subject.agreement.clone(), subject.manifest.version);
        let given = notices(&base.case);
        let known: Vec<u64> = given.iter().map(|it| it.seq).collect();
        let index = match (asked, known.as_slice()) {
            (_, []) => return Err(LetterError::NoNotice { agreement, version }.into()),
            (None, [_]) => 0,
            (None, _) => {
                return Err(LetterError::SeveralNotices {
                    agreement,
                    entries: known,
                }
                .into());
            }
            (Some(entry), _) => match known.iter().position(|seq| *seq == entry) {
                Some(index) => index,
                None => {
                    return Err(LetterError::UnknownNotice {
                        agreement,
                        entry,
                        known,
                        version,
                    }
                    .into());
                }
            },
        };
        let own = entered(&base.case).into_iter().nth(index);
        let alone = effect(&base.case, own.as_slice()).map_err(Error::from)?;
        let Some(given) = given.get(index) else {
            return Err(LetterError::NoNotice { agreement, version }.into());
        };
        Ok(Self {
            entry: given.seq,
            giver: given.body.party.clone(),
            index,
            ends: alone.ends_anything(),
        })
    }
}

/// Returns what an acknowledgement says, to the giver or to another party.
pub(super) fn acknowledgement(
    base: &Base,
    chosen: &Chosen,
    member: &Member,
) -> Result<Told, LetterError> {
    let effect = base.effect()?;
    let given = notices(&base.case).get(chosen.index);
    let reach = effect.outcome.notices.get(chosen.index);
    let Some((given, reach)) = given.zip(reach) else {
        return Ok(Told::LeftOut(LeftOut::GoesOn));
    };
    let given = &given.body;
    let days = reach
        .period
        .and_then(|period| effect.schedule.notice_days(&period));
    let ends_on = effect.last_day_of(&member.code);
    let next = match ends_on {
        Some(_) => None,
        None => effect.schedule.next_notice(base.case.today),
    };
    let time = given.received_at.map(swedish_time);
    let time = time.and_then(|time| Some(time.get(TIME)?.to_owned()));
    let term = base.case.subject.manifest.term;
    let ended = ended(base, member, |_| true);
    Ok(Told::Letter(json!({
        "enclosures": [],
        "ended": ended,
        "ends_on": ends_on,
        "goes_on": goes_on(base),
        "is_giver": given.party == member.code,
        "is_said": effect.rule.is_said,
        "is_common": effect.rule.copies_with.as_ref() == Some(&member.code),
        "next_notice": next.map(|next| json!({
            "plain": next.days.plain,
            "cautious": next.days.cautious,
            "period_end": next.period.days.last_day(),
        })),
        "notice": {
            "by": base.name_of(&given.party),
            "to": given.to.as_ref().map(|to| base.name_of(to)),
            "dated": given.dated,
            "received_on": given.received_on,
            "received_at": time,
            "way": given.way,
            "ends": chosen.ends,
            "is_doubtful": reach.is_doubtful,
            "is_late_said": term.is_some_and(|term| term.late_notice.is_some()),
            "late": reach.missed.map(|missed| json!({
                "cautious": effect.schedule.notice_days(&missed.period).map(|it| it.cautious),
                "days": missed.days_late,
                "last_day": missed.last_day,
                "period_end": missed.period.days.last_day(),
            })),
            "period": reach.period.map(period),
            "last_day": days.map(|days| json!({
                "plain": days.plain,
                "cautious": days.cautious,
                "is_past": days.plain < base.case.today,
            })),
        },
    })))
}

/// Returns what the letter of a prolongation says.
pub(super) fn prolongation(base: &Base, member: &Member) -> Result<Told, LetterError> {
    let effect = base.effect()?;
    let today = base.case.today;
    let standing = effect.schedule.standing(today, effect.ended_on());
    let prolonged = match standing.follows {
        Follows::Prolonged { next } => next,
        _ if standing.period.number > 1 && standing.state != State::Ended => standing.period,
        _ => {
            let subject = &base.case.subject;
            return Err(LetterError::NotProlonged {
                agreement: subject.agreement.clone(),
                last_day_for_notice: standing.next_notice.map(|next| next.days.plain),
                version: subject.manifest.version,
            });
        }
    };
    let (first_day, last_day) = (prolonged.days.first_day(), prolonged.days.last_day());
    let ends_on = effect.last_day_of(&member.code);
    if ends_on.is_some_and(|day| day < first_day) {
        return Ok(Told::LeftOut(LeftOut::Ended));
    }
    let following = effect.schedule.period(prolonged.number.saturating_add(1));
    let days = effect.schedule.notice_days(&prolonged);
    Ok(Told::Letter(json!({
        "enclosures": [],
        "ended": ended(base, member, |day| day < first_day),
        "leaving": ended(base, member, |day| day >= first_day),
        "ends_on": ends_on,
        "has_begun": first_day <= today,
        "is_common": effect.rule.copies_with.as_ref() == Some(&member.code),
        "next_notice": days.filter(|_| following.is_some() && ends_on.is_none()).map(|days| json!({
            "plain": days.plain,
            "cautious": days.cautious,
        })),
        "period": period(prolonged),
        "before": first_day.pred_opt(),
        "following": following.map(period),
        "is_last": following.is_none() || ends_on == Some(last_day),
    })))
}

/// Returns what the letter of an ending says.
pub(super) fn ending(base: &Base, member: &Member) -> Result<Told, LetterError> {
    let effect = base.effect()?;
    let today = base.case.today;
    let standing = effect.schedule.standing(today, effect.ended_on());
    let by_itself = match standing.follows {
        Follows::Ends { last_day } => Some(last_day),
        Follows::Prolonged { .. } | Follows::ProlongedWithoutNotice { .. } => None,
    };
    let subject = &base.case.subject;
    if by_itself.is_none() && !effect.ends_anything() {
        return Err(LetterError::DoesNotEnd {
            agreement: subject.agreement.clone(),
            version: subject.manifest.version,
        });
    }
    let by_notice = effect.last_day_of(&member.code);
    let ends_on = by_notice.or(by_itself);
    let is_common = effect.rule.copies_with.as_ref() == Some(&member.code);
    // A bilateral copy is between two: the others have no part in its end.
    let has_part = effect.rule.copies_with.is_none() || is_common;
    let ended = if has_part {
        ended(base, member, |_| true)
    } else {
        Vec::new()
    };
    if ends_on.is_none() && ended.is_empty() {
        return Ok(Told::LeftOut(LeftOut::GoesOn));
    }
    let cause = row_of(base, &member.code).and_then(|row| row.cause);
    let notice = match cause {
        Some(Cause::Notice { index }) if by_notice.is_some() => notices(&base.case).get(index),
        _ => None,
    };
    let successor = base.successor.as_ref();
    Ok(Told::Letter(json!({
        "enclosures": [],
        "ended": ended,
        "ends_on": ends_on,
        "goes_on": goes_on(base),
        "free_on": ends_on.and_then(|day| day.succ_opt()),
        "has_ended": ends_on.is_some_and(|day| day < today),
        "is_common": is_common,
        "is_left_alone": cause == Some(Cause::LeftAlone),
        "notice": notice.map(|notice| json!({
            "by": base.name_of(&notice.body.party),
            "is_own": notice.body.party == member.code,
            "received_on": notice.body.received_on,
        })),
        "successor": successor.map(|(number, start)| json!({
            "number": number,
            "start": start,
        })),
        "with": effect.rule.copies_with.as_ref().filter(|_| !is_common)
            .map(|with| base.name_of(with)),
    })))
}

fn period(period: Period) -> Value {
    let days: Stretch = period.days;
    json!({
        "number": period.number,
        "first_day": days.first_day(),
        "last_day": days.last_day(),
    })
}

/// Returns for whom it ends besides a party, on days for which something holds.
fn ended(base: &Base, member: &Member, holds: impl Fn(NaiveDate) -> bool) -> Vec<Value> {
    let others = ended_rows(base).filter(|(row, _)| row.party != member.code);
    others
        .filter(|(_, last_day)| holds(*last_day))
        .map(|(row, last_day)| {
            json!({
                "name": base.name_of(&row.party),
                "last_day": last_day,
                "is_left_alone": row.cause == Some(Cause::LeftAlone),
            })
        })
        .collect()
}

/// Returns for how many parties, or bilateral copies, it goes on.
fn goes_on(base: &Base) -> usize {
    let rows = base.effect.iter().flat_map(|effect| &effect.outcome.rows);
    rows.filter(|row| row.last_day.is_none()).count()
}

fn ended_rows(base: &Base) -> impl Iterator<Item = (&Row, NaiveDate)> {
    let rows = base.effect.iter().flat_map(|effect| &effect.outcome.rows);
    rows.filter_map(|row| Some((row, row.last_day?)))
}

fn row_of<'a>(base: &'a Base, party: &PartyCode) -> Option<&'a Row> {
    let mut rows = base.effect.as_ref()?.outcome.rows.iter();
    rows.find(|row| row.party == *party)
}

/// Hours and minutes in a Swedish time.
const TIME: std::ops::Range<usize> = 11..16;
