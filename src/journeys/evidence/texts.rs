//! The frozen text, and texts that explain the package to those who keep it.

use super::package::{FileLine, Package, What};
use super::{Error, Scope};

pub(super) async fn add(scope: &Scope<'_>, package: &mut Package) -> Result<(), Error> {
    let published = &scope.published.published;
    let name = format!(
        "{}-{}-bundle.zip",
        scope.request.agreement, published.version
    );
    let bundle = scope.store.documents.get(published.bundle).await?;
    let line = FileLine::new(
        format!("text/{name}"),
        What::Text,
        "den fastställda texten: allt som exemplaren är satta ur",
    );
    package.add(line, &bundle)?;
    let recipe = RECIPE
        .replace("{name}", &name)
        .replace("{digest}", &published.text_digest.to_string());
    let line = FileLine::new(
        "text/KONTROLLSUMMA.txt",
        What::Explanation,
        "hur avtalstextens kontrollsumma räknas",
    );
    package.add(line, recipe.as_bytes())?;
    let line = FileLine::new(
        "E-ARK.txt",
        What::Explanation,
        "hur paketet förs över till ett e-arkiv",
    );
    package.add(line, ARCHIVE.as_bytes())
}

/// How the digest of the text is computed with common tools.
const RECIPE: &str = include_str!("recipe.txt");
/// How the package maps to an E-ARK submission.
const ARCHIVE: &str = include_str!("archive.txt");
