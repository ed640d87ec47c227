//! Consult open: a version goes out to be answered.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;

use super::table::{ANSWER_COLUMNS, WHOLE};
use super::words::folded;
use super::{About, ConsultError};
use crate::agreement::{
    AgreementId, Form, Name, PartyCode, Sha256, SourceError, Status, VersionNumber,
};
use crate::calendar::{DayOff, Stretch, day_off};
use crate::journeys::act::{ActError, check_order, check_public, enter};
use crate::journeys::press::{Issue, Press};
use crate::journeys::publish::read_kept;
use crate::journeys::typeset::CopyOrder;
use crate::journeys::{Error, Office, sheet};
use crate::register::{ConsultationOpened, Event, Recipient, Tally};
use crate::store::{Folder, Store, is_file, pack, probe_writable, read_limited, write_files};
use crate::template::{Bundle, ClauseHead, contents};

/// What goes out, to whom, and for how long.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement, and the version; the newest with status consultation where it was not said.
    pub about: About,
    /// Whether a version that is out already goes out once more.
    pub again: bool,
    /// Others than parties, each with a short name and a name.
    pub also: Vec<(String, String)>,
    /// A list of such others.
    pub also_file: Option<PathBuf>,
    /// The last day to answer.
    pub answer_by: NaiveDate,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The first day to answer.
    pub opens_on: NaiveDate,
    /// The parties that are asked; all of the version's where none is named.
    pub parties: Vec<PartyCode>,
}

/// A consultation that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The place of the entry; `None` where nothing was entered.
    pub seq: Option<u64>,
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// Digest of the text that goes out.
    pub text_digest: Sha256,
    /// The first day to answer.
    pub opens_on: NaiveDate,
    /// The last day to answer.
    pub answer_by: NaiveDate,
    /// How many days that is, both included.
    pub days: u32,
    /// What kind of day off the last day is, if it is one. It does not move.
    pub day_off: Option<DayOff>,
    /// Who is asked.
    pub recipients: Vec<Recipient>,
    /// The text as it goes out.
    pub pdf: PathBuf,
    /// The folder with the text and an answer form for each recipient.
    pub folder: PathBuf,
    /// Answer forms that somebody has filled in: they are left as they are.
    pub left: Vec<PathBuf>,
}

/// Sends a version out for consultation.
///
/// It is typeset first, so that nothing goes out that cannot be; the files are written before the entry.
///
/// # Errors
/// [`Error`] for another status, days that contradict each other, and a version that is out already.
pub async fn run(office: &Office, request: &Request) -> Result<Opening, Error> {
    if request.dry_run {
        let mut store = office.read_store().await?;
        let plan = Plan::make(office, store.as_mut(), request).await?;
        plan.text(office).await?;
        return Ok(plan.opening(office, None, Vec::new()));
    }
    let mut store = office.write_store().await?;
    let plan = Plan::make(office, Some(&mut store), request).await?;
    let folder = plan.folder(office);
    probe_writable(&folder)?;
    let pdf = plan.text(office).await?;
    let folder_name = Folder::version_name(&plan.agreement, plan.version);
    let clauses =
        contents(&plan.bundle, &folder_name).map_err(|problems| Error::Template { problems })?;
    let mut texts = vec![clauses];
    texts.extend(plan.earlier_texts(&store).await?);
    let (mut files, mut left) = (vec![(plan.pdf(office), pdf)], Vec::new());
    for recipient in &plan.recipients {
        let file = folder.join(format!("svar-{}.csv", recipient.id));
        let forms = texts.iter().map(|clauses| answer_form(recipient, clauses));
        let forms: Vec<Vec<u8>> = forms.collect::<Result<_, _>>()?;
        if is_filled_in(&file, &forms)? {
            left.push(file);
        } else {
            files.extend(forms.into_iter().next().map(|form| (file, form)));
        }
    }
    write_files(files)?;
    let opened = ConsultationOpened {
        answer_by: plan.days.last_day(),
        bundle: store.documents.put(pack(plan.bundle.files())?).await?,
        opens_on: plan.days.first_day(),
        recipients: plan.recipients.clone(),
        text_digest: plan.bundle.text_digest(),
        version: plan.version,
    };
    let event = Event::ConsultationOpened(opened);
    let seq = enter(office, &mut store, Some(&plan.agreement), event).await?;
    Ok(plan.opening(office, Some(seq), left))
}

/// A consultation that may be opened.
struct Plan {
    agreement: AgreementId,
    bundle: Bundle,
    days: Stretch,
    // Rounds of the version that went out before: the document and the digest of each text.
    earlier: Vec<(Sha256, Sha256)>,
    recipients: Vec<Recipient>,
    version: VersionNumber,
}

impl Plan {
    async fn make(
        office: &Office,
        store: Option<&mut Store>,
        request: &Request,
    ) -> Result<Self, Error> {
        let agreement = request.about.agreement.clone();
        let tally = match store {
            Some(store) => Tally::fold(&store.records.entries(Some(&agreement)).await?),
            None => Tally::default(),
        };
        office.require_agreement(&agreement, &tally)?;
        check_order(
            ("the opening day", Some(request.opens_on)),
            ("the answer day", Some(request.answer_by)),
        )?;
        let days = Stretch::new(request.opens_on, request.answer_by);
        let days = days.ok_or(ActError::Missing {
            options: vec!["--opens", "--answer-by"],
        })?;
        let version = version(office, &request.about)?;
        let status = if tally.version(&agreement, version).is_some() {
            Status::Adopted
        } else {
            office.manifest(&agreement, version)?.status
        };
        if status != Status::Consultation {
            return Err(ConsultError::NotInConsultation {
                agreement,
                status,
                version,
            }
            .into());
        }
        let mut states = tally.consultations(&agreement).iter().rev();
        let known = states.find(|state| state.opened.version == version && state.closed.is_none());
        if let Some(known) = known.filter(|_| !request.again) {
            let seq = known.seq;
            return Err(ConsultError::AlreadyOpen {
                agreement,
                seq,
                version,
            }
            .into());
        }
        let states = tally.consultations(&agreement).iter();
        let earlier = states
            .map(|state| &state.opened)
            .filter(|opened| opened.version == version)
            .map(|opened| (opened.bundle, opened.text_digest));
        let earlier = earlier.collect();
        let bundle = office.bundle_from_folder(&agreement, version)?;
        let recipients = recipients(office, &bundle, request)?;
        Ok(Self {
            agreement,
            bundle,
            days,
            earlier,
            recipients,
            version,
        })
    }

    /// Returns the clauses of the texts that went out before.
    async fn earlier_texts(&self, store: &Store) -> Result<Vec<Vec<ClauseHead>>, Error> {
        let mut texts = Vec::new();
        for (document, text_digest) in &self.earlier {
            let bundle = read_kept(store, *document, *text_digest).await?;
            texts.push(contents(&bundle, "").unwrap_or_default());
        }
        Ok(texts)
    }

    /// Typesets the text with all its parties on it, stamped so that nobody signs it.
    async fn text(&self, office: &Office) -> Result<Vec<u8>, Error> {
        let parties = office.parties()?;
        let issue = Issue {
            office,
            bundle: &self.bundle,
            text_digest: self.bundle.text_digest(),
            body_digest: None,
            form: Form::Joint,
            parties: &parties,
        };
        let unanswered = || Error::Unanswered;
        let plans = issue.plans()?;
        let data = issue.data(plans.first().ok_or_else(unanswered)?, 1)?;
        let stamp = self.bundle.manifest().status.stamp().to_owned();
        let folder = Folder::version_name(&self.agreement, self.version);
        let orders = vec![CopyOrder { data, stamp }];
        let mut press = Press::copies(&office.workshop, &self.bundle, &folder, orders, None)?;
        let finished = press.next().await?.ok_or_else(unanswered)?;
        finished.parts.into_iter().next().ok_or_else(unanswered)
    }

    fn folder(&self, office: &Office) -> PathBuf {
        let name = format!("{}-{}-remiss", self.agreement, self.version);
        office.out().join(name)
    }

    fn pdf(&self, office: &Office) -> PathBuf {
        let stamp = self.bundle.manifest().status.stamp();
        let name = format!("{}-{}-{stamp}.pdf", self.agreement, self.version);
        self.folder(office).join(name)
    }

    fn opening(self, office: &Office, seq: Option<u64>, left: Vec<PathBuf>) -> Opening {
        Opening {
            seq,
            pdf: self.pdf(office),
            folder: self.folder(office),
            agreement: self.agreement,
            version: self.version,
            text_digest: self.bundle.text_digest(),
            opens_on: self.days.first_day(),
            answer_by: self.days.last_day(),
            days: self.days.days(),
            day_off: day_off(self.days.last_day()),
            recipients: self.recipients,
            left,
        }
    }
}

/// Returns the version that is meant: the newest with status consultation where it was not said.
fn version(office: &Office, about: &About) -> Result<VersionNumber, Error> {
    let agreement = &about.agreement;
    let known = office.folder.versions(agreement)?;
    match about.version {
        Some(version) if known.contains(&version) => Ok(version),
        Some(version) => Err(Error::UnknownVersion {
            agreement: agreement.clone(),
            version,
        }),
        None => {
            let is_out = |version: &&VersionNumber| {
                let manifest = office.manifest(agreement, **version);
                manifest.is_ok_and(|manifest| manifest.status == Status::Consultation)
            };
            let newest = known.iter().rev().find(is_out).or(known.last());
            newest.copied().ok_or_else(|| Error::NoAdoptedVersion {
                agreement: agreement.clone(),
            })
        }
    }
}

/// Returns who is asked: parties in list order, then the others as they were named.
fn recipients(
    office: &Office,
    bundle: &Bundle,
    request: &Request,
) -> Result<Vec<Recipient>, Error> {
    let agreement = &request.about.agreement;
    for party in &request.parties {
        if bundle.parties().iter().all(|known| known.code != *party) {
            return Err(Error::UnknownParty {
                agreement: agreement.clone(),
                party: party.clone(),
            });
        }
    }
    let is_asked = |code: &PartyCode| request.parties.is_empty() || request.parties.contains(code);
    let mut recipients = Vec::new();
    let listed = office.parties()?;
    for party in &listed {
        let is_listed = bundle.parties().iter().any(|it| it.code == party.code);
        if is_listed && is_asked(&party.code) {
            recipients.push(Recipient {
                id: own_name(party.code.as_str())?,
                name: party.legal_name.clone(),
                party: Some(party.code.clone()),
            });
        }
    }
    let mut others = Vec::new();
    if let Some(file) = &request.also_file {
        others.extend(read_others(file)?);
    }
    others.extend(request.also.iter().cloned());
    for (id, name) in others {
        let refused = |problem| ConsultError::Recipient {
            id: id.clone(),
            problem,
        };
        let own = own_name(&id)?;
        let name: Name = name
            .parse()
            .map_err(|_| refused("has no name that can be printed"))?;
        check_public("the recipient's name", &name)?;
        let given = [folded(&id), folded(name.as_str())];
        let is_same = |known: &Recipient| {
            let party = listed
                .iter()
                .find(|it| known.party.as_ref() == Some(&it.code));
            let of_party = party.map(|party| [&party.short_name, &party.styled_name]);
            let own = [&known.id, &known.name].into_iter();
            let mut names = own.chain(of_party.into_iter().flatten());
            names.any(|name| given.contains(&folded(name.as_str())))
        };
        if recipients.iter().any(is_same) {
            return Err(
                refused("is on the list already, by its short name or another name").into(),
            );
        }
        recipients.push(Recipient {
            id: own,
            name,
            party: None,
        });
    }
    Ok(recipients)
}

/// Returns a short name that also can stand in a file's name.
fn own_name(id: &str) -> Result<Name, Error> {
    let refused = || ConsultError::Recipient {
        id: id.chars().take(MAX_ID_CHARS).collect(),
        problem: "is no short word of letters, digits and -",
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '-';
    if id.chars().count() > MAX_ID_CHARS || !id.chars().all(is_word) || id.starts_with('-') {
        return Err(refused().into());
    }
    let name: Name = id.parse().map_err(|_| refused())?;
    check_public("the recipient's short name", &name)?;
    Ok(name)
}

/// Reads a list of others: the columns id and namn.
fn read_others(file: &Path) -> Result<Vec<(String, String)>, Error> {
    let rows = sheet::read(file)?;
    let name = file.display().to_string();
    let mut numbered = rows
        .iter()
        .zip(1_usize..)
        .filter(|(row, _)| !row.is_empty());
    let (header, line) = numbered.next().unwrap_or((&EMPTY, 1));
    let place = |wanted: &[&str]| {
        let mut cells = header.iter().map(|cell| folded(cell));
        cells.position(|cell| wanted.contains(&cell.as_str()))
    };
    let (Some(id), Some(title)) = (place(&["id", "kortnamn"]), place(&["namn", "name"])) else {
        let problem = SourceError::new(&name, "the columns id and namn are needed")
            .at_line(line)
            .with_hint("the first row names the columns: id;namn");
        return Err(Error::Rows {
            problems: vec![problem],
        });
    };
    let cell = |row: &[String], at: usize| {
        let cell = row.get(at).map_or("", String::as_str);
        sheet::own(cell).to_owned()
    };
    let others = numbered.map(|(row, _)| (cell(row, id), cell(row, title)));
    Ok(others
        .filter(|(id, title)| !id.is_empty() || !title.is_empty())
        .collect())
}

/// Tells whether a file is there that is none of the forms as they were written.
fn is_filled_in(file: &Path, forms: &[Vec<u8>]) -> Result<bool, Error> {
    if !is_file(file) {
        return Ok(false);
    }
    let bytes = read_limited(file, sheet::MAX_SHEET_BYTES)?;
    Ok(!forms.contains(&bytes))
}

/// Returns a recipient's answer form: a row for each clause, and one for the whole.
fn answer_form(recipient: &Recipient, clauses: &[ClauseHead]) -> Result<Vec<u8>, Error> {
    let mut rows = vec![ANSWER_COLUMNS.map(str::to_owned).to_vec()];
    let mut row = |number: &str, id: &str, title: &str| {
        let cells = [recipient.id.as_str(), number, id, title, "", ""];
        rows.push(cells.map(str::to_owned).to_vec());
    };
    for head in clauses {
        row(&head.number, head.id.as_str(), &head.title);
    }
    row("", WHOLE, "Avtalet i sin helhet");
    sheet::swedish_csv(&rows)
}

/// No short name is longer.
const MAX_ID_CHARS: usize = 40;
static EMPTY: Vec<String> = Vec::new();
