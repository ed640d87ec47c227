//! Receive: files that came back are judged, kept under their digests and entered.
//!
//! What is entered counts only as the verdict says. A file whose every signature counts becomes its
//! copy's newest head; one that an officer has to say something of waits.

use std::path::PathBuf;

use chrono::SubsecRound as _;
use serde::Serialize;
use sha2::Digest as _;

use super::handed_in::{Content, HandedIn, is_pdf};
use super::out::{SUMS, folder_name, write_missing, write_sums};
use super::{Error, Office, authority, judge};
use crate::agreement::{CopyId, Level, SeatId, Sha256};
use crate::outside::now;
use crate::pdf;
use crate::register::{
    Arrival, CopyState, Event, Head, Judgement, Received, ReceivedPlace, ReceivedSeat, Standing,
    Tally,
};
use crate::store::{Draft, Store, is_file};
use crate::validation::{Indication, Integrity, SignatureVerdict, Verdict};

/// What is to be received.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files, folders of them, and zips.
    pub paths: Vec<PathBuf>,
    /// Whether nothing is stored and entered.
    pub dry_run: bool,
    /// Whether evidence that a file lacks is asked for, of the machines that the settings name.
    pub may_fetch: bool,
    /// Whether files are kept too that are no lawful state of a copy.
    pub keep_bad: bool,
}

/// What was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Each file, in the order in which they were found.
    pub files: Vec<FileLine>,
    /// How many files in folders and zips were passed over, as they are neither PDF nor zip.
    pub passed_over: usize,
    /// Files in out/ that bore a copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// Its path; of a file in a zip the zip's, a colon, and the path in it.
    pub name: String,
    /// Its SHA-256; `None` where it could not be read.
    pub sha256: Option<Sha256>,
    /// What became of it.
    pub outcome: Outcome,
    /// The copy that it is a state of.
    pub copy: Option<CopyId>,
    /// Where it stands among the copy's known states.
    pub place: Option<ReceivedPlace>,
    /// The signed seats, in print order.
    pub seats: Vec<SeatLine>,
    /// The verdict; `None` for a file that was not judged.
    pub verdict: Option<Verdict>,
}

/// A signed seat of a received file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatLine {
    /// The seat.
    pub seat: SeatId,
    /// Whose certificate it is, as the certificate says.
    pub name: String,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// Whether the signature counts.
    pub standing: Standing,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Outcome {
    /// It is stored and entered.
    Entered {
        /// The place of its entry.
        seq: u64,
    },
    /// It was entered before, and is judged as it was then.
    KnownBefore {
        /// The place of that entry.
        seq: u64,
    },
    /// It is no PDF.
    NoPdf,
    /// It is no lawful state of a copy, and is not stored.
    NotKept,
    /// It looks like a paper that was signed by hand and scanned, and is not stored.
    Scanned,
    /// It could not be read or judged.
    Unreadable {
        /// Why.
        problem: String,
    },
    /// It would be stored and entered.
    WouldEnter,
}

impl Summary {
    /// Tells whether every file passed in full.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.files.iter().all(|file| {
            let conclusion = file.verdict.as_ref().map(|verdict| verdict.conclusion);
            conclusion.is_some_and(|found| found.indication == Indication::TotalPassed)
        })
    }

    /// Tells whether every file could be looked at.
    #[must_use]
    pub fn could_look(&self) -> bool {
        let is_unread = |file: &FileLine| matches!(file.outcome, Outcome::Unreadable { .. });
        !self.files.iter().any(is_unread)
    }
}

/// Receives files one after the other; one that is bad or cannot be read does not stop the others.
///
/// `progress` is told how many files are done, of how many.
///
/// # Errors
/// [`Error`] when the office cannot be read or written: what was entered until then stays so.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut impl FnMut(usize, usize),
) -> Result<Summary, Error> {
    let mut summary = Summary {
        files: Vec::new(),
        passed_over: 0,
        moved: Vec::new(),
    };
    let handed_in = HandedIn::find(&request.paths);
    summary.passed_over = handed_in.passed_over;
    for (name, problem) in handed_in.unreadable {
        let name = name.display().to_string();
        summary
            .files
            .push(FileLine::unreadable(name, problem.to_string()));
    }
    let of = handed_in.found.len();
    for (done, found) in handed_in.found.into_iter().enumerate() {
        progress(done, of);
        match found.read() {
            Ok(Content::File(bytes)) => {
                receive(
                    office,
                    request,
                    &mut summary,
                    found.name(),
                    bytes,
                    Arrival::File,
                )
                .await?;
            }
            Ok(Content::Zip(members)) => {
                for (path, bytes) in members {
                    let name = format!("{}:{path}", found.name());
                    receive(office, request, &mut summary, name, bytes, Arrival::Zip).await?;
                }
            }
            Err(problem) => summary
                .files
                .push(FileLine::unreadable(found.name(), problem.to_string())),
        }
    }
    progress(of, of);
    Ok(summary)
}

async fn receive(
    office: &Office,
    request: &Request,
    summary: &mut Summary,
    name: String,
    bytes: Vec<u8>,
    arrival: Arrival,
) -> Result<(), Error> {
    let sha256 = Sha256::of(&bytes);
    let mut line = FileLine {
        name,
        sha256: Some(sha256),
        outcome: Outcome::NotKept,
        copy: None,
        place: None,
        seats: Vec::new(),
        verdict: None,
    };
    if !is_pdf(&bytes) {
        line.outcome = Outcome::NoPdf;
        summary.files.push(line);
        return Ok(());
    }
    let verdict = judge::judge_file(office, &bytes, now(), request.may_fetch).await?;
    let is_lawful = is_lawful(&verdict);
    if verdict.integrity == Integrity::NoSignature
        && !is_lawful
        && pdf::is_image_only(&bytes).unwrap_or(false)
    {
        line.outcome = Outcome::Scanned;
    } else if is_lawful || request.keep_bad {
        let file = File {
            bytes,
            sha256,
            arrival,
            is_lawful,
        };
        enter(office, request, summary, &mut line, &verdict, file).await?;
    }
    line.verdict = Some(verdict);
    summary.files.push(line);
    Ok(())
}

/// Tells whether a verdict is that of a lawful state of one of the office's copies.
///
/// A copy may come back unsigned, or with nothing but what this office put into it.
fn is_lawful(verdict: &Verdict) -> bool {
    use crate::validation::IdentityAnswer::{
        Forked, Newer, Newest, NotAsked, OlderThanKnown, OtherBase, Unknown,
    };
    let is_whole = match verdict.integrity {
        Integrity::Ok => true,
        // Without a signature only the very bytes that the office knows are lawful.
        Integrity::NoSignature => matches!(verdict.identity.answer, Newest | OlderThanKnown),
        Integrity::Broken | Integrity::Modified | Integrity::ParseError => false,
    };
    let is_ours = match verdict.identity.answer {
        Forked | Newer | Newest | OlderThanKnown => verdict.identity.copy.is_some(),
        NotAsked | OtherBase | Unknown => false,
    };
    is_whole && is_ours
}

/// A file that may be kept.
struct File {
    bytes: Vec<u8>,
    sha256: Sha256,
    arrival: Arrival,
    is_lawful: bool,
}

/// Stores and enters a file, in one hold of the office, unless it was entered before.
async fn enter(
    office: &Office,
    request: &Request,
    summary: &mut Summary,
    line: &mut FileLine,
    verdict: &Verdict,
    file: File,
) -> Result<(), Error> {
    let mut store = if request.dry_run {
        match office.read_store().await? {
            Some(store) => store,
            None => return Ok(()),
        }
    } else {
        office.write_store().await?
    };
    let tally = Tally::fold(&store.records.entries(None).await?);
    let copy = verdict.identity.copy.as_ref().filter(|_| file.is_lawful);
    let copy = copy.and_then(|copy| tally.copies.get(copy));
    let (place, follows) = match copy {
        Some(copy) => place(&store, copy, &file).await?,
        None => (ReceivedPlace::Foreign, None),
    };
    let seats = copy.map(|copy| seats(verdict, copy)).unwrap_or_default();
    line.copy = copy.map(|copy| copy.issued.copy.clone());
    line.place = Some(place);
    line.seats = seats.iter().map(|(_, shown)| shown.clone()).collect();
    let mut received = Received {
        arrival: file.arrival,
        conclusion: judgement(verdict),
        copy: line.copy.clone(),
        file: file.sha256,
        follows,
        place,
        seats: seats.into_iter().map(|(entered, _)| entered).collect(),
        size_bytes: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
        verdict: Sha256::of(&[]),
    };
    let same = |known: &&crate::register::ReceivedFile| known.received.seats == received.seats;
    let newest = tally.received(file.sha256).max_by_key(|known| known.seq);
    if let Some(known) = newest.filter(same) {
        line.outcome = Outcome::KnownBefore { seq: known.seq };
        // Whoever entered it may have been stopped before the readable file followed.
        if let Some(copy) = copy.filter(|copy| !request.dry_run && copy.is_live()) {
            let moved = write_newest(office, &store, &tally, copy).await?;
            summary.moved.extend(moved);
        }
        return Ok(());
    }
    if request.dry_run {
        line.outcome = Outcome::WouldEnter;
        return Ok(());
    }
    // Documents first: no entry names one that was not written.
    store.documents.put(file.bytes).await?;
    received.verdict = store.documents.put(serde_json::to_vec(verdict)?).await?;
    let draft = Draft {
        actor: office.actor.clone(),
        agreement: copy.map(|copy| copy.agreement.clone()),
        event: Event::Received(received),
    };
    let entered = store.records.append(vec![draft]).await?;
    if let Some(entry) = entered.first() {
        line.outcome = Outcome::Entered { seq: entry.seq };
    }
    if let Some(copy) = copy {
        summary
            .moved
            .extend(refresh(office, &mut store, copy).await?);
    }
    Ok(())
}

/// Writes the newest head of a copy to out/, where its version's copies lie.
///
/// Returns files that bore its name and were something else, where they lie now.
pub(super) async fn refresh(
    office: &Office,
    store: &mut Store,
    before: &CopyState,
) -> Result<Vec<PathBuf>, Error> {
    let agreement = &before.agreement;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    let after = tally.copies.get(&before.issued.copy);
    let Some(after) = after.filter(|after| after.is_live() && after.head() != before.head()) else {
        return Ok(Vec::new());
    };
    write_newest(office, store, &tally, after).await
}

/// Writes the newest head of a copy to out/ as [`refresh`] does, whether or not it is new.
async fn write_newest(
    office: &Office,
    store: &Store,
    tally: &Tally,
    copy: &CopyState,
) -> Result<Vec<PathBuf>, Error> {
    let (agreement, version, form) = (&copy.agreement, copy.issued.version, copy.issued.form);
    let folder = office.out().join(folder_name(agreement, version, form));
    if !is_file(&folder.join(SUMS)) {
        return Ok(Vec::new());
    }
    let written = write_missing(store, &folder, std::slice::from_ref(copy)).await?;
    write_sums(&folder, tally, agreement, version, form)?;
    Ok(written.moved)
}

/// Tells where a file stands among a copy's known states, and the latest one that it goes on from.
async fn place(
    store: &Store,
    copy: &CopyState,
    file: &File,
) -> Result<(ReceivedPlace, Option<Sha256>), Error> {
    let states: Vec<Head> = copy.states().collect();
    let is_tip = |digest| states.iter().all(|state| state.follows != Some(digest));
    let known = |digest| states.iter().find(|state| state.digest == digest);
    if known(file.sha256).is_some() {
        let place = if is_tip(file.sha256) {
            ReceivedPlace::Same
        } else {
            ReceivedPlace::Earlier
        };
        return Ok((place, None));
    }
    // A state that lies inside a longer one was passed over when that one came.
    for state in &states {
        let is_longer =
            usize::try_from(state.size_bytes).is_ok_and(|size_bytes| size_bytes > file.bytes.len());
        if is_longer
            && is_tip(state.digest)
            && store
                .documents
                .get(state.digest)
                .await?
                .starts_with(&file.bytes)
        {
            return Ok((ReceivedPlace::Earlier, None));
        }
    }
    Ok(match longest_start(&file.bytes, &states) {
        Some(follows) if is_tip(follows) => (ReceivedPlace::Newer, Some(follows)),
        Some(follows) => (ReceivedPlace::Fork, Some(follows)),
        None => (ReceivedPlace::Foreign, None),
    })
}

/// Returns the longest of the states that a file begins with. The file is hashed once.
fn longest_start(bytes: &[u8], states: &[Head]) -> Option<Sha256> {
    let mut by_size: Vec<(usize, Sha256)> = states
        .iter()
        .filter_map(|state| Some((usize::try_from(state.size_bytes).ok()?, state.digest)))
        .collect();
    by_size.sort_unstable();
    let mut longest = None;
    let mut hash = sha2::Sha256::new();
    let mut hashed = 0;
    for (size_bytes, digest) in by_size {
        let Some(next) = bytes.get(hashed..size_bytes) else {
            break;
        };
        hash.update(next);
        hashed = size_bytes;
        if Sha256::from_state(hash.clone()) == digest {
            longest = Some(digest);
        }
    }
    longest
}

/// Returns the signed seats of a copy in print order, as they are entered and as they are shown.
fn seats(verdict: &Verdict, copy: &CopyState) -> Vec<(ReceivedSeat, SeatLine)> {
    let mut seats = Vec::new();
    for seat in &copy.issued.seats {
        for signature in &verdict.signatures {
            let (Some(signatory), Some(certificate)) =
                (&signature.signatory, &signature.certificate)
            else {
                continue;
            };
            if signatory.seat != *seat {
                continue;
            }
            let standing = standing(signature);
            let stamped_at = signature.proven_at.filter(|_| signature.is_time_proven);
            // As entries have it, so that the same signature reads the same when it comes again.
            let stamped_at = stamped_at.map(|at| at.trunc_subsecs(3));
            let entered = ReceivedSeat {
                as_role: signatory
                    .as_role
                    .clone()
                    .filter(|_| standing == Standing::Counts),
                certificate: certificate.sha256,
                level: signature.level.unwrap_or(Level::B),
                seat: seat.clone(),
                stamped_at,
                standing,
            };
            let shown = SeatLine {
                seat: seat.clone(),
                name: certificate.name.clone(),
                certificate: certificate.sha256,
                standing,
            };
            seats.push((entered, shown));
        }
    }
    seats
}

/// Tells whether a signature counts, or lacks nothing but an officer's word.
fn standing(signature: &SignatureVerdict) -> Standing {
    let Some(signatory) = &signature.signatory else {
        return Standing::Refused;
    };
    let is_sound = signature.integrity == Integrity::Ok
        && signature.conclusion.indication == Indication::TotalPassed;
    authority::standing(signatory, &signature.findings, is_sound)
}

pub(super) fn judgement(verdict: &Verdict) -> Judgement {
    match verdict.conclusion.indication {
        Indication::Indeterminate => Judgement::Indeterminate,
        Indication::TotalFailed => Judgement::TotalFailed,
        Indication::TotalPassed => Judgement::TotalPassed,
    }
}

impl FileLine {
    fn unreadable(name: String, problem: String) -> Self {
        Self {
            name,
            sha256: None,
            outcome: Outcome::Unreadable { problem },
            copy: None,
            place: None,
            seats: Vec::new(),
            verdict: None,
        }
    }
}
