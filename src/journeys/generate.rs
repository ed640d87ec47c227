//! Generate: issues the copies of a version, one PDF and one entry each.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::press::{Issue, Press};
use super::publish::{publish, stored_bundle, write_bundle};
use super::typeset::CopyOrder;
use super::{Error, Office};
use crate::agreement::{
    AgreementId, CopyData, CopyId, CopyPlan, Form, Party, PartyCode, Sha256, Status, VersionNumber,
};
use crate::register::{CopyState, Engine, Event, Issued, Published, Reissued, Tally, Voided};
use crate::store::{Draft, Store, is_file, move_file, read_limited, write_copy, write_file};
use crate::template::Bundle;
use crate::typesetting;

/// What is to be generated.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version; the highest adopted one if not said.
    pub version: Option<VersionNumber>,
    /// Only copies of these parties; all if empty.
    pub parties: Vec<PartyCode>,
    /// The form; the version's own if not said.
    pub form: Option<Form>,
    /// The folder for the files; `out/` of the office if not said.
    pub out: Option<PathBuf>,
    /// Why copies whose printed values changed (or that are named) are voided and made anew.
    pub reissue: Option<String>,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// The form.
    pub form: Form,
    /// What was published on the way, if the register did not know the version.
    pub published: Option<Published>,
    /// The copies issued now.
    pub issued: Vec<CopyId>,
    /// The copies voided now.
    pub voided: Vec<CopyId>,
    /// How many copies were in the register already.
    pub unchanged: usize,
    /// Files that were missing or changed in the folder and were written again from the store.
    pub rewritten: usize,
    /// Parties whose printed values differ from the list that is frozen in the text.
    pub differs_from_list: Vec<PartyCode>,
    /// Other forms in which copies of this version count.
    pub other_forms: Vec<Form>,
    /// The folder with the files and SHA256SUMS.
    pub folder: PathBuf,
}

/// A printed value that is not what an issued copy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The copy.
    pub copy: CopyId,
    /// The party.
    pub party: PartyCode,
    /// The field.
    pub field: String,
    /// What the copy says; `None` if it does not have the field.
    pub issued: Option<Value>,
    /// What signatories/ says today.
    pub today: Option<Value>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        write!(
            f,
            "{} says {} = {} of {}, today {}",
            self.copy,
            self.field,
            text(&self.issued),
            self.party,
            text(&self.today)
        )
    }
}

/// A copy to make.
struct Job {
    plan: CopyPlan,
    data: CopyData,
    replaces: Option<Issued>,
}

/// Entries that are committed together at the most; each is still an entry of its own.
const BATCH: usize = 8;

/// Issues copies.
///
/// `progress` is told how many of how many copies are done. Documents are written before the entry
/// that names them, and each copy's file after it: a run that is cut off is finished by the next.
///
/// # Errors
/// [`Error`]; copies already entered stay, nothing else does.
pub async fn run(
    office: &Office,
    request: &Request,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Summary, Error> {
    if request
        .reissue
        .as_ref()
        .is_some_and(|reason| reason.trim().is_empty())
    {
        return Err(Error::ReasonMissing);
    }
    let agreement = &request.agreement;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    office.require_agreement(agreement, &tally)?;
    let version = chosen_version(office, request, &tally)?;
    let (published, bundle, newly) = match tally.version(agreement, version) {
        Some(known) => (
            known.published.clone(),
            stored_bundle(office, &store, agreement, known).await?,
            false,
        ),
        None => {
            let (published, bundle) = publish(office, &mut store, agreement, version).await?;
            (published, bundle, true)
        }
    };
    let form = request.form.unwrap_or(bundle.manifest().form.kind);
    let parties: Vec<Party> = office
        .folder
        .parties()?
        .into_iter()
        .map(|(_, party)| party)
        .collect();
    let issue = Issue {
        office,
        bundle: &bundle,
        text_digest: published.text_digest,
        body_digest: Some(published.body_digest),
        form,
        parties: &parties,
    };
    let out = request.out.clone().unwrap_or_else(|| office.out());
    let folder = out.join(folder_name(agreement, version, form));

    let (jobs, kept) = plan(&issue, request, &tally, &store).await?;
    let mut summary = Summary {
        agreement: agreement.clone(),
        version,
        form,
        published: newly.then(|| published.clone()),
        issued: Vec::new(),
        voided: Vec::new(),
        unchanged: kept.len(),
        rewritten: 0,
        differs_from_list: differing(&issue, &bundle),
        other_forms: other_forms(&tally, agreement, version, form),
        folder: folder.clone(),
    };
    write_bundle(office, agreement, &bundle, version)?;
    summary.rewritten = write_missing(&store, &folder, &kept).await?;
    if !jobs.is_empty() {
        // An unwritable folder is told before anything is issued.
        write_sums(&folder, &tally, agreement, version, form)?;
        issue_copies(&issue, &mut store, &jobs, request, &mut summary, progress).await?;
    }
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    write_sums(&folder, &tally, agreement, version, form)?;
    Ok(summary)
}

fn chosen_version(
    office: &Office,
    request: &Request,
    tally: &Tally,
) -> Result<VersionNumber, Error> {
    if let Some(version) = request.version {
        return Ok(version);
    }
    let mut highest = tally
        .latest(&request.agreement)
        .map(|published| published.published.version);
    for version in office.folder.versions(&request.agreement)? {
        if highest.is_none_or(|highest| highest < version)
            && office.manifest(&request.agreement, version)?.status == Status::Adopted
        {
            highest = Some(version);
        }
    }
    highest.ok_or_else(|| Error::NoAdoptedVersion {
        agreement: request.agreement.clone(),
    })
}

/// Tells which copies are to be made, and which stand.
///
/// A copy that would read otherwise today is made anew only where that was asked for.
async fn plan(
    issue: &Issue<'_>,
    request: &Request,
    tally: &Tally,
    store: &Store,
) -> Result<(Vec<Job>, Vec<Issued>), Error> {
    let agreement = &request.agreement;
    let version = issue.bundle.manifest().version;
    let plans = issue.plans()?;
    for party in &request.parties {
        if !plans.iter().any(|plan| plan.parties.contains(party)) {
            return Err(Error::UnknownParty {
                agreement: agreement.clone(),
                party: party.clone(),
            });
        }
    }
    let (mut jobs, mut kept, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for plan in plans {
        let named = request
            .parties
            .iter()
            .any(|party| plan.parties.contains(party));
        if !named && !request.parties.is_empty() {
            continue;
        }
        let Some(copy) = tally.live_copy(agreement, version, issue.form, plan.holder.as_ref())
        else {
            let number = next_number(tally, agreement, version, issue.form, plan.holder.as_ref());
            jobs.push(Job {
                data: issue.data(&plan, number)?,
                plan,
                replaces: None,
            });
            continue;
        };
        let number = next_number(tally, agreement, version, issue.form, plan.holder.as_ref());
        let mut today = issue.data(&plan, number)?;
        let changed = changes_since(copy, &today, store).await?;
        if request.reissue.is_some() && (named || !changed.is_empty()) {
            today.copy = CopyId::new(agreement, version, issue.form, plan.holder.as_ref(), number);
            jobs.push(Job {
                data: today,
                plan,
                replaces: Some(copy.issued.clone()),
            });
        } else {
            changes.extend(changed);
            kept.push(copy.issued.clone());
        }
    }
    if changes.is_empty() {
        Ok((jobs, kept))
    } else {
        Err(Error::PrintedChanged { changes })
    }
}

/// Counts the copies ever made for a holder, and one more.
fn next_number(
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    form: Form,
    holder: Option<&PartyCode>,
) -> u32 {
    let copies = tally.copies_of(agreement, version, form);
    let made = copies
        .iter()
        .filter(|copy| copy.issued.holder.as_ref() == holder)
        .count();
    u32::try_from(made).unwrap_or(u32::MAX).saturating_add(1)
}

async fn changes_since(
    copy: &CopyState,
    today: &CopyData,
    store: &Store,
) -> Result<Vec<Change>, Error> {
    let same_name = CopyData {
        copy: copy.issued.copy.clone(),
        ..today.clone()
    };
    if Sha256::of(&same_name.to_json()?) == copy.issued.data {
        return Ok(Vec::new());
    }
    let issued: CopyData = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
    let mut changes = Vec::new();
    for party in &today.parties {
        let before = issued
            .parties
            .iter()
            .find(|before| before.code == party.code);
        let empty = std::collections::BTreeMap::new();
        let printed = before.map_or(&empty, |before| &before.printed);
        let fields: std::collections::BTreeSet<&String> =
            printed.keys().chain(party.printed.keys()).collect();
        for field in fields {
            let (issued, today) = (printed.get(field), party.printed.get(field));
            if issued != today {
                changes.push(Change {
                    copy: copy.issued.copy.clone(),
                    party: party.code.clone(),
                    field: field.clone(),
                    issued: issued.cloned(),
                    today: today.cloned(),
                });
            }
        }
    }
    Ok(changes)
}

async fn issue_copies(
    issue: &Issue<'_>,
    store: &mut Store,
    jobs: &[Job],
    request: &Request,
    summary: &mut Summary,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(), Error> {
    progress(0, jobs.len());
    let orders = jobs
        .iter()
        .map(|job| CopyOrder {
            data: job.data.clone(),
            stamp: String::new(),
        })
        .collect();
    let press = Press::copies(&issue.office.workshop, issue.bundle, "", orders, None)?;
    let mut finished = press.ahead();
    let mut done = 0_usize;
    let mut batch = Vec::new();
    while finished.recv_many(&mut batch, BATCH).await > 0 {
        let mut made = Vec::new();
        let mut entries = Vec::new();
        for finished in batch.drain(..) {
            let finished = finished?;
            if issue.body_digest != finished.body_digest {
                return Err(Error::BodyDiffers {
                    agreement: request.agreement.clone(),
                    version: summary.version,
                });
            }
            let job = jobs.get(finished.job).ok_or(Error::Unanswered)?;
            let pdf = finished.parts.into_iter().next().ok_or(Error::Unanswered)?;
            let issued = keep(issue, store, job, &pdf).await?;
            entries.extend(drafts(issue, store, job, &issued, request).await?);
            made.push((job, issued, pdf));
        }
        store.records.append(entries).await?;
        for (job, issued, pdf) in made {
            // Not synced: the store has it, and the next run writes a lost file again.
            write_copy(&summary.folder.join(&issued.file_name), &pdf)?;
            if let Some(old) = &job.replaces {
                set_aside(&summary.folder, old)?;
                summary.voided.push(old.copy.clone());
            }
            summary.issued.push(issued.copy);
            done = done.saturating_add(1);
            progress(done, jobs.len());
        }
    }
    if done < jobs.len() {
        return Err(Error::Unanswered);
    }
    // The child answers in the order it finishes; people read in print order.
    summary
        .issued
        .sort_by_key(|copy| jobs.iter().position(|job| job.data.copy == *copy));
    summary.voided.sort();
    Ok(())
}

/// Keeps a copy's documents; gives what is entered of it.
async fn keep(issue: &Issue<'_>, store: &Store, job: &Job, pdf: &[u8]) -> Result<Issued, Error> {
    let (base, data) = tokio::join!(
        store.documents.put(pdf.to_vec()),
        store.documents.put(job.data.to_json()?)
    );
    let (base, data) = (base?, data?);
    let holder = job.plan.holder.as_ref();
    let short_name = issue
        .parties
        .iter()
        .find(|party| Some(&party.code) == holder)
        .map_or("alla-parter", |party| party.short_name.as_str());
    Ok(Issued {
        base,
        copy: job.data.copy.clone(),
        data,
        engine: engine(),
        file_name: format!("{}-{}.pdf", job.data.copy, slug(short_name)),
        form: issue.form,
        holder: holder.cloned(),
        parties: job.plan.parties.clone(),
        seats: job.data.seats().map(|(_, seat)| seat.id.clone()).collect(),
        size_bytes: u64::try_from(pdf.len()).unwrap_or(u64::MAX),
        text_digest: issue.text_digest,
        version: job.data.version,
    })
}

async fn drafts(
    issue: &Issue<'_>,
    store: &Store,
    job: &Job,
    issued: &Issued,
    request: &Request,
) -> Result<Vec<Draft>, Error> {
    let draft = |event| Draft {
        actor: issue.office.actor.clone(),
        agreement: Some(request.agreement.clone()),
        event,
    };
    let Some(old) = &job.replaces else {
        return Ok(vec![draft(Event::Issued(issued.clone()))]);
    };
    let reason = store
        .commit_words(request.reissue.as_deref().unwrap_or_default())
        .await?;
    Ok(vec![
        draft(Event::Voided(Voided {
            copy: old.copy.clone(),
            reason,
        })),
        draft(Event::Reissued(Reissued {
            issued: issued.clone(),
            replaces: old.copy.clone(),
        })),
    ])
}

/// Returns the name of the folder that a version's copies in a form are written to.
pub(super) fn folder_name(agreement: &AgreementId, version: VersionNumber, form: Form) -> String {
    format!("{agreement}-{version}-{}", form.as_str())
}

/// Returns what typesets copies today.
pub(super) fn engine() -> Engine {
    Engine {
        sigill: env!("CARGO_PKG_VERSION").to_owned(),
        template: crate::template::ENGINE.to_owned(),
        typesetting: typesetting::ENGINE.to_owned(),
    }
}

/// Writes the files of copies that stand, where they are missing or changed.
async fn write_missing(store: &Store, folder: &Path, kept: &[Issued]) -> Result<usize, Error> {
    let mut written = 0_usize;
    for issued in kept {
        let path = folder.join(&issued.file_name);
        let same = read_limited(&path, issued.size_bytes)
            .is_ok_and(|bytes| Sha256::of(&bytes) == issued.base);
        if !same {
            write_file(&path, &store.documents.get(issued.base).await?)?;
            written = written.saturating_add(1);
        }
    }
    Ok(written)
}

/// Writes SHA256SUMS of every copy that counts, as `sha256sum -c` reads it.
pub(super) fn write_sums(
    folder: &Path,
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    form: Form,
) -> Result<(), Error> {
    let copies = tally.copies_of(agreement, version, form);
    let mut live: Vec<_> = copies.into_iter().filter(|copy| copy.is_live()).collect();
    live.sort_by(|a, b| a.issued.file_name.cmp(&b.issued.file_name));
    let there = live
        .iter()
        .filter(|copy| is_file(&folder.join(&copy.issued.file_name)));
    let lines: String = there
        .map(|copy| format!("{}  {}\n", copy.issued.base, copy.issued.file_name))
        .collect();
    Ok(write_file(&folder.join(SUMS), lines.as_bytes())?)
}

/// Moves a voided copy's file out of the way, where it cannot be sent by mistake.
pub(super) fn set_aside(folder: &Path, voided: &Issued) -> Result<(), Error> {
    let file = folder.join(&voided.file_name);
    if is_file(&file) {
        move_file(&file, &folder.join(VOIDED_FOLDER).join(&voided.file_name))?;
    }
    Ok(())
}

fn differing(issue: &Issue<'_>, bundle: &Bundle) -> Vec<PartyCode> {
    let differs = |listed: &&crate::template::ListedParty| {
        let today = issue.parties.iter().find(|party| party.code == listed.code);
        let printed = today.and_then(|party| party.printed(&bundle.manifest().fields).ok());
        printed.is_none_or(|printed| printed != listed.printed)
    };
    bundle
        .parties()
        .iter()
        .filter(differs)
        .map(|listed| listed.code.clone())
        .collect()
}

fn other_forms(
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    form: Form,
) -> Vec<Form> {
    let all = [Form::Bilateral, Form::Counterpart, Form::Joint];
    all.into_iter()
        .filter(|other| *other != form)
        .filter(|other| {
            tally
                .copies_of(agreement, version, *other)
                .iter()
                .any(|copy| copy.is_live())
        })
        .collect()
}

/// Returns a name as lower-case ASCII for a file name; `Västra Götaland` becomes `vastra-gotaland`.
fn slug(name: &str) -> String {
    let plain: String = name
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let parts = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let mut slug = parts.collect::<Vec<_>>().join("-");
    slug.truncate(MAX_SLUG_BYTES);
    if slug.is_empty() {
        "part".to_owned()
    } else {
        slug
    }
}

const MAX_SLUG_BYTES: usize = 40;

/// The list of digests beside the copies.
pub const SUMS: &str = "SHA256SUMS";

/// The folder for voided copies' files.
pub const VOIDED_FOLDER: &str = "makulerade";
