//! The office that a journey works in: its folder, its settings, who acts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::{Error, SigningError, typeset};
use crate::agreement::{
    Actor, Agreement, AgreementId, FieldError, Manifest, Party, SourceError, VersionNumber,
};
use crate::config::Config;
use crate::outside::{Limits, Worker};
use crate::register::Tally;
use crate::signature::{Anchors, certificates_from_pem};
use crate::store::{
    ClockWentBack, Documents, Folder, Pins, STORE, Store, TEMPLATES, identifier_key,
};
use crate::template::{Bundle, BundleError};

/// An office, open for a journey.
#[derive(Debug, Clone)]
pub struct Office {
    /// The folder on disk.
    pub folder: Folder,
    /// The settings.
    pub config: Config,
    /// Who acts.
    pub actor: Actor,
    /// Where typesetting is done.
    pub workshop: Workshop,
    // Set by the first opening for writing that found the clock behind.
    clock: Arc<OnceLock<ClockWentBack>>,
}

/// This program, which typesets as its own child, and what the child may use.
#[derive(Debug, Clone)]
pub struct Workshop {
    /// The program's file.
    pub program: PathBuf,
    /// The limits.
    pub limits: Limits,
}

impl Workshop {
    /// Returns a workshop with the limits of some settings.
    #[must_use]
    pub fn new(program: PathBuf, config: &Config) -> Self {
        let limits = Limits {
            seconds: config.typeset_seconds,
            memory_mib: config.typeset_memory_mib,
        };
        Self { program, limits }
    }

    /// Starts the child that typesets.
    pub(super) fn press(
        &self,
        order: &typeset::Order,
        frames: Vec<Vec<u8>>,
    ) -> Result<Worker, Error> {
        let mut all = vec![serde_json::to_vec(order)?];
        all.extend(frames);
        Ok(Worker::start(
            &self.program,
            CHILD_COMMAND,
            all,
            self.limits,
        )?)
    }
}

impl Office {
    /// Opens an office. `actor` acts; if `None`, whom the settings name, else `fallback`.
    ///
    /// # Errors
    /// [`Error`] when the folder is not an office or its settings are wrong.
    pub fn open(
        root: &Path,
        actor: Option<Actor>,
        fallback: Actor,
        program: PathBuf,
    ) -> Result<Self, Error> {
        Self::open_folder(Folder::open(root)?, actor, fallback, program)
    }

    /// Opens a folder that need not be an office yet, for putting one back there.
    ///
    /// # Errors
    /// [`Error`] when its settings are wrong.
    pub fn open_new(
        root: &Path,
        actor: Option<Actor>,
        fallback: Actor,
        program: PathBuf,
    ) -> Result<Self, Error> {
        Self::open_folder(Folder::new(root), actor, fallback, program)
    }

    fn open_folder(
        folder: Folder,
        actor: Option<Actor>,
        fallback: Actor,
        program: PathBuf,
    ) -> Result<Self, Error> {
        let config = match folder.settings()? {
            Some(text) => Config::parse(&text).map_err(crate::store::Error::from)?,
            None => Config::default(),
        };
        let actor = actor.or_else(|| config.actor.clone()).unwrap_or(fallback);
        let workshop = Workshop::new(program, &config);
        Ok(Self {
            folder,
            config,
            actor,
            workshop,
            clock: Arc::default(),
        })
    }

    /// Opens an office if the folder is one.
    ///
    /// # Errors
    /// [`Error`] when its settings are wrong.
    pub fn open_if_any(
        root: &Path,
        actor: Option<Actor>,
        fallback: Actor,
        program: PathBuf,
    ) -> Result<Option<Self>, Error> {
        match Self::open(root, actor, fallback, program) {
            Ok(office) => Ok(Some(office)),
            Err(Error::Store(crate::store::Error::NoOffice { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the folder for generated files.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.config.out(self.folder.root())
    }

    /// Returns the office's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Returns the parties of signatories/ in list order.
    pub(super) fn parties(&self) -> Result<Vec<Party>, Error> {
        Ok(self
            .folder
            .parties()?
            .into_iter()
            .map(|(_, party)| party)
            .collect())
    }

    pub(super) async fn read_store(&self) -> Result<Option<Store>, Error> {
        Ok(Store::read(self.root(), &self.pins()).await?)
    }

    /// Returns the documents, to read: they never change, so the office need not be held.
    pub(super) fn documents(&self) -> Result<Documents, Error> {
        Ok(Documents::open(&self.root().join(STORE))?)
    }

    /// Returns whom the office trusts, by signatories/trust/.
    pub(super) fn anchors(&self) -> Result<Anchors, Error> {
        anchors_of(self.folder.trust_files()?)
    }

    /// Returns the key of the hashes of personal identifiers, if there is one.
    pub(super) fn identifier_key(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        Ok(identifier_key(self.root())?)
    }

    pub(super) async fn write_store(&self) -> Result<Store, Error> {
        let store = Store::write(self.root(), &self.actor, &self.pins()).await?;
        if let Some(clock) = store.clock_went_back() {
            // Told once: a second opening of the same run finds the same clock.
            self.clock.set(clock).ok();
        }
        Ok(store)
    }

    /// Returns where this machine remembers what it has seen of registers.
    pub(super) fn pins(&self) -> Pins {
        match &self.config.register.pins {
            Some(folder) => Pins::in_folder(&self.root().join(folder)),
            None => Pins::of_user(),
        }
    }

    /// Tells whether the machine's clock was behind the register's last entry when something was about to
    /// be entered.
    #[must_use]
    pub fn clock_went_back(&self) -> Option<ClockWentBack> {
        self.clock.get().copied()
    }

    /// Reads a version from templates/ and freezes it with today's parties.
    ///
    /// Its text is not looked at here: the child that typesets lints it, under its limits.
    pub(super) fn bundle_from_folder(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<Bundle, Error> {
        freeze_folder(&self.folder, agreement, version)
    }

    /// Names the file in which something is wrong that kept a bundle from being made.
    pub(super) fn bundle_error(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
        source: BundleError,
    ) -> Error {
        bundle_error(
            &self.folder,
            &Folder::version_name(agreement, version),
            source,
        )
    }

    /// Names the file of the party whose field is wrong.
    pub(super) fn field_error(&self, source: FieldError) -> Error {
        field_error(&self.folder, source)
    }

    /// Returns what an agreement's agreement.toml in templates/ says.
    pub(super) fn agreement(&self, agreement: &AgreementId) -> Result<Agreement, Error> {
        let file = format!("{TEMPLATES}/{agreement}/agreement.toml");
        let text = self.folder.agreement_text(agreement)?;
        Agreement::parse(&file, &text).map_err(|error| Error::Template {
            problems: vec![error],
        })
    }

    /// Returns the version's manifest in templates/, if its folder is there.
    pub(super) fn manifest(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<Manifest, Error> {
        let file = format!("{}/version.toml", Folder::version_name(agreement, version));
        let text = self.folder.manifest_text(agreement, version)?;
        Manifest::parse(&file, &text).map_err(|error| Error::Template {
            problems: vec![error],
        })
    }

    /// Checks that an agreement exists, in templates/ or in the register.
    pub(super) fn require_agreement(
        &self,
        agreement: &AgreementId,
        tally: &Tally,
    ) -> Result<(), Error> {
        let known = self.folder.agreements()?;
        if known.contains(agreement) || tally.latest(agreement).is_some() {
            return Ok(());
        }
        Err(Error::UnknownAgreement {
            agreement: agreement.clone(),
            known,
        })
    }
}

/// Trusts the certificates in these files.
pub(super) fn anchors_of(files: Vec<(PathBuf, Vec<u8>)>) -> Result<Anchors, Error> {
    let mut certificates = Vec::new();
    for (file, bytes) in files {
        let found = certificates_from_pem(&bytes)
            .map_err(|source| SigningError::CertificateFile { file, source })?;
        certificates.extend(found);
    }
    Ok(Anchors::new(certificates).map_err(SigningError::Signature)?)
}

/// The hidden command under which this program typesets for its parent.
pub const CHILD_COMMAND: &str = "typeset-child";

/// Reads a version of a folder that is laid out as an office's, and freezes it with today's parties.
pub(super) fn freeze_folder(
    folder: &Folder,
    agreement: &AgreementId,
    version: VersionNumber,
) -> Result<Bundle, Error> {
    let name = Folder::version_name(agreement, version);
    let files = folder.version_files(agreement, version)?;
    if !files.contains_key("version.toml") {
        return Err(Error::UnknownVersion {
            agreement: agreement.clone(),
            version,
        });
    }
    let parties: Vec<Party> = folder
        .parties()?
        .into_iter()
        .map(|(_, party)| party)
        .collect();
    let bundle = Bundle::freeze(&name, files, &parties)
        .map_err(|source| bundle_error(folder, &name, source))?;
    if bundle.manifest().version != version || bundle.agreement().id != *agreement {
        let message = format!(
            "agreement.toml and version.toml say {} {}",
            bundle.agreement().id,
            bundle.manifest().version
        );
        return Err(Error::Template {
            problems: vec![
                SourceError::new(&name, message)
                    .with_hint("the folders' names and the files must agree"),
            ],
        });
    }
    Ok(bundle)
}

fn bundle_error(folder: &Folder, name: &str, source: BundleError) -> Error {
    match source {
        BundleError::Source(error) => Error::Template {
            problems: vec![error],
        },
        BundleError::Field(field) => field_error(folder, field),
        source => Error::Bundle {
            folder: name.to_owned(),
            source,
        },
    }
}

fn field_error(folder: &Folder, source: FieldError) -> Error {
    let parties = folder.parties().unwrap_or_default();
    let file = parties
        .into_iter()
        .find(|(_, party)| party.code == source.party)
        .map(|(file, _)| file);
    Error::Field {
        file: file.unwrap_or_else(|| crate::store::PARTIES.to_owned()),
        source,
    }
}
