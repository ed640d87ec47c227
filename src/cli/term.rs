//! `sigill term`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::report;
use super::style::{DIM, GOOD, HEADING, WARN, say, say_json};
use crate::agreement::AgreementId;
use crate::calendar::{
    Follows, Length, Period, Prolonging, Standing, State, Stretch, parse_day, parse_length,
    swedish_weekday,
};
use crate::journeys::term::{self, Reckoned, TermLine};
use crate::journeys::{Error, Office};

/// Show whether an agreement is in force, until when notice may be given, and what follows
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill term familjecentral
  sigill term familjecentral --as-of 2026-12-31
  sigill term                                  all agreements
  sigill term --start 2024-03-01 --end 2025-12-31 --notice 12m --prolong 2y

With --start it only reckons and needs no office. Both ends of a term are days in force. The plain
reading of the last day for notice rules; the cautious one is a day sooner.")]
pub(super) struct Arguments {
    /// The agreement; all of them if not said
    #[arg(conflicts_with_all = ["start", "end"])]
    agreement: Option<AgreementId>,
    /// As it is at the end of this day in Sweden; today if not said
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<NaiveDate>,
    /// First day of the term to reckon
    #[arg(long, value_name = "DATE", value_parser = day, requires = "end")]
    start: Option<NaiveDate>,
    /// Last day of the term to reckon
    #[arg(long, value_name = "DATE", value_parser = day, requires = "start")]
    end: Option<NaiveDate>,
    /// Length of notice before the end, such as 12m
    #[arg(long, value_name = "LENGTH", value_parser = length, requires = "start", allow_hyphen_values = true)]
    notice: Option<Length>,
    /// Length of each prolongation, such as 2y
    #[arg(long, value_name = "LENGTH", value_parser = length, requires = "start", allow_hyphen_values = true)]
    prolong: Option<Length>,
    /// It is prolonged one time only
    #[arg(long, requires = "prolong")]
    once: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Tells whether an office is needed.
    pub(super) fn needs_office(&self) -> bool {
        self.start.is_none()
    }
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Reckoned {
        rows: lines,
        problems,
    } = term::run(office, arguments.agreement.as_ref(), arguments.as_of).await?;
    if arguments.json {
        say_json(&lines)?;
        return Ok(report::errors(&problems));
    }
    if lines.is_empty() && problems.is_empty() {
        say("Inget publicerat avtal har en avtalstid.");
    }
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            say("");
        }
        print(line);
    }
    Ok(report::errors(&problems))
}

/// Reckons without an office.
pub(super) fn reckon(arguments: &Arguments) -> Result<ExitCode, Error> {
    let prolonging = arguments.prolong.map(|length| {
        if arguments.once {
            Prolonging::Once(length)
        } else {
            Prolonging::Repeated(length)
        }
    });
    let (Some(start), Some(end)) = (arguments.start, arguments.end) else {
        return Ok(ExitCode::from(2));
    };
    let standing = term::reckon(start, end, arguments.notice, prolonging, arguments.as_of)?;
    if arguments.json {
        say_json(&standing)?;
    } else {
        say_standing(&standing);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(line: &TermLine) {
    say(&format!(
        "{HEADING}{}{HEADING:#}  {DIM}{} {}{DIM:#}",
        line.name, line.agreement, line.version
    ));
    if let Some(words) = for_whom(line) {
        say(&format!("  {words}"));
    }
    say_standing(&line.standing);
    for notice in &line.notices {
        let to = notice
            .to
            .as_ref()
            .map(|to| format!(" till {to}"))
            .unwrap_or_default();
        let reach = match (&notice.reach.missed, &notice.reach.period) {
            (Some(missed), _) => format!(
                "{WARN}för sent{WARN:#}: sista dag var {}, {} för sent",
                missed.last_day,
                days(missed.days_late)
            ),
            (None, Some(period)) => format!("i tid, avtalet upphör {}", period.days.last_day()),
            (None, None) => "efter avtalets sista period".to_owned(),
        };
        let doubt = if notice.reach.is_doubtful {
            ", men på den försiktiga läsningens sista dag eller senare"
        } else {
            ""
        };
        say(&format!(
            "  uppsägning från {}{to}, mottagen {} (post {}): {reach}{doubt}",
            notice.by, notice.reach.received_on, notice.seq
        ));
    }
    for end in &line.ends {
        let why = if end.is_left_alone {
            ", som annars vore ensam kvar"
        } else {
            ""
        };
        say(&format!("  upphör {} för {}{why}", end.last_day, end.party));
    }
    if !line.ends.is_empty() {
        say(&format!(
            "  fortsätter för {} av {}",
            line.goes_on(),
            line.rows
        ));
        if !line.is_effect_said {
            say(
                "  Texten säger inte för vem en uppsägning gäller; här visas den snävaste läsningen.",
            );
        }
    }
}

/// Returns for whom a version is where the agreement has several.
fn for_whom(line: &TermLine) -> Option<String> {
    let later: Vec<String> = line.replaced_by.iter().map(ToString::to_string).collect();
    let later = later.join(" eller ");
    match (line.replaces.is_empty(), line.replaced_by.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!(
            "gäller för dem som inte har ingått version {later}; {} av {} har gjort det",
            line.replaced_for.len(),
            line.rows
        )),
        (false, true) => Some("gäller för dem som har ingått den".to_owned()),
        (false, false) => Some(format!(
            "gäller för dem som har ingått den och inte version {later}"
        )),
    }
}

fn say_standing(standing: &Standing) {
    let period = &standing.period;
    let state = match standing.state {
        State::Ended => match standing.follows {
            Follows::Ends { last_day } => {
                format!("{WARN}har upphört{WARN:#}, sista dag var {last_day}")
            }
            Follows::Prolonged { .. } | Follows::ProlongedWithoutNotice { .. } => {
                format!("{WARN}har upphört{WARN:#}")
            }
        },
        State::InForce => format!(
            "{GOOD}gäller{GOOD:#}, {} kvar av perioden",
            days(standing.days_left)
        ),
        State::NotYet => format!(
            "gäller inte ännu, börjar om {}",
            days(standing.days_to_start)
        ),
    };
    say(&format!("  den {}: {state}", standing.as_of));
    say(&format!("  {}", period_words(period)));
    if let Some(coming) = &standing.next_notice {
        say(&format!(
            "  sista dag för uppsägning: {} ({}), {}; försiktig läsning {} ({}){}",
            coming.days.plain,
            swedish_weekday(coming.days.plain),
            match coming.days_left {
                0 => "i dag".to_owned(),
                left => format!("om {}", days(left)),
            },
            coming.days.cautious,
            swedish_weekday(coming.days.cautious),
            if coming.period.number == period.number {
                String::new()
            } else {
                format!("; gäller {}", period_words(&coming.period))
            },
        ));
    } else if let Some(passed) = &standing.notice
        // What ends by itself asks for no notice, and what notice has ended for no further one.
        && matches!(standing.follows, Follows::Prolonged { .. })
        && passed.plain < standing.as_of
    {
        say(&format!("  sista dag för uppsägning var {}", passed.plain));
    }
    let follows = match standing.follows {
        Follows::Ends { last_day } => format!("upphör efter {last_day}"),
        Follows::Prolonged { next } => format!("förlängs: {}", period_words(&next)),
        Follows::ProlongedWithoutNotice { next } => {
            format!("förlängs om ingen säger upp: {}", period_words(&next))
        }
    };
    if standing.state != State::Ended {
        say(&format!("  {follows}"));
    }
}

fn period_words(period: &Period) -> String {
    let days: Stretch = period.days;
    format!(
        "period {}: {} – {}",
        period.number,
        days.first_day(),
        days.last_day()
    )
}

fn days(count: u32) -> String {
    match count {
        1 => "1 dag".to_owned(),
        count => format!("{count} dagar"),
    }
}

/// Reads a day as people write it.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    parse_day("day", text).map_err(|error| format!("{error} ({})", error.hint()))
}

/// Reads a length of time as people write it.
pub(super) fn length(text: &str) -> Result<Length, String> {
    parse_length("length", text).map_err(|error| format!("{error} ({})", error.hint()))
}
