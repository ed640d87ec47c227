//! Values as Typst text: whatever a value holds, it comes out as text or is refused.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::agreement::refused_character;

/// Steps a template may take; a version's longest clause takes some thousands.
const MAX_STEPS: u64 = 2_000_000;

/// Returns an environment in which nothing but [`str`] gives anything but escaped text.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = limited();
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("typst".into()));
    environment.set_formatter(format);
    environment.add_filter("str", |value: &Value| {
        literal(value).map(|text| Value::from_object(Literal(text)))
    });
    environment
}

/// Returns an environment for plain text: values stand as they are, on one line each, or are refused.
pub(super) fn plain_environment() -> Environment<'static> {
    let mut environment = limited();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(format_plain);
    environment
}

/// Returns an environment with the limits that every template has.
fn limited() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_debug(false);
    // Ways around the escaping.
    for filter in ["safe", "e", "escape"] {
        environment.remove_filter(filter);
    }
    environment
}

/// A finished string literal. No filter knows it, so none can cut its quotes off: whatever another
/// filter makes of it is a plain value again and is escaped.
#[derive(Debug)]
struct Literal(String);

impl Object for Literal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a value as an embedded Typst string, `#"…";`.
///
/// It holds in markup, content blocks and math; the `;` keeps the text after it from continuing
/// the expression. `state.auto_escape()` is not asked, so `{% autoescape false %}` opens nothing.
fn format(output: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "undefined value"));
    }
    if let Some(literal) = value.downcast_object_ref::<Literal>() {
        return write(output, &literal.0);
    }
    if value.is_safe() {
        // The output of a macro or a captured block, whose values went through here already.
        return write(output, value.as_str().unwrap_or_default());
    }
    write(output, "#")?;
    write(output, &literal(value)?)?;
    write(output, ";")
}

/// Writes a value as plain text.
fn format_plain(
    output: &mut Output<'_>,
    _state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    if value.is_safe() {
        // The output of a macro or a captured block, whose values went through here already.
        return write(output, value.as_str().unwrap_or_default());
    }
    write(output, &printed(value)?)
}

fn write(output: &mut Output<'_>, text: &str) -> Result<(), Error> {
    fmt::Write::write_str(output, text).map_err(|error| {
        Error::new(ErrorKind::WriteFailure, "the output cannot grow").with_source(error)
    })
}

/// Returns a value as a Typst string literal in which only letters, digits and spaces stand raw.
fn literal(value: &Value) -> Result<String, Error> {
    Ok(quote(&printed(value)?))
}

/// Returns a value as text, if it is one that can be printed.
fn printed(value: &Value) -> Result<String, Error> {
    if value.is_undefined() || value.is_none() {
        return Err(Error::new(
            ErrorKind::UndefinedError,
            "the value is none; ask for it with if first",
        ));
    }
    if !(value.as_str().is_some() || value.is_number() || value.is_integer()) {
        let message = format!(
            "a {} cannot be printed, only text and numbers",
            value.kind()
        );
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let text = value.to_string();
    if let Some((position, c)) = refused_character(&text) {
        let code = u32::from(c);
        let message =
            format!("character U+{code:04X} at position {position} of a value is not allowed");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    Ok(text)
}

/// Returns the text in quotes; even inside quotes that an author put by mistake it cannot become code.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for c in text.chars() {
        if c.is_alphanumeric() || c == ' ' {
            quoted.push(c);
        } else {
            quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    quoted.push('"');
    quoted
}
