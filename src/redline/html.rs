//! A redline as one page: self-contained, without scripts, to read, to print and to hear.
//!
//! What came and went is said by `ins` and `del`, by colour and line, and in words for those who hear the page.
//! Follows WCAG 2.1 as EN 301 549 V3.2.1 asks of web pages: language (3.1.1), title (2.4.2), headings and table
//! headers (1.3.1), no meaning by colour alone (1.4.1), contrast (1.4.3).

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};

use super::model::Redline;
use super::sheet::Sheet;

/// Returns a redline as a page in Swedish.
///
/// # Errors
/// None for values of this type.
pub fn html(redline: &Redline) -> Result<Vec<u8>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    let sheet = Sheet::of(redline);
    // What ends so is escaped as HTML.
    let text = environment.render_named_str("page.html", TEMPLATE, Value::from(Serde(&sheet)))?;
    Ok(text.into_bytes())
}

const TEMPLATE: &str = include_str!("page.html");
