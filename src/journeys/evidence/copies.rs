//! The signed files: originals or public copies, each with its verdict now and at receipt.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::package::{FileLine, Package, What};
use super::proofs::Proofs;
use super::{Difference, Error, Scope};
use crate::agreement::{CopyData, CopyId, Sha256};
use crate::journeys::init;
use crate::journeys::judge::Judge;
use crate::journeys::press::Press;
use crate::journeys::redact::{self, Subject};
use crate::journeys::report::{self, NamedVerdict};
use crate::journeys::send::has_personal_number;
use crate::journeys::typeset::PublicOrder;
use crate::register::{CopyState, ReceivedPlace};
use crate::validation::{Severity, SignatureVerdict, Verdict, words};

/// What was packed of the copies.
#[derive(Default)]
pub(super) struct Done {
    /// The copies whose signed file is there.
    pub(super) copies: Vec<CopyId>,
    pub(super) differences: Vec<Difference>,
    pub(super) personal_numbers: Vec<CopyId>,
    /// A line for each signed file.
    pub(super) lines: Vec<CopyLine>,
    /// Copies that count and that nobody signed yet.
    pub(super) unsigned: Vec<CopyId>,
}

/// What the page says of a signed file.
pub(super) struct CopyLine {
    pub(super) conclusion: &'static str,
    pub(super) copy: CopyId,
    pub(super) path: String,
    pub(super) original: Sha256,
    /// Verdicts at receipt: when, and the conclusion.
    pub(super) received: Vec<(DateTime<Utc>, String)>,
    pub(super) rows: Vec<redact::Row>,
    pub(super) what: What,
}

/// A file that is to be packed, and what it is.
struct Head {
    digest: Sha256,
    path: String,
    what: What,
    description: String,
    entry: Option<u64>,
}

/// What is typeset after all was judged.
enum Later {
    Public(Vec<PublicOrder>),
    Reports(Vec<Value>),
}

pub(super) async fn add(
    scope: &Scope<'_>,
    judge: &Judge<'_>,
    package: &mut Package,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Done, Error> {
    let mut done = Done::default();
    let heads: Vec<(&CopyState, Head)> = scope
        .copies()
        .flat_map(|copy| heads(copy).into_iter().map(move |head| (copy, head)))
        .collect();
    let of = heads.len().saturating_mul(2);
    let mut later = if scope.request.is_public {
        Later::Public(Vec::new())
    } else {
        Later::Reports(Vec::new())
    };
    let mut names = Vec::new();
    let mut proofs = Proofs::default();
    let shared = init::shared_files();
    for (index, (copy, head)) in heads.iter().enumerate() {
        progress(index, of);
        let bytes = scope.store.documents.get(head.digest).await?;
        let verdict = judge.judge(&bytes).await?.verdict;
        let data = scope.store.documents.get(copy.issued.data).await?;
        let data: CopyData = serde_json::from_slice(&data)?;
        let paper: Vec<_> = copy.inked.iter().map(|inked| inked.body.clone()).collect();
        let subject = Subject {
            bundle: &scope.bundle,
            data: &data,
            paper: &paper,
            parties: &scope.parties,
            verdict: &verdict,
        };
        let rows = subject.rows();
        let mut line = FileLine::new(&head.path, head.what, &head.description);
        line.copy = Some(copy.issued.copy.clone());
        line.entry = head.entry;
        let path = match later {
            Later::Public(_) => format!("copies/{}-KOPIA.pdf", stem(&head.path)),
            Later::Reports(_) => head.path.clone(),
        };
        match &mut later {
            Later::Public(orders) => {
                line.what = What::PublicCopy;
                line.path.clone_from(&path);
                line.description = format!("KOPIA för spridning: {}", head.description);
                orders.push(subject.order(scope.at)?);
                names.push(line);
            }
            Later::Reports(contexts) => {
                if has_personal_number(&bytes) {
                    done.personal_numbers.push(copy.issued.copy.clone());
                }
                package.add(line, &bytes)?;
                let stem = stem(&head.path);
                proofs.add(&copy.issued.copy, &head.path, &stem, &bytes, package)?;
                let named = NamedVerdict {
                    name: &head.path,
                    verdict: &verdict,
                };
                contexts.push(report::context(&[named], &judge.means(), &shared)?);
                let mut line = FileLine::new(
                    format!("verdicts/{stem}.json"),
                    What::Verdict,
                    format!("bedömning nu av {}, för datorer", head.path),
                );
                line.copy = Some(copy.issued.copy.clone());
                let mut json = serde_json::to_vec_pretty(&verdict)?;
                json.push(b'\n');
                package.add(line, &json)?;
                let mut line = FileLine::new(
                    format!("verdicts/{stem}.pdf"),
                    What::VerdictReport,
                    format!("bedömning nu av {}, att läsa", head.path),
                );
                line.copy = Some(copy.issued.copy.clone());
                names.push(line);
            }
        }
        let received = at_receipt(scope, copy, head, &verdict, package, &mut done).await?;
        if !done.copies.contains(&copy.issued.copy) {
            done.copies.push(copy.issued.copy.clone());
        }
        done.lines.push(CopyLine {
            conclusion: words::conclusion(verdict.conclusion).0,
            copy: copy.issued.copy.clone(),
            path: path.clone(),
            original: head.digest,
            received,
            rows,
            what: head.what,
        });
    }
    proofs.finish(package)?;
    let unsigned = scope.copies().filter(|copy| copy.is_live());
    done.unsigned = unsigned
        .filter(|copy| !done.copies.contains(&copy.issued.copy))
        .map(|copy| copy.issued.copy.clone())
        .collect();
    let mut press = match later {
        _ if names.is_empty() => return Ok(done),
        Later::Public(orders) => {
            Press::public_copies(&scope.office.workshop, &scope.bundle, orders)?
        }
        Later::Reports(contexts) => report::press(&scope.office.workshop, contexts, scope.at)?,
    };
    // They come in any order, and go in in theirs: few wait.
    let mut waiting = std::collections::BTreeMap::new();
    let mut next = 0_usize;
    let mut names = names.into_iter();
    while let Some(finished) = press.next().await? {
        let pdf = finished.parts.into_iter().next();
        waiting.insert(finished.job, pdf.ok_or(Error::Unanswered)?);
        while let Some(pdf) = waiting.remove(&next) {
            let line = names.next().ok_or(Error::Unanswered)?;
            package.add(line, &pdf)?;
            next = next.saturating_add(1);
            progress(heads.len().saturating_add(next), of);
        }
    }
    if names.next().is_some() {
        return Err(Error::Unanswered);
    }
    progress(of, of);
    Ok(done)
}

/// Returns the signed files of a copy: the original, what is true beside it, and what does not count.
fn heads(copy: &CopyState) -> Vec<Head> {
    let file_name = &copy.issued.file_name;
    let stem = file_name.strip_suffix(".pdf").unwrap_or(file_name);
    let id = &copy.issued.copy;
    let mut found = Vec::new();
    let is_signed = copy.heads.len() > 1;
    if is_signed && copy.is_live() {
        found.push(Head {
            digest: copy.head(),
            path: format!("signed/{file_name}"),
            what: What::Original,
            description: format!("originalet av {id}, elektroniskt undertecknat"),
            entry: None,
        });
    } else if is_signed {
        found.push(Head {
            digest: copy.head(),
            path: format!("signed/makulerade/{file_name}"),
            what: What::Voided,
            description: format!("makulerat exemplar {id}; gäller inte"),
            entry: None,
        });
    }
    let is_last = |digest: Sha256| {
        let mut others = copy.heads.iter();
        !others.any(|other| other.follows == Some(digest))
    };
    for head in &copy.heads {
        if head.digest != copy.head() && is_last(head.digest) && head.follows.is_some() {
            let part = head.digest.to_string();
            let part = part.get(..8).unwrap_or_default().to_owned();
            found.push(Head {
                digest: head.digest,
                path: format!("signed/grenar/{stem}-{part}.pdf"),
                what: What::Branch,
                description: format!(
                    "underskrifter i {id} som gjordes vid sidan av originalets; gäller tillsammans med det"
                ),
                entry: None,
            });
        }
    }
    for file in &copy.received {
        let goes_on = matches!(
            file.received.place,
            ReceivedPlace::Fork | ReceivedPlace::Newer
        );
        let is_head = copy
            .heads
            .iter()
            .any(|head| head.digest == file.received.file);
        let is_known = found.iter().any(|known| known.digest == file.received.file);
        if goes_on && !is_head && !is_known {
            found.push(Head {
                digest: file.received.file,
                path: format!("received/{stem}-post-{}.pdf", file.seq),
                what: What::Received,
                description: format!(
                    "inkommen fil av {id} med en underskrift som inte räknas; inte originalet"
                ),
                entry: Some(file.seq),
            });
        }
    }
    found
}

/// Adds what was found of a file and of those that it goes on from when they were received, and tells what
/// is judged otherwise now.
async fn at_receipt(
    scope: &Scope<'_>,
    copy: &CopyState,
    head: &Head,
    now: &Verdict,
    package: &mut Package,
    done: &mut Done,
) -> Result<Vec<(DateTime<Utc>, String)>, Error> {
    let mut received = Vec::new();
    for file in &copy.received {
        // A received file's own verdict belongs to it; those of earlier states to the newest file.
        let is_own = file.received.file == head.digest;
        let has_own = done_elsewhere(copy, file.received.file);
        if !(is_own || matches!(head.what, What::Original | What::Voided) && !has_own) {
            continue;
        }
        let document = scope.store.documents.get(file.received.verdict).await?;
        let then: Value = serde_json::from_slice(&document)?;
        received.push((file.at, conclusion_of(&then["conclusion"])));
        compare(copy, file.seq, file.at, &then, now, done);
        let path = format!("verdicts/{}-post-{}.json", stem(&head.path), file.seq);
        if !scope.request.is_public && !package.has(&path) {
            let mut line = FileLine::new(
                path,
                What::VerdictAtReceipt,
                format!("bedömning vid mottagandet av {}", copy.issued.copy),
            );
            line.copy = Some(copy.issued.copy.clone());
            line.entry = Some(file.seq);
            package.add(line, &document)?;
        }
    }
    Ok(received)
}

/// Tells whether a received file is packed as a file of its own, which is not the original.
fn done_elsewhere(copy: &CopyState, file: Sha256) -> bool {
    let mut others = heads(copy).into_iter();
    others.any(|head| head.digest == file && matches!(head.what, What::Branch | What::Received))
}

fn compare(
    copy: &CopyState,
    entry: u64,
    then_at: DateTime<Utc>,
    then: &Value,
    now: &Verdict,
    done: &mut Done,
) {
    let empty = Vec::new();
    for before in then["signatures"].as_array().unwrap_or(&empty) {
        let certificate = before["certificate"]["sha256"].as_str();
        let is_same = |found: &&SignatureVerdict| {
            let own = found.certificate.as_ref().map(|own| own.sha256.to_string());
            before["field"] == found.field.as_str() && own.as_deref() == certificate
        };
        let Some(after) = now.signatures.iter().find(is_same) else {
            continue;
        };
        let conclusion = serde_json::to_value(after.conclusion).unwrap_or_default();
        let is_known = done.differences.iter().any(|known| {
            known.copy == copy.issued.copy && known.field == after.field && known.entry == entry
        });
        if conclusion == before["conclusion"] || is_known {
            continue;
        }
        done.differences.push(Difference {
            copy: copy.issued.copy.clone(),
            entry,
            field: after.field.clone(),
            then: conclusion_of(&before["conclusion"]),
            then_at,
            now: conclusion_of(&conclusion),
            why: why(before, after),
        });
    }
}

/// Returns what is found now and was not then; if nothing is, what was found then and is not now.
fn why(before: &Value, after: &SignatureVerdict) -> Vec<String> {
    let empty = Vec::new();
    let findings = before["findings"].as_array().unwrap_or(&empty);
    let had = |code: &str| findings.iter().any(|found| found["code"] == code);
    let weighs = after
        .findings
        .iter()
        .filter(|found| found.severity != Severity::Note);
    let new: Vec<String> = weighs
        .filter(|found| !had(found.code))
        .map(|found| found.swedish.clone())
        .collect();
    if !new.is_empty() {
        return new;
    }
    let gone = findings.iter().filter(|found| {
        let mut now = after.findings.iter();
        found["severity"] != "note" && !now.any(|now| found["code"] == now.code)
    });
    gone.filter_map(|found| found["swedish"].as_str())
        .map(|sentence| format!("Gäller inte längre: {sentence}"))
        .collect()
}

/// Returns a recorded conclusion's word with the standard's reason.
fn conclusion_of(recorded: &Value) -> String {
    let word = match recorded["indication"].as_str() {
        Some("total-passed") => "godkänd",
        Some("total-failed") => "underkänd",
        Some("indeterminate") => "obestämd",
        _ => "okänd",
    };
    match recorded["sub_indication"].as_str() {
        Some(reason) => format!("{word} ({reason})"),
        None => word.to_owned(),
    }
}

/// Returns a path's file name without its ending, with the folder below signed/ before it.
fn stem(path: &str) -> String {
    let inner = path.split_once('/').map_or(path, |(_, inner)| inner);
    let stem = inner.strip_suffix(".pdf").unwrap_or(inner);
    stem.replace('/', "-")
}
