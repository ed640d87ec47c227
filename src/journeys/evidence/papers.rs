//! What came from outside: minutes, letters, scans.

use serde_json::json;

use super::package::{FileLine, Package, What, ending};
use super::{Error, Scope};
use crate::agreement::Sha256;
use crate::register::{Entry, Event, Minutes, Reissued};

/// Returns the documents of an event that a package holds.
pub(super) fn documents(event: &Event) -> Vec<Sha256> {
    match event {
        // Of a copy the newest head holds the earlier ones.
        Event::Extended(_) | Event::Sealed(_) | Event::Signed(_) => event.documents(),
        Event::Issued(issued) | Event::Reissued(Reissued { issued, .. }) => vec![issued.data],
        _ => event.documents(),
    }
}

/// Adds them; returns what was left out, in Swedish.
pub(super) async fn add(scope: &Scope<'_>, package: &mut Package) -> Result<Vec<String>, Error> {
    let mut left_out = 0_usize;
    for entry in &scope.entries {
        let event = match &entry.event {
            Event::Corrected(corrected) => match corrected.instead.as_deref() {
                Some(instead) => instead,
                None => continue,
            },
            event => event,
        };
        let Some(paper) = Paper::of(entry, event) else {
            continue;
        };
        if !scope.with_papers() {
            left_out = left_out.saturating_add(paper.document.iter().count());
            continue;
        }
        let is_there = |digest: &Sha256| scope.tally.erased_at(*digest).is_none();
        if let Some(digest) = paper.document.filter(is_there) {
            let bytes = scope.store.documents.get(digest).await?;
            let path = format!("{}.{}", paper.path, ending(&bytes));
            let mut line = FileLine::new(path, paper.what, paper.description.as_str());
            paper.fill(entry, event, &mut line);
            package.add(line, &bytes)?;
        }
        let fields = json!({
            "at": entry.at,
            "corrected_by": scope.tally.correction_of(entry.seq).map(|it| it.seq),
            "erased_at": paper.document.and_then(|digest| scope.tally.erased_at(digest)),
            "event": event,
            "seq": entry.seq,
        });
        let mut json = serde_json::to_vec_pretty(&fields)?;
        json.push(b'\n');
        let path = format!("{}.json", paper.path);
        let description = format!("uppgifterna i post {} om detta", entry.seq);
        let mut line = FileLine::new(path, What::Entry, description);
        paper.fill(entry, event, &mut line);
        package.add(line, &json)?;
    }
    printed(scope, package).await?;
    Ok(if left_out == 0 {
        Vec::new()
    } else {
        vec![format!(
            "{left_out} protokollsutdrag, brev och skannade papper: de kan innehålla personuppgifter och lämnas ut efter prövning"
        )]
    })
}

/// Adds the file that was printed for signing on paper, where no electronic original holds it.
async fn printed(scope: &Scope<'_>, package: &mut Package) -> Result<(), Error> {
    if scope.request.is_public {
        return Ok(());
    }
    for copy in scope.copies() {
        if copy.inked.is_empty() || copy.heads.len() > 1 {
            continue;
        }
        let bytes = scope.store.documents.get(copy.issued.base).await?;
        let path = format!("paper/{}", copy.issued.file_name);
        let description = format!(
            "filen som skrevs ut för underskrift på papper, {}",
            copy.issued.copy
        );
        let mut line = FileLine::new(path, What::Printed, description);
        line.copy = Some(copy.issued.copy.clone());
        package.add(line, &bytes)?;
    }
    Ok(())
}

/// Something that came from outside, as one event has it.
struct Paper {
    document: Option<Sha256>,
    /// Without its ending.
    path: String,
    what: What,
    description: String,
}

impl Paper {
    fn of(entry: &Entry, event: &Event) -> Option<Self> {
        let seq = entry.seq;
        let minutes = |folder: &str, from: &str, minutes: &Minutes, about: &str| Self {
            document: minutes.extract,
            path: format!("{folder}/{from}-post-{seq}"),
            what: What::Extract,
            description: format!("{about}, {}", cited(minutes)),
        };
        let letter = |from: &str, document, description: &str| Self {
            document,
            path: format!("letters/{from}-post-{seq}"),
            what: What::Letter,
            description: description.to_owned(),
        };
        Some(match event {
            Event::Authorised(it) => minutes(
                "authority",
                it.party.as_str(),
                &it.source,
                "vem som får skriva under",
            ),
            Event::Decided(it) => minutes(
                "decisions",
                it.party.as_str(),
                &it.minutes,
                "protokollsutdrag",
            ),
            Event::Recommended(it) => {
                minutes("decisions", "rekommendation", &it.minutes, "rekommendation")
            }
            Event::Declined(it) => letter(it.party.as_str(), it.document, "brev: parten avböjer"),
            Event::Notified(it) => letter(it.party.as_str(), it.document, "uppsägning"),
            Event::Retracted(it) => letter(
                it.party.as_str(),
                it.document,
                "brev: parten tar tillbaka beslut och underskrift",
            ),
            Event::Inked(it) => Self {
                document: Some(it.scan),
                path: format!("paper/{}-post-{seq}", it.copy),
                what: What::Scan,
                description: format!(
                    "skannad bild av ett papper, inget original; pappersoriginalet finns hos {}",
                    it.held_by
                ),
            },
            _ => return None,
        })
    }

    /// Says of a file what the entry says.
    fn fill(&self, entry: &Entry, event: &Event, line: &mut FileLine) {
        line.entry = Some(entry.seq);
        line.party = event.party().cloned();
        line.copy = event.copy().cloned();
        let minutes = match event {
            Event::Authorised(it) => Some(&it.source),
            Event::Decided(it) => Some(&it.minutes),
            Event::Recommended(it) => Some(&it.minutes),
            _ => None,
        };
        line.diary_number = minutes.and_then(|minutes| minutes.diary_number.clone());
    }
}

/// Returns minutes as they are cited: body, day and §.
fn cited(minutes: &Minutes) -> String {
    let section = minutes.section.as_ref();
    let section = section.map(|it| format!(" {it}")).unwrap_or_default();
    format!("{} {}{section}", minutes.body, minutes.met_on)
}
