//! A consultation as the journeys see it: what went out, who was asked, what is known by now.

use chrono::NaiveDate;

use super::words::{folded, shortened};
use super::{About, ConsultError};
use crate::agreement::{AgreementId, PartyCode, VersionNumber};
use crate::calendar::swedish_day;
use crate::journeys::publish::{first_edit, read_kept};
use crate::journeys::{Error, Office};
use crate::outside::now;
use crate::register::{ConsultationState, Recipient, Tally};
use crate::store::{Folder, Store};
use crate::template::{Bundle, ClauseHead, contents};

/// A consultation.
pub(super) struct Round {
    pub(super) agreement: AgreementId,
    /// The version as it went out.
    pub(super) bundle: Bundle,
    /// Its clauses.
    pub(super) contents: Vec<ClauseHead>,
    /// A file of the version's folder that was changed since, and how.
    pub(super) edited: Option<String>,
    /// What each party is called besides its code, as signatories/ has it today.
    names: Vec<(PartyCode, Vec<String>)>,
    pub(super) state: ConsultationState,
    pub(super) tally: Tally,
    pub(super) today: NaiveDate,
}

impl Round {
    /// Finds the consultation that is meant: the last one of the agreement, or of a version.
    pub(super) async fn find(
        office: &Office,
        store: Option<&mut Store>,
        about: &About,
    ) -> Result<Self, Error> {
        let agreement = &about.agreement;
        let Some(store) = store else {
            office.require_agreement(agreement, &Tally::default())?;
            return Err(none(about).into());
        };
        let entries = store.records.entries(Some(agreement)).await?;
        let tally = Tally::fold(&entries);
        office.require_agreement(agreement, &tally)?;
        let mut states = tally.consultations(agreement).iter().rev();
        let wanted = |state: &&ConsultationState| {
            let version = about.version;
            version.is_none_or(|version| state.opened.version == version)
        };
        let state = states.find(wanted).cloned().ok_or_else(|| none(about))?;
        let text = Text::read(store, agreement, state).await?;
        let opened = &text.state.opened;
        let folder = Folder::version_name(agreement, opened.version);
        let own = office
            .folder
            .own_version_files(agreement, opened.version)
            .unwrap_or_default();
        let edit = (!own.is_empty()).then(|| first_edit(&own, &text.bundle));
        let edited = edit.flatten().map(|(path, _)| format!("{folder}/{path}"));
        let names = office.parties()?.into_iter().map(|party| {
            let names = [&party.legal_name, &party.styled_name, &party.short_name];
            let names = names.map(|name| folded(name.as_str()));
            (party.code, names.to_vec())
        });
        let names = names.collect();
        // By a clock that went backwards, what was entered would seem to be to come.
        let last = entries.last().map(|entry| swedish_day(entry.at));
        let today = swedish_day(now());
        Ok(Self {
            agreement: agreement.clone(),
            bundle: text.bundle,
            contents: text.contents,
            edited,
            names,
            state: text.state,
            tally,
            today: last.map_or(today, |last| last.max(today)),
        })
    }

    /// Returns the other rounds of the version and of earlier ones that were answered, in the order of entry:
    /// their answers are to other texts.
    pub(super) async fn others(&self, store: &Store) -> Result<Vec<Text>, Error> {
        let states = self.tally.consultations(&self.agreement).iter();
        let is_other = |state: &&ConsultationState| {
            state.seq != self.state.seq
                && !state.answers.is_empty()
                && state.opened.version <= self.version()
        };
        let mut others = Vec::new();
        for state in states.filter(is_other) {
            others.push(Text::read(store, &self.agreement, state.clone()).await?);
        }
        Ok(others)
    }

    /// Returns the version that is out.
    pub(super) fn version(&self) -> VersionNumber {
        self.state.opened.version
    }

    /// Finds who is meant: by short name, by name, or by any name of a party.
    pub(super) fn recipient(&self, given: &str) -> Result<&Recipient, ConsultError> {
        let recipients = &self.state.opened.recipients;
        let wanted = folded(given);
        let is_called = |recipient: &&Recipient| {
            let own = [recipient.id.as_str(), recipient.name.as_str()];
            own.iter().any(|name| folded(name) == wanted)
        };
        let is_known = |recipient: &&Recipient| {
            let mut names = self.names.iter();
            let known = names.find(|(code, _)| recipient.party.as_ref() == Some(code));
            known.is_some_and(|(_, names)| names.contains(&wanted))
        };
        let found = recipients.iter().find(is_called);
        let found = found.or_else(|| recipients.iter().find(is_known));
        found.ok_or_else(|| ConsultError::UnknownRecipient {
            given: shortened(given),
            recipients: recipients.len(),
        })
    }
}

/// A round, and the text that went out in it.
pub(super) struct Text {
    pub(super) bundle: Bundle,
    pub(super) contents: Vec<ClauseHead>,
    pub(super) state: ConsultationState,
}

impl Text {
    async fn read(
        store: &Store,
        agreement: &AgreementId,
        state: ConsultationState,
    ) -> Result<Self, Error> {
        let opened = &state.opened;
        let bundle = read_kept(store, opened.bundle, opened.text_digest).await?;
        let folder = Folder::version_name(agreement, opened.version);
        let contents =
            contents(&bundle, &folder).map_err(|problems| Error::Template { problems })?;
        Ok(Self {
            bundle,
            contents,
            state,
        })
    }
}

fn none(about: &About) -> ConsultError {
    ConsultError::NoConsultation {
        agreement: about.agreement.clone(),
        version: about.version,
    }
}

/// Finds a clause by its id, its number (`§ 4`, `4`), its title, or number and title, in that order.
pub(super) fn find_clause<'a>(
    contents: &'a [ClauseHead],
    given: &str,
) -> Result<&'a ClauseHead, ConsultError> {
    let wanted = plain(given);
    let by_id = |head: &&ClauseHead| plain(head.id.as_str()) == wanted;
    let by_number = |head: &&ClauseHead| numbers(head).contains(&wanted);
    let by_title = |head: &&ClauseHead| titles(head).contains(&wanted);
    let all = || contents.iter().filter(|_| !wanted.is_empty());
    let mut found: Vec<&ClauseHead> = all().filter(by_id).collect();
    if found.is_empty() {
        found.extend(all().filter(by_number));
    }
    if found.is_empty() {
        found.extend(all().filter(by_title));
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(unknown_clause(contents, given)),
        several => Err(ConsultError::Ambiguous {
            given: shortened(given),
            known: several.iter().map(|head| head.id.to_string()).collect(),
        }),
    }
}

/// Returns the clauses that anything of theirs is called so.
pub(super) fn clauses_called<'a>(
    contents: &'a [ClauseHead],
    given: &str,
) -> impl Iterator<Item = &'a ClauseHead> {
    let wanted = plain(given);
    contents.iter().filter(move |head| {
        let is_id = plain(head.id.as_str()) == wanted;
        let is_named = numbers(head).contains(&wanted) || titles(head).contains(&wanted);
        !wanted.is_empty() && (is_id || is_named)
    })
}

/// Finds a clause by its id alone.
pub(super) fn clause_with_id<'a>(contents: &'a [ClauseHead], id: &str) -> Option<&'a ClauseHead> {
    let wanted = plain(id);
    contents
        .iter()
        .find(|head| plain(head.id.as_str()) == wanted)
}

pub(super) fn unknown_clause(contents: &[ClauseHead], given: &str) -> ConsultError {
    ConsultError::UnknownClause {
        given: shortened(given),
        known: contents.iter().map(|head| head.id.to_string()).collect(),
    }
}

fn numbers(head: &ClauseHead) -> Vec<String> {
    let number = plain(&head.number);
    if number.is_empty() {
        return Vec::new();
    }
    let both = format!("{number} {}", plain(&head.title));
    vec![number, both]
}

fn titles(head: &ClauseHead) -> Vec<String> {
    // An appendix is also called by what stands before its colon.
    let short = head.title.split_once(':').map(|(short, _)| plain(short));
    [Some(plain(&head.title)), short]
        .into_iter()
        .flatten()
        .collect()
}

fn plain(text: &str) -> String {
    let text = folded(&text.replace(['§', '.', ','], " "));
    let text = text.strip_prefix("paragraf ").unwrap_or(&text);
    text.to_owned()
}
