//! Errors on the terminal: one sentence, the problems behind it, a hint; and the table of exit codes.

use std::process::ExitCode;

use crate::agreement::SourceError;
use crate::journeys::{Error, Kind};

use super::style::{ERROR, HINT, complain};

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

/// Prints problems, each with its hint.
pub(super) fn problems(problems: &[SourceError]) {
    for problem in problems {
        problem_line(problem);
        if let Some(hint) = &problem.hint {
            complain(&format!("  {HINT}hint:{HINT:#} {hint}"));
        }
    }
}

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
