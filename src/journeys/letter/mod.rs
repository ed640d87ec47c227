//! Letter: writes letters of one kind to parties, as PDF and as plain text for e-mail, and enters which went out.
//!
//! The words are the office's own, in templates/letters/. What they say of an agreement is reckoned from the
//! register each time; nothing is entered before every letter was written.

mod asked;
mod base;
mod error;
mod told;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::act::{About, Member};
use super::generate::slug;
use super::out::write_letter;
use super::press::Press;
use super::{Error, Office};
use crate::agreement::{AgreementId, Name, PartyCode, Sha256, VersionNumber};
use crate::register::{Addressed, Event, LetterKind, Lettered, PartyState};
use crate::store::{Draft, Store, probe_writable, write_file};

use base::{Base, answers};
pub use error::LetterError;
use told::Chosen;

/// Which letters are to be written.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement and version.
    pub about: About,
    /// Whether letters that are entered already are entered once more.
    pub again: bool,
    /// The last day to answer; else that of the version's consultation, where there is one.
    pub answer_by: Option<NaiveDate>,
    /// What else comes with them, besides what the kind brings.
    pub enclosures: Vec<Name>,
    /// What they are for.
    pub kind: LetterKind,
    /// Which notice is acknowledged, by its entry; the only one where it is not said.
    pub notice: Option<u64>,
    /// Only to parties that are not complete.
    pub only_missing: bool,
    /// Where they go; `out/` of the office if not said.
    pub out: Option<PathBuf>,
    /// Only to these parties; to all if empty.
    pub parties: Vec<PartyCode>,
    /// Whether they are only looked at: stamped, and entered nowhere.
    pub preview: bool,
}

/// Letters that were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letters {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// What they are for.
    pub letter: LetterKind,
    /// Whether they say who answers questions, as agreement.toml names it.
    pub has_contact: bool,
    /// Whether they are only to be looked at.
    pub preview: bool,
    /// The folder that they lie in.
    pub folder: PathBuf,
    /// Each letter, in list order.
    pub letters: Vec<Letter>,
    /// Who gets none, and why, in list order.
    pub left_out: Vec<LeftOutLine>,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// To whom.
    pub party: PartyCode,
    /// The party's name.
    pub party_name: String,
    /// The PDF.
    pub pdf: PathBuf,
    /// The plain text.
    pub text: PathBuf,
    /// Digest of the PDF.
    pub sha256: Sha256,
    /// The place of the entry that has the same letter already.
    pub known_in: Option<u64>,
}

/// A party that gets no letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutLine {
    /// The party.
    pub party: PartyCode,
    /// Why.
    pub why: LeftOut,
}

/// Why a party gets no letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Nothing is missing from it.
    Complete,
    /// It said no, or took back what it had said.
    Declined,
    /// The agreement ends for it before.
    Ended,
    /// The agreement goes on for it.
    GoesOn,
    /// No copy was issued for it.
    NoCopy,
    /// The version does not bind it: it declined, something is missing, or a later version binds it.
    NotBound,
    /// What is missing is for the office to do.
    OfficeActs,
}

/// What a party is told.
enum Told {
    LeftOut(LeftOut),
    // What the template prints besides what is common to all.
    Letter(Value),
}

/// Writes letters and enters them; the same letter is entered once.
///
/// `progress` is told how many of how many letters are typeset.
///
/// # Errors
/// [`Error`]; nothing is entered then.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Letters, Error> {
    let mut store = office.read_store().await?;
    let mut plan = Plan::make(office, store.as_mut(), request).await?;
    drop(store);
    let folder = plan.folder(office, request);
    if plan.contexts.is_empty() {
        return Ok(plan.letters(folder, request));
    }
    probe_writable(&folder)?;
    let mut typeset = plan.typeset(office, request.kind, progress).await?;
    if request.preview {
        plan.mark_known(request, &typeset);
        plan.write_preview(&typeset)?;
        return Ok(plan.letters(folder, request));
    }
    let mut store = office.write_store().await?;
    let again = Plan::make(office, Some(&mut store), request).await?;
    if again.contexts != plan.contexts {
        // Something was entered meanwhile that the letters tell of.
        typeset = again.typeset(office, request.kind, progress).await?;
    }
    plan = again;
    // Midnight may have passed, and the folder bears the day.
    let folder = plan.folder(office, request);
    probe_writable(&folder)?;
    plan.mark_known(request, &typeset);
    plan.write(&folder, &typeset)?;
    plan.seq = plan.enter(office, &mut store, request, &typeset).await?;
    drop(store);
    Ok(plan.letters(folder, request))
}

/// Letters that may be written.
struct Plan {
    base: Base,
    // What each letter says, in list order.
    contexts: Vec<Value>,
    letters: Vec<Letter>,
    left_out: Vec<LeftOutLine>,
    // The entry of the notice that is acknowledged.
    notice: Option<u64>,
    seq: Option<u64>,
}

/// A letter as PDF and as plain text.
type Typeset = (Vec<u8>, Vec<u8>);

impl Plan {
    async fn make(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        check_options(request)?;
        let base = Base::gather(office, store, request).await?;
        let today = base.case.today;
        // That of an open consultation passes as well.
        if let Some(day) = base.answer_by.filter(|day| *day < today) {
            return Err(LetterError::AnswerDay { day, today }.into());
        }
        for party in &request.parties {
            base.case.member(party)?;
        }
        let chosen = match request.kind {
            LetterKind::Acknowledgement => Some(Chosen::find(&base, request.notice)?),
            _ => None,
        };
        let mut plan = Self {
            notice: chosen.as_ref().map(|chosen| chosen.entry),
            base,
            contexts: Vec::new(),
            letters: Vec::new(),
            left_out: Vec::new(),
            seq: None,
        };
        let folder = plan.folder(office, request);
        let is_chosen =
            |member: &&Member| request.parties.is_empty() || request.parties.contains(&member.code);
        for member in plan.base.case.subject.parties.iter().filter(is_chosen) {
            let told = match is_left_out(&plan.base, request, member)? {
                Some(why) => Told::LeftOut(why),
                None => {
                    let told = plan.tell(request.kind, chosen.as_ref(), member)?;
                    if plan.base.concerns(request.kind, chosen.as_ref(), member) {
                        told
                    } else {
                        Told::LeftOut(LeftOut::NotBound)
                    }
                }
            };
            let own = match told {
                Told::Letter(own) => own,
                Told::LeftOut(why) => {
                    let party = member.code.clone();
                    plan.left_out.push(LeftOutLine { party, why });
                    continue;
                }
            };
            plan.contexts.push(plan.context(request, member, own));
            let name = slug(&plan.base.short_name_of(&member.code));
            let file = |end: &str| folder.join(format!("{}-{name}.{end}", member.code));
            plan.letters.push(Letter {
                party: member.code.clone(),
                party_name: member.name.clone(),
                pdf: file("pdf"),
                text: file("txt"),
                sha256: Sha256::of(&[]),
                known_in: None,
            });
        }
        Ok(plan)
    }

    fn tell(
        &self,
        kind: LetterKind,
        chosen: Option<&Chosen>,
        member: &Member,
    ) -> Result<Told, Error> {
        let base = &self.base;
        Ok(match (kind, chosen) {
            (LetterKind::Acknowledgement, Some(chosen)) => {
                told::acknowledgement(base, chosen, member)?
            }
            (LetterKind::Acknowledgement, None) => Told::LeftOut(LeftOut::GoesOn),
            (LetterKind::Ending, _) => told::ending(base, member)?,
            (LetterKind::Missive, _) => asked::missive(base)?,
            (LetterKind::Prolongation, _) => told::prolongation(base, member)?,
            (LetterKind::Reminder, _) => asked::reminder(base, member)?,
            (LetterKind::Sending, _) => asked::sending(base, member),
        })
    }

    /// Returns everything that a letter may print.
    fn context(&self, request: &Request, member: &Member, own: Value) -> Value {
        let mut context = self.base.common(member, request.preview);
        if let Value::Object(own) = own {
            context.extend(own);
        }
        let more = request.enclosures.iter().map(|it| Value::from(it.as_str()));
        if let Some(Value::Array(enclosures)) = context.get_mut("enclosures") {
            enclosures.extend(more);
        }
        Value::Object(context)
    }

    /// Returns the folder for the letters.
    fn folder(&self, office: &Office, request: &Request) -> PathBuf {
        let subject = &self.base.case.subject;
        let (kind, version) = (request.kind.as_str(), subject.manifest.version);
        let name = if request.preview {
            format!("{PREVIEW}-{kind}-{version}")
        } else {
            format!("{kind}-{version}-{}", self.base.case.today)
        };
        // What is told of one notice does not lie where another's is.
        let name = match self.notice {
            Some(entry) => format!("{name}-{entry}"),
            None => name,
        };
        let out = request.out.clone().unwrap_or_else(|| office.out());
        out.join(subject.agreement.as_str())
            .join("letters")
            .join(name)
    }

    /// Typesets all letters; they come back in their order.
    async fn typeset(
        &self,
        office: &Office,
        kind: LetterKind,
        progress: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<Vec<Typeset>, Error> {
        let of = self.contexts.len();
        progress(0, of);
        let mut done: Vec<Option<Typeset>> = vec![None; of];
        let mut count = 0_usize;
        let mut press = Press::mail(office, kind, self.contexts.clone(), self.base.case.today)?;
        while let Some(finished) = press.next().await? {
            let mut parts = finished.parts.into_iter();
            let (Some(pdf), Some(text)) = (parts.next(), parts.next()) else {
                return Err(Error::Unanswered);
            };
            if let Some(place) = done.get_mut(finished.job) {
                *place = Some((pdf, text));
            }
            count = count.saturating_add(1);
            progress(count, of);
        }
        let done: Option<Vec<Typeset>> = done.into_iter().collect();
        done.ok_or(Error::Unanswered)
    }

    /// Finds the entries that have the same letters already.
    fn mark_known(&mut self, request: &Request, typeset: &[Typeset]) {
        for (letter, (pdf, _)) in self.letters.iter_mut().zip(typeset) {
            letter.sha256 = Sha256::of(pdf);
            let mut sent = self.base.sent.iter().rev();
            let known = sent.find(|known| {
                known.kind == request.kind
                    && known.party == letter.party
                    && known.pdf == letter.sha256
            });
            letter.known_in = known.map(|known| known.seq);
        }
    }

    /// Keeps the letters and enters which went out.
    async fn enter(
        &self,
        office: &Office,
        store: &mut Store,
        request: &Request,
        typeset: &[Typeset],
    ) -> Result<Option<u64>, Error> {
        let mut to = Vec::new();
        for (letter, (pdf, _)) in self.letters.iter().zip(typeset) {
            if letter.known_in.is_none() || request.again {
                store.documents.put(pdf.clone()).await?;
                to.push(Addressed {
                    party: letter.party.clone(),
                    pdf: letter.sha256,
                });
            }
        }
        if to.is_empty() {
            return Ok(None);
        }
        let subject = &self.base.case.subject;
        let draft = Draft {
            actor: office.actor.clone(),
            agreement: Some(subject.agreement.clone()),
            event: Event::Lettered(Lettered {
                letter: request.kind,
                to,
                version: subject.manifest.version,
            }),
        };
        let entered = store.records.append(vec![draft]).await?;
        Ok(entered.first().map(|entry| entry.seq))
    }

    /// Writes letters to look at over those that were looked at before.
    fn write_preview(&self, typeset: &[Typeset]) -> Result<(), Error> {
        for (letter, (pdf, text)) in self.letters.iter().zip(typeset) {
            write_file(&letter.pdf, pdf)?;
            write_file(&letter.text, text)?;
        }
        Ok(())
    }

    fn write(&self, folder: &Path, typeset: &[Typeset]) -> Result<(), Error> {
        for (letter, (pdf, text)) in self.letters.iter().zip(typeset) {
            write_letter(folder, &letter.pdf, pdf)?;
            write_letter(folder, &letter.text, text)?;
        }
        Ok(())
    }

    fn letters(self, folder: PathBuf, request: &Request) -> Letters {
        let subject = self.base.case.subject;
        Letters {
            seq: self.seq,
            agreement: subject.agreement,
            version: subject.manifest.version,
            letter: request.kind,
            has_contact: subject.family.contact.is_some(),
            preview: request.preview,
            folder,
            letters: self.letters,
            left_out: self.left_out,
        }
    }
}

/// Refuses options that mean nothing for the kind of letter.
fn check_options(request: &Request) -> Result<(), LetterError> {
    let kind = request.kind;
    let option = match request {
        Request {
            notice: Some(_), ..
        } if kind != LetterKind::Acknowledgement => "--notice",
        Request {
            answer_by: Some(_), ..
        } if !answers(kind) => "--answer-by",
        _ => return Ok(()),
    };
    Err(LetterError::Option { kind, option })
}

/// Tells why a party is left out whatever the letter says, if it is.
fn is_left_out(
    base: &Base,
    request: &Request,
    member: &Member,
) -> Result<Option<LeftOut>, LetterError> {
    if !request.only_missing {
        return Ok(None);
    }
    let subject = &base.case.subject;
    if base.progress.is_empty() {
        return Err(LetterError::NotPublished {
            agreement: subject.agreement.clone(),
            version: subject.manifest.version,
        });
    }
    let progress = base.progress_of(&member.code);
    let is_complete = progress.is_none_or(|it| it.state == PartyState::Complete);
    Ok(is_complete.then_some(LeftOut::Complete))
}

/// What the folder of letters begins with that are only looked at.
const PREVIEW: &str = "förhandsvisning";
