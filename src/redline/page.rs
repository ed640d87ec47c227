//! A redline as pages: the values that the template of its PDF prints.

use super::model::Redline;
use super::sheet::Sheet;

/// The template of a redline's pages. It prints the texts `program`, `sheet` ([`page`] as JSON) and `report`
/// (what is attached).
pub const PAGE: &str = include_str!("page.typ");

/// Returns what a redline's pages say, in Swedish.
///
/// # Errors
/// None for values of this type.
pub fn page(redline: &Redline) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(Sheet::of(redline))
}
