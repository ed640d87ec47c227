//! Generate: issues the copies of a version, one PDF and one entry each.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::out::{folder_name, set_voided_aside, write_missing, write_sums};
use super::press::{Issue, Press};
use super::publish::{freeze, prepare, stored_bundle, write_bundle};
use super::seal::Seal;
use super::typeset::CopyOrder;
use super::{Error, Office, check_reason};
use crate::agreement::{
    AgreementId, CopyData, CopyId, CopyPlan, Form, PartyCode, Sha256, Status, VersionNumber,
};
use crate::outside::SecretSource;
use crate::register::{CopyState, Engine, Event, Issued, Published, Reissued, Tally, Voided};
use crate::store::{Draft, Store, probe_writable, write_copy};
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
    /// Where the passphrase of the seal comes from; as sigill.toml says if not said.
    pub secret: Option<SecretSource>,
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
    /// Whether the copies issued now bear the office's seal.
    pub sealed: bool,
    /// The copies voided now.
    pub voided: Vec<CopyId>,
    /// How many copies were in the register already.
    pub unchanged: usize,
    /// Files that were missing, changed or an earlier state of their copy, and were written again
    /// from the store.
    pub rewritten: usize,
    /// Files that begin with their copy's newest state and go on, as ones signed elsewhere do; they
    /// were left as they are.
    pub longer: Vec<String>,
    /// Files that bore a copy's name and were something else, where they lie now.
    pub moved: Vec<PathBuf>,
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
    if let Some(reason) = &request.reissue {
        check_reason(reason)?;
    }
    // A passphrase is asked for before the office is held.
    let mut seal = Seal::open(office, request.secret.clone()).await?;
    let agreement = &request.agreement;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    office.require_agreement(agreement, &tally)?;
    let version = chosen_version(office, request, &tally)?;
    let known = tally.version(agreement, version);
    let bundle = match known {
        Some(known) => stored_bundle(office, &store, agreement, known).await?,
        None => prepare(office, agreement, version)?,
    };
    if let Some(seal) = &mut seal {
        seal.certifies = bundle.manifest().signing.certify;
    }
    let form = request.form.unwrap_or(bundle.manifest().form.kind);
    let parties = office.parties()?;
    let mut issue = Issue {
        office,
        bundle: &bundle,
        text_digest: bundle.text_digest(),
        body_digest: known.map(|known| known.published.body_digest),
        form,
        parties: &parties,
    };
    let out = request.out.clone().unwrap_or_else(|| office.out());
    let folder = out.join(folder_name(agreement, version, form));

    let (jobs, kept) = plan(&issue, request, &tally, &store).await?;
    // An unwritable folder is told before anything is published or issued.
    probe_writable(&folder)?;
    let published = match known {
        Some(_) => None,
        None => Some(freeze(office, &mut store, &bundle, &tally, None).await?),
    };
    if let Some(published) = &published {
        issue.body_digest = Some(published.body_digest);
    }
    write_bundle(&out, &bundle)?;
    let voided = tally
        .copies_of(agreement, version, form)
        .into_iter()
        .filter(|copy| !copy.is_live());
    for copy in voided {
        // Also after a run that was cut off between the entry and this.
        set_voided_aside(&folder, &copy.issued)?;
    }
    let restored = write_missing(&store, &folder, &kept).await?;
    let mut summary = Summary {
        agreement: agreement.clone(),
        version,
        form,
        published,
        issued: Vec::new(),
        sealed: seal.is_some(),
        voided: Vec::new(),
        unchanged: kept.len(),
        rewritten: restored.rewritten,
        longer: restored.longer,
        moved: restored.moved,
        differs_from_list: differing(&issue, &bundle),
        other_forms: other_forms(&tally, agreement, version, form),
        folder: folder.clone(),
    };
    let issued = if jobs.is_empty() {
        Ok(())
    } else {
        let seal = seal.as_mut();
        issue_copies(
            &issue,
            &mut store,
            seal,
            &jobs,
            request,
            &mut summary,
            progress,
        )
        .await
    };
    // Also when it stopped half-way: what was issued is there and counts.
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    write_sums(&folder, &tally, agreement, version, form)?;
    issued.map(|()| summary)
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
) -> Result<(Vec<Job>, Vec<CopyState>), Error> {
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
        let holder = plan.holder.as_ref();
        let number = next_number(tally, agreement, version, issue.form, holder);
        let today = issue.data(&plan, number)?;
        let Some(copy) = tally.live_copy(agreement, version, issue.form, holder) else {
            jobs.push(Job {
                data: today,
                plan,
                replaces: None,
            });
            continue;
        };
        let changed = changes_since(copy, &today, store).await?;
        if request.reissue.is_some() && (named || !changed.is_empty()) {
            jobs.push(Job {
                data: today,
                plan,
                replaces: Some(copy.issued.clone()),
            });
        } else {
            changes.extend(changed);
            kept.push(copy.clone());
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
    if let (true, Some(party)) = (changes.is_empty(), today.parties.first()) {
        // The data differ elsewhere: in a party's kind or its seats.
        let seats = |data: &CopyData| {
            let ids = data.seats().map(|(_, seat)| seat.id.to_string());
            Some(Value::from(ids.collect::<Vec<_>>()))
        };
        changes.push(Change {
            copy: copy.issued.copy.clone(),
            party: party.code.clone(),
            field: "seats".to_owned(),
            issued: seats(&issued),
            today: seats(today),
        });
    }
    Ok(changes)
}

async fn issue_copies(
    issue: &Issue<'_>,
    store: &mut Store,
    mut seal: Option<&mut Seal>,
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
        if let Some(seal) = &mut seal {
            for draft in seal_copies(issue.office, store, seal, &mut made).await? {
                entries.push(draft);
            }
        }
        store.records.append(entries).await?;
        for (job, issued, pdf) in made {
            // Not synced: the store has it, and the next run writes a lost file again.
            write_copy(&summary.folder.join(&issued.file_name), &pdf)?;
            if let Some(old) = &job.replaces {
                set_voided_aside(&summary.folder, old)?;
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

/// Puts the seal on copies in place, keeps their documents, and gives what is entered.
async fn seal_copies(
    office: &Office,
    store: &Store,
    seal: &mut Seal,
    made: &mut [(&Job, Issued, Vec<u8>)],
) -> Result<Vec<Draft>, Error> {
    let bases = made
        .iter_mut()
        .map(|(_, issued, pdf)| (issued.copy.clone(), std::mem::take(pdf)));
    let sealed = seal.set(bases.collect()).await?;
    let mut drafts = Vec::with_capacity(sealed.len());
    for ((job, _, pdf), copy) in made.iter_mut().zip(sealed) {
        store.documents.put(copy.bytes.clone()).await?;
        *pdf = copy.bytes;
        drafts.push(Draft {
            actor: office.actor.clone(),
            agreement: Some(job.data.agreement.clone()),
            event: Event::Sealed(copy.sealed),
        });
    }
    Ok(drafts)
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

/// Returns what typesets copies today.
pub(super) fn engine() -> Engine {
    Engine {
        sigill: env!("CARGO_PKG_VERSION").to_owned(),
        template: crate::template::ENGINE.to_owned(),
        typesetting: typesetting::ENGINE.to_owned(),
    }
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
pub(super) fn slug(name: &str) -> String {
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
