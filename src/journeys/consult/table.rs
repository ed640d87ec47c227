//! Answers in a list: a row for each clause of an answer, or a row for each answer with columns for the clauses.
//!
//! Columns stand in any order. Every fault is told with its row and column; nothing is guessed.

use chrono::NaiveDate;

use super::ConsultError;
use super::incoming::{Incoming, IncomingClause};
use super::round::{Round, clause_with_id, clauses_called, find_clause, unknown_clause};
use super::words::{folded, read_stance, shortened};
use crate::agreement::{Name, SourceError};
use crate::calendar::{parse_day, parse_instant, swedish_day};
use crate::journeys::sheet::letters;
use crate::journeys::{Error, sheet};
use crate::register::Stance;
use crate::template::ClauseHead;

/// What holds where the list says nothing.
pub(super) struct Defaults {
    pub(super) by: Option<Name>,
    pub(super) received_on: NaiveDate,
}

/// Returns the answers in the rows of a list, each with its first row, in the order of these.
///
/// # Errors
/// Every fault that was found.
pub(super) fn read_answers(
    file: &str,
    rows: &[Vec<String>],
    round: &Round,
    defaults: &Defaults,
) -> Result<Vec<(usize, Incoming)>, Vec<SourceError>> {
    let mut table = Table::new(file, rows, round)?;
    table.check_columns(defaults.by.is_some());
    if !table.problems.is_empty() {
        return Err(table.problems);
    }
    let mut answers: Vec<Read> = Vec::new();
    for (index, row) in rows.iter().enumerate().skip(table.header_row) {
        if row.iter().any(|cell| !cell.is_empty()) {
            table.read_row(index.saturating_add(1), row, defaults, &mut answers);
        }
    }
    let mut finished = Vec::new();
    for read in answers {
        match read.answer.finish(round) {
            Ok(answer) => finished.push((read.row, answer)),
            // What it says is told as a fault already.
            Err(Error::Consult(ConsultError::Empty { .. })) if !read.is_sound => {}
            Err(error) => table.fault(read.row, None, &error),
        }
    }
    if finished.is_empty() && table.problems.is_empty() {
        let problem = SourceError::new(file, "there is no answer in the list")
            .with_hint("fill in the columns ståndpunkt and synpunkt");
        table.problems.push(problem);
    }
    if table.problems.is_empty() {
        Ok(finished)
    } else {
        table.problems.sort_by_key(|problem| problem.line);
        Err(table.problems)
    }
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    By,
    /// What a clause is called, by the word that the column has for it.
    Clause(&'static str),
    Comment(Option<ClauseHead>),
    Received,
    Stance(Option<ClauseHead>),
}

struct Table<'a> {
    columns: Vec<Option<Column>>,
    file: &'a str,
    /// The names of the columns, as they stand.
    header: &'a [String],
    /// The row of the names, counted from 1.
    header_row: usize,
    problems: Vec<SourceError>,
    round: &'a Round,
}

impl<'a> Table<'a> {
    fn new(
        file: &'a str,
        rows: &'a [Vec<String>],
        round: &'a Round,
    ) -> Result<Self, Vec<SourceError>> {
        let is_filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.is_empty());
        let mut numbered = rows.iter().zip(1_usize..);
        let Some((header, header_row)) = numbered.find(|(row, _)| is_filled(row)) else {
            return Err(vec![
                SourceError::new(file, "the list is empty").with_hint(COLUMNS_HINT),
            ]);
        };
        let mut table = Self {
            columns: Vec::new(),
            file,
            header,
            header_row,
            problems: Vec::new(),
            round,
        };
        for (place, name) in header.iter().enumerate() {
            let column = (!name.is_empty()).then(|| column(name, &round.contents));
            match column {
                None => table.columns.push(None),
                Some(Some(column)) => table.columns.push(Some(column)),
                Some(None) => {
                    table.columns.push(None);
                    let message = format!("{}the column is not known", table.place(place));
                    table.problem(header_row, message, COLUMNS_HINT);
                }
            }
        }
        Ok(table)
    }

    /// Tells what is missing among the columns, and what stands there twice.
    fn check_columns(&mut self, is_by_known: bool) {
        for (place, column) in self.columns.clone().iter().enumerate() {
            let Some(column) = column else { continue };
            let mut earlier = self.columns.iter().take(place);
            if let Some(first) = earlier.position(|it| it.as_ref() == Some(column)) {
                let first = letters(first);
                let message = format!("{}the same stands in column {first}", self.place(place));
                self.problem(self.header_row, message, "take one of the two away");
            }
        }
        let has = |wanted: fn(&Column) -> bool| self.columns.iter().flatten().any(wanted);
        let has_by = has(|it| *it == Column::By);
        let has_clause = has(|it| matches!(it, Column::Clause(_)));
        let has_said = has(|it| matches!(it, Column::Comment(None) | Column::Stance(None)));
        let is_wide = has(|it| matches!(it, Column::Comment(Some(_)) | Column::Stance(Some(_))));
        let row = self.header_row;
        if !has_by && !is_by_known {
            let message = "the column remissinstans is missing".to_owned();
            self.problem(
                row,
                message,
                "add it, or tell whose answer it is with --by ID",
            );
        }
        if !has_clause && !is_wide {
            let message = "no column names the clause: nummer, id or rubrik".to_owned();
            self.problem(row, message, COLUMNS_HINT);
        }
        if has_clause && !has_said {
            let message = "the columns ståndpunkt and synpunkt are both missing".to_owned();
            self.problem(row, message, COLUMNS_HINT);
        }
        if has_clause && is_wide {
            let message = "the clauses are named both in rows and in columns".to_owned();
            self.problem(row, message, "choose one of the two");
        }
    }

    fn read_row(
        &mut self,
        row: usize,
        cells: &[String],
        defaults: &Defaults,
        answers: &mut Vec<Read>,
    ) {
        let before = self.problems.len();
        let mut by = defaults.by.clone();
        let mut received = None;
        let mut named: Option<Named> = None;
        let (mut stance, mut words) = (None, None);
        let mut wide: Vec<Said<'_>> = Vec::new();
        let columns = self.columns.clone();
        let nameless = None;
        let unnamed = std::iter::repeat(&nameless);
        let filled = columns.iter().chain(unnamed).zip(cells).enumerate();
        for (place, (column, cell)) in filled {
            let cell = sheet::own(cell);
            if cell.is_empty() {
                continue;
            }
            let Some(column) = column else {
                let column = letters(place);
                let message = format!("column {column} has no name, but words");
                self.problem(row, message, "name the column, or empty it");
                continue;
            };
            match column {
                Column::By => by = self.read_by(row, place, cell, by),
                Column::Clause(word) => {
                    self.read_clause(row, place, (word, cell), &mut named);
                }
                Column::Comment(None) => words = Some((place, cell)),
                Column::Comment(Some(head)) => {
                    let words = Some((place, cell));
                    Said::new(Some(head), None, words).join(&mut wide);
                }
                Column::Received => received = self.read_day(row, place, cell),
                Column::Stance(of) => match read_stance(cell) {
                    Ok(read) => match of {
                        None => stance = Some((place, read)),
                        Some(head) => {
                            let stance = Some((place, read));
                            Said::new(Some(head), stance, None).join(&mut wide);
                        }
                    },
                    Err(error) => self.fault(row, Some(place), &error.into()),
                },
            }
        }
        let says = stance.is_some() || words.is_some() || !wide.is_empty();
        if self.problems.len() == before
            && says
            && let Some(named) = &named
            && named.clauses.len() > 1
        {
            let clauses = named.clauses.iter().map(|clause| match clause {
                Some(head) => head.id.to_string(),
                None => WHOLE.to_owned(),
            });
            let error = ConsultError::Ambiguous {
                given: named.given.clone(),
                known: clauses.collect(),
            };
            self.fault(row, Some(named.place), &error.into());
        }
        if self.problems.len() > before {
            return;
        }
        let Some(by) = by else {
            if says {
                let place = self.columns.iter().position(|it| *it == Some(Column::By));
                let place = place.map(|place| self.place(place)).unwrap_or_default();
                self.problem(
                    row,
                    format!("{place}it is not said whose answer it is"),
                    BY_HINT,
                );
            }
            return;
        };
        // A row of a form that was left empty.
        if !says {
            return;
        }
        if named.is_none() && wide.is_empty() {
            let hint = "name the clause, or write allmänt for the whole text";
            self.problem(row, "no clause is named".to_owned(), hint);
            return;
        }
        let known = answers.iter().position(|read| read.answer.by == by);
        let index = known.unwrap_or_else(|| {
            let day = received.unwrap_or(defaults.received_on);
            answers.push(Read {
                answer: Incoming::new(by, day),
                is_sound: true,
                row,
            });
            answers.len().saturating_sub(1)
        });
        let Some(read) = answers.get_mut(index) else {
            return;
        };
        let (first, answer) = (read.row, &mut read.answer);
        if let Some(day) = received.filter(|day| *day != answer.received_on) {
            let message = format!(
                "the answer of {} was received on {day} here, and on {} in row {first}",
                answer.by, answer.received_on
            );
            self.problem(row, message, "an answer is received on one day");
            return;
        }
        let mut faults = Vec::new();
        let head = named.as_ref().and_then(|it| it.clauses.first()?.as_ref());
        let own = Said::new(head, stance, words);
        for said in wide.iter().chain([&own]) {
            if let Err(error) = said.add_to(answer) {
                faults.push((said.place_of(&error), error));
            }
        }
        read.is_sound &= faults.is_empty();
        for (place, error) in faults {
            self.fault(row, place, &error);
        }
    }

    fn read_by(&mut self, row: usize, place: usize, cell: &str, by: Option<Name>) -> Option<Name> {
        match self.round.recipient(cell) {
            Ok(found) => match by {
                Some(by) if by != found.id => {
                    let message = format!("{}{cell:?} is not {by}", self.place(place));
                    self.problem(
                        row,
                        message,
                        "leave --by out, or import that list by itself",
                    );
                    Some(by)
                }
                _ => Some(found.id.clone()),
            },
            Err(error) => {
                self.fault(row, Some(place), &error.into());
                None
            }
        }
    }

    /// Narrows down which clause a row is about by one of its cells.
    fn read_clause(
        &mut self,
        row: usize,
        place: usize,
        (word, cell): (&str, &str),
        named: &mut Option<Named>,
    ) {
        let contents = &self.round.contents;
        let whole = is_whole(cell).then_some(None);
        let clauses: Vec<Option<ClauseHead>> = if word == ID {
            let clause = clause_with_id(contents, cell).cloned();
            whole.into_iter().chain(clause.map(Some)).collect()
        } else {
            let clauses = clauses_called(contents, cell).cloned();
            whole.into_iter().chain(clauses.map(Some)).collect()
        };
        if clauses.is_empty() {
            let error = if word == ID {
                let given = shortened(cell);
                let known = contents.iter().map(|head| head.id.to_string()).collect();
                ConsultError::UnknownClauseId { given, known }
            } else {
                unknown_clause(contents, cell)
            };
            self.fault(row, Some(place), &error.into());
            return;
        }
        let Some(first) = named else {
            let given = shortened(cell);
            *named = Some(Named {
                clauses,
                given,
                place,
            });
            return;
        };
        // A title that two have is that of the one whose number stands beside it.
        let both = |clause: &&Option<ClauseHead>| clauses.contains(clause);
        let both: Vec<Option<ClauseHead>> = first.clauses.iter().filter(both).cloned().collect();
        if both.is_empty() {
            let error = ConsultError::Contradicting {
                given: first.given.clone(),
                other: shortened(cell),
            };
            self.fault(row, Some(place), &error.into());
        } else {
            first.clauses = both;
        }
    }

    fn read_day(&mut self, row: usize, place: usize, cell: &str) -> Option<NaiveDate> {
        let day = parse_day("inkom", cell);
        let day = day.or_else(|error| {
            parse_instant("inkom", cell)
                .map(swedish_day)
                .map_err(|_| error)
        });
        match day {
            Ok(day) => Some(day),
            Err(error) => {
                let message = format!("{}{error}", self.place(place));
                self.problem(row, message, &error.hint());
                None
            }
        }
    }

    fn fault(&mut self, row: usize, place: Option<usize>, error: &Error) {
        let place = place.map(|place| self.place(place)).unwrap_or_default();
        let hint = error.hint().unwrap_or_default();
        self.problem(row, format!("{place}{error}"), &hint);
    }

    fn problem(&mut self, row: usize, message: String, hint: &str) {
        let problem = SourceError::new(self.file, message).at_line(row);
        self.problems.push(problem.with_hint(hint));
    }

    /// Returns a column as a spreadsheet and its header name it: `column D, ståndpunkt: `.
    fn place(&self, place: usize) -> String {
        let name = self.header.get(place).map_or("", String::as_str);
        let name: String = name
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_HEADER_CHARS)
            .collect();
        format!("column {}, {name}: ", letters(place))
    }
}

/// What a row may be about; no head for the whole.
struct Named {
    clauses: Vec<Option<ClauseHead>>,
    given: String,
    place: usize,
}

/// An answer while its rows are read.
struct Read {
    answer: Incoming,
    /// Whether nothing in its rows was refused.
    is_sound: bool,
    /// Its first row.
    row: usize,
}

/// What is said of a clause, or of the whole, and in which columns.
struct Said<'a> {
    head: Option<&'a ClauseHead>,
    stance: Option<(usize, Stance)>,
    words: Option<(usize, &'a str)>,
}

impl<'a> Said<'a> {
    fn new(
        head: Option<&'a ClauseHead>,
        stance: Option<(usize, Stance)>,
        words: Option<(usize, &'a str)>,
    ) -> Self {
        Self {
            head,
            stance,
            words,
        }
    }

    /// Joins stance and words of a clause that stand in two columns.
    fn join(self, all: &mut Vec<Self>) {
        let id = self.head.map(|head| &head.id);
        let mut known = all.iter_mut();
        match known.find(|known| known.head.map(|head| &head.id) == id) {
            Some(known) => {
                known.stance = known.stance.or(self.stance);
                known.words = known.words.or(self.words);
            }
            None => all.push(self),
        }
    }

    fn add_to(&self, answer: &mut Incoming) -> Result<(), Error> {
        let stance = self.stance.map(|(_, stance)| stance);
        let words = self.words.map_or("", |(_, words)| words);
        let Some(head) = self.head else {
            return answer.add_whole(stance, words);
        };
        match IncomingClause::new(head, stance, words)? {
            Some(said) => answer.add(said, head),
            None => Ok(()),
        }
    }

    /// Returns the column that a fault is in.
    fn place_of(&self, error: &Error) -> Option<usize> {
        let (stance, words) = (self.stance.map(|it| it.0), self.words.map(|it| it.0));
        match error {
            Error::Act(_) => words,
            _ => stance.or(words),
        }
    }
}

/// Returns what a column of that name holds.
fn column(name: &str, contents: &[ClauseHead]) -> Option<Column> {
    let name = folded(name);
    match name.as_str() {
        "remissinstans" | "svarande" | "avsändare" | "recipient" | "respondent" | "by" => {
            return Some(Column::By);
        }
        "nummer" | "nr" | "paragraf" | "§" | "number" => return Some(Column::Clause("nummer")),
        "id" | "clause" | "clause id" | "paragrafens id" => return Some(Column::Clause(ID)),
        "rubrik" | "titel" | "title" => return Some(Column::Clause("rubrik")),
        "inkom" | "inkommet" | "mottaget" | "tidsstämpel" | "tidstämpel" | "datum" | "received"
        | "timestamp" | "date" => return Some(Column::Received),
        _ => {}
    }
    let words = |known: &[&str]| {
        known.iter().find_map(|word| {
            let rest = name
                .strip_suffix(word)
                .or_else(|| name.strip_prefix(word))?;
            let is_edge = |c: char| c.is_whitespace() || ":–—,.()/".contains(c);
            Some(rest.trim_matches(is_edge).to_owned())
        })
    };
    let of_clause = |rest: &str| find_clause(contents, rest).ok().cloned();
    if let Some(rest) = words(&STANCE_COLUMNS) {
        return match rest.as_str() {
            "" => Some(Column::Stance(None)),
            rest => of_clause(rest).map(|head| Column::Stance(Some(head))),
        };
    }
    match words(&COMMENT_COLUMNS)?.as_str() {
        "" => Some(Column::Comment(None)),
        rest => of_clause(rest).map(|head| Column::Comment(Some(head))),
    }
}

fn is_whole(cell: &str) -> bool {
    let cell = folded(cell);
    cell == WHOLE || OTHER_WHOLE.contains(&cell.as_str())
}

/// The columns of an answer form.
pub(super) const ANSWER_COLUMNS: [&str; 6] = [
    "remissinstans",
    "nummer",
    "id",
    "rubrik",
    "ståndpunkt",
    "synpunkt",
];
/// What stands in the place of a clause for the whole text.
pub(super) const WHOLE: &str = "allmänt";
const OTHER_WHOLE: [&str; 5] = [
    "avtalet i sin helhet",
    "general",
    "hela avtalet",
    "helheten",
    "övergripande",
];
/// The column that holds a clause's id and nothing else.
const ID: &str = "id";
const STANCE_COLUMNS: [&str; 4] = ["ställningstagande", "ståndpunkt", "standpunkt", "stance"];
// The longer word first: it ends in none of the others.
const COMMENT_COLUMNS: [&str; 6] = [
    "kommentarer",
    "kommentar",
    "synpunkter",
    "synpunkt",
    "comments",
    "comment",
];
const COLUMNS_HINT: &str = "the columns are remissinstans, inkom, nummer, id, rubrik, ståndpunkt and synpunkt, or one for each clause (§ 4 ståndpunkt, § 4 synpunkt); take others away, so that nothing is kept that is not needed";
const BY_HINT: &str = "write the recipient's short name in every row";
/// So much of a column's name tells which it is.
const MAX_HEADER_CHARS: usize = 60;
