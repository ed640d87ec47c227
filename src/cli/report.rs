//! Errors on the terminal: one sentence, the problems behind it, a hint; and the table of exit codes.

use std::process::ExitCode;

use chrono::{DateTime, Utc};

use crate::agreement::SourceError;
use crate::journeys::{Error, Kind};

use super::style::{ERROR, HINT, ask, complain};

/// Prints an error and returns its exit code.
pub(super) fn error(error: &Error) -> ExitCode {
    // One problem is the sentence; several are listed under it.
    match error.problems() {
        [problem] => problem_line(problem),
        problems => {
            complain(&format!("{ERROR}error:{ERROR:#} {error}"));
            for problem in problems {
                complain(&format!("  {problem}"));
            }
        }
    }
    let first = error
        .problems()
        .iter()
        .find_map(|problem| problem.hint.clone());
    if let Some(hint) = error.hint().or(first) {
        complain(&format!("\n{HINT}hint:{HINT:#} {hint}"));
    }
    exit_code(error.kind())
}

/// Prints what could not be done beside what could, and returns the exit code of the first of these errors.
pub(super) fn errors(errors: &[Error]) -> ExitCode {
    let codes: Vec<ExitCode> = errors.iter().map(error).collect();
    codes.into_iter().next().unwrap_or(ExitCode::SUCCESS)
}

/// Prints what kept a command from looking, where 1 means "not good": then that is 2.
pub(super) fn could_not_look(failure: &Error) -> ExitCode {
    let internal = failure.kind() == Kind::Internal;
    let code = error(failure);
    if internal { code } else { ExitCode::from(2) }
}

/// Prints problems, each with its hint.
pub(super) fn problems(problems: &[SourceError]) {
    for problem in problems {
        problem_line(problem);
        if let Some(hint) = &problem.hint {
            complain(&format!("  {HINT}hint:{HINT:#} {hint}"));
        }
    }
}

/// Tells that the machine's clock was behind the register's last entry; what was entered stands.
pub(super) fn clock_went_back(now: DateTime<Utc>, last_at: DateTime<Utc>) {
    let (now, last_at) = (now.format(INSTANT), last_at.format(INSTANT));
    complain(&format!(
        "{HINT}warning:{HINT:#} this machine's clock says {now}, and the register's last entry is of {last_at}\n\n{HINT}hint:{HINT:#} set the clock; entries keep the order in which they were made"
    ));
}

const INSTANT: &str = "%Y-%m-%d %H:%M:%S UTC";

fn problem_line(problem: &SourceError) {
    complain(&format!("{ERROR}error:{ERROR:#} {problem}"));
}

/// Prints what was wrong with the command, and what to do.
pub(super) fn user(message: &str, hint: &str) -> ExitCode {
    complain(&format!(
        "{ERROR}error:{ERROR:#} {message}\n\n{HINT}hint:{HINT:#} {hint}"
    ));
    exit_code(Kind::User)
}

/// What is asked before something is entered that a person has to look at.
pub(super) struct Question {
    /// What is asked.
    pub(super) text: &'static str,
    /// What is said after a no.
    pub(super) after_no: &'static str,
    /// What to do where there is nobody to ask.
    pub(super) hint: &'static str,
}

impl Question {
    /// Asks, unless the answer was given with the command; returns the exit code of anything but a yes.
    pub(super) fn refused(&self, yes: bool) -> Option<ExitCode> {
        if yes {
            return None;
        }
        match ask(self.text) {
            Some(true) => None,
            Some(false) => {
                complain(self.after_no);
                Some(ExitCode::from(1))
            }
            None => Some(user("there is no terminal on which to ask", self.hint)),
        }
    }
}

/// Prints what disk, terminal or another machine refused.
pub(super) fn outside(message: &str) -> ExitCode {
    complain(&format!("{ERROR}error:{ERROR:#} {message}"));
    exit_code(Kind::Outside)
}

/// Prints a fault of the program itself.
pub(super) fn fault(message: &str) -> ExitCode {
    complain(&format!("{ERROR}error:{ERROR:#} {message}"));
    exit_code(Kind::Internal)
}

/// The one table of exit codes.
pub(super) fn exit_code(kind: Kind) -> ExitCode {
    ExitCode::from(match kind {
        Kind::User => 2,
        Kind::Config => 3,
        Kind::Refused => 4,
        Kind::Outside => 5,
        Kind::Internal => 70,
    })
}
