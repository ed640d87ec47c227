//! What a decision's words say: the outcome, a condition, who is to sign.

use std::sync::LazyLock;

use regex::Regex;

use super::Matter;
use super::body;
use super::dates::dates;
use super::heads::Placed;
use super::parts::Joined;
use super::sections::folded;
use crate::agreement::Outcome;

/// What was read in a decision.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// The outcomes that its items have, each with its words.
    pub(super) outcomes: Vec<(Outcome, Placed<String>)>,
    /// The words of conditions.
    pub(super) conditions: Vec<Placed<String>>,
    /// Whom it tells to sign.
    pub(super) signers: Vec<Placed<String>>,
    /// Why the outcome cannot be told, with the words.
    pub(super) unclear: Vec<(Unclear, Placed<String>)>,
}

/// Why an item's meaning is not told by its words alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unclear {
    /// It takes over words that stand elsewhere: "enligt förslaget".
    ByReference,
    /// It may limit what is approved, and is no plain condition.
    Limited,
    /// It takes note of something.
    Noted,
    /// It asks another body to decide.
    Recommended,
}

/// Reads the words of a decision.
pub(super) fn read(decision: &Joined, matter: &Matter<'_>) -> Reading {
    let mut reading = Reading::default();
    if decision.text.len() > MAX_DECISION_BYTES {
        let first = (String::new(), decision.line_at(0));
        reading.unclear.push((Unclear::Limited, first));
        return reading;
    }
    let mut recommends = false;
    let mut limits = Vec::new();
    for (start, item) in items(&decision.text) {
        let place = |text: &str| (text.to_owned(), decision.line_at(start));
        if RECOMMENDS.is_match(item) {
            recommends = true;
        } else if DECIDES.is_match(item) {
            recommends = false;
        }
        if recommends {
            reading.unclear.push((Unclear::Recommended, place(item)));
            continue;
        }
        let mut rest = item.to_owned();
        let mut is_read = false;
        for pattern in [&*GIVEN_TO_SIGN, &*TOLD_TO_SIGN, &*SIGNED_BY, &*SIGNS] {
            let told = rest.clone();
            for captures in pattern.captures_iter(&told) {
                let (Some(whole), Some(who)) = (captures.get(0), captures.name("who")) else {
                    continue;
                };
                let at = item.find(who.as_str()).unwrap_or_default();
                let at = decision.line_at(start.saturating_add(at));
                // Only what stands after the last "att" signs; what stands before it is decided besides.
                let words = who.as_str();
                let (before, words) = words.rsplit_once(" att ").unwrap_or(("", words));
                let from = if before.is_empty() {
                    whole.start()
                } else {
                    who.start().saturating_add(before.len())
                };
                let whole = told.get(from..whole.end()).unwrap_or_default();
                let who = words.trim_matches([' ', ',']);
                if !SIGNATORY.is_match(who) {
                    continue;
                }
                reading.signers.push((who.to_owned(), at));
                is_read = true;
                rest = rest.replace(whole, " ");
            }
        }
        if let Some(found) = CONDITION.find(&rest) {
            is_read = true;
            let words = rest.get(found.start()..).unwrap_or_default();
            let at = item.find(words.get(..found.len()).unwrap_or_default());
            let at = decision.line_at(start.saturating_add(at.unwrap_or(0)));
            reading
                .conditions
                .push((words.trim_end_matches(['.', ' ']).to_owned(), at));
            rest = rest.get(..found.start()).unwrap_or_default().to_owned();
        }
        let is_older = PAST.is_match(&rest) && !dates(&rest).is_empty();
        let is_revoked = REVOKED.is_match(&rest) && names_agreement(&rest, matter);
        if LIMITED.is_match(&rest) || decision.has_gaps || is_older || is_revoked {
            reading.unclear.push((Unclear::Limited, place(item)));
        }
        let is_cut = INTERRUPTED.is_match(item) || DANGLING.is_match(item);
        let is_other = ABOUT.is_match(&rest) && !names_subject(item, matter);
        let outcome = match outcome(&rest, matter) {
            // Words that are not known may limit what is approved.
            Some(Outcome::Approved) if is_cut || is_other || !is_plain(&rest, matter) => {
                reading.unclear.push((Unclear::Limited, place(item)));
                Some(Outcome::Approved)
            }
            None if !is_read && may_limit(&rest, matter) => {
                limits.push(place(item));
                None
            }
            outcome => outcome,
        };
        match outcome {
            Some(outcome) => reading.outcomes.push((outcome, place(item))),
            None if NOTED.is_match(&rest) => reading.unclear.push((Unclear::Noted, place(item))),
            None if BY_REFERENCE.is_match(&rest) => {
                reading.unclear.push((Unclear::ByReference, place(item)));
            }
            None => {}
        }
    }
    let approves = |(outcome, _): &(Outcome, _)| *outcome == Outcome::Approved;
    if reading.outcomes.iter().any(approves) {
        let limits = limits.into_iter().map(|place| (Unclear::Limited, place));
        reading.unclear.extend(limits);
    }
    reading
}

/// Returns a decision's items and sentences and where they begin, in bytes.
fn items(text: &str) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    let mut offset: usize = 0;
    for line in text.split('\n') {
        let mut from = 0;
        for end in SENTENCE_END.find_iter(line) {
            // What ends the sentence is its full stop; the capital begins the next.
            let cut = end.start().saturating_add(
                end.as_str()
                    .find(". ")
                    .map_or(end.len(), |at| at.saturating_add(2)),
            );
            if let Some(item) = line.get(from..cut) {
                items.push((offset.saturating_add(from), item.trim_end()));
            }
            from = cut;
        }
        if let Some(item) = line.get(from..) {
            items.push((offset.saturating_add(from), item));
        }
        offset = offset.saturating_add(line.len()).saturating_add(1);
    }
    items.retain(|(_, item)| !item.is_empty());
    items
}

/// Returns what an item decides about the agreement, if it does.
fn outcome(item: &str, matter: &Matter<'_>) -> Option<Outcome> {
    // A rejected motion of a member's leaves the agreement as it is.
    if MOTION.is_match(item) {
        return None;
    }
    if DEFERRED.is_match(item) {
        return Some(Outcome::Deferred);
    }
    let names_it = names_agreement(item, matter);
    if DECLINED.is_match(item) {
        return names_it.then_some(Outcome::Declined);
    }
    if REFUSED.is_match(item) && names_it {
        return Some(Outcome::Declined);
    }
    let approving = APPROVED.find(item)?;
    let before = item.get(..approving.start()).unwrap_or_default();
    let after = item.get(approving.end()..).unwrap_or_default();
    // "Ingår i" is to be part of something.
    if approving.as_str().eq_ignore_ascii_case("ingår") && after.starts_with(" i ") {
        return None;
    }
    if !approving.as_str().ends_with('s') && !is_main_verb(before) {
        return None;
    }
    let passive = approving.as_str().ends_with('s') && approving.as_str() != "avslås";
    let told = if passive { before } else { after };
    let object = AGREEMENT
        .find(told)
        .map(|found| found.start())
        .or_else(|| {
            let word = matter
                .words
                .iter()
                .find(|word| folded(told).contains(&format!(" {}", folded(word).trim())))?;
            told.to_lowercase().find(&word.to_lowercase())
        })?;
    let between = told.get(..object).unwrap_or_default();
    (!BESIDE.is_match(between) && (!passive || !BESIDE.is_match(told))).then_some(Outcome::Approved)
}

/// Returns whether a verb is what the body decides to do: before it stand only the body, the party, and words that
/// join. "Utreda om att teckna" is not to conclude.
fn is_main_verb(before: &str) -> bool {
    let mut rest = String::new();
    let mut from = 0;
    for (_, range) in body::bodies(before) {
        rest.push_str(before.get(from..range.start).unwrap_or_default());
        rest.push(' ');
        from = range.end;
    }
    rest.push_str(before.get(from..).unwrap_or_default());
    if OTHER_SUBJECT.is_match(&rest) {
        return false;
    }
    let words: Vec<_> = rest
        .split(|found: char| !found.is_alphanumeric() && found != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let next = words.peek().map_or("", |next| **next);
        let is_name = word.chars().next().is_some_and(char::is_uppercase)
            || (word.ends_with('s') && next.starts_with("förslag"));
        let is_number = word.chars().all(|found| found.is_ascii_digit());
        let is_joining = JOINING.contains(&word.to_lowercase().as_str());
        if !(is_name || is_number || is_joining || APPROVED.is_match(word)) {
            return false;
        }
    }
    true
}

/// Returns whether an item that approves has no word but those that approvals are made of.
fn is_plain(item: &str, matter: &Matter<'_>) -> bool {
    let rest = APPROVED.replace_all(item, " ");
    let name = folded(matter.name);
    let words: Vec<_> = rest
        .split(|found: char| !found.is_alphanumeric() && found != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let follows = words.iter().skip(1).map(|word| word.to_lowercase());
    let follows = follows.chain([String::new()]);
    words.iter().zip(follows).all(|(word, next)| {
        let lower = word.to_lowercase();
        let is_name = word.chars().next().is_some_and(char::is_uppercase);
        let is_owner = lower.ends_with('s') && PAPERS.iter().any(|paper| next.starts_with(paper));
        let is_agreement = AGREEMENT.is_match(&lower);
        // "Avtalets bilaga" is a part of it.
        if is_agreement && lower.ends_with('s') {
            return false;
        }
        is_name
            || is_owner
            || is_agreement
            || word
                .chars()
                .all(|found| found.is_ascii_digit() || found == '-')
            || PLAIN.contains(&lower.as_str())
            || JOINING.contains(&lower.as_str())
            || PAPERS.iter().any(|paper| lower.starts_with(paper))
            || body::bodies(&lower)
                .iter()
                .any(|(_, range)| range.len() == lower.len())
            || matter
                .words
                .iter()
                .any(|word| lower.starts_with(&word.to_lowercase()))
            || name.contains(&format!(" {lower} "))
    })
}

/// Returns whether an item beside an approval may limit it.
fn may_limit(item: &str, matter: &Matter<'_>) -> bool {
    !BENIGN.is_match(item)
        && (HEDGED.is_match(item) || names_agreement(item, matter))
        && !MOTION.is_match(item)
}

/// Returns whether a text names what the agreement is about, by a word of the caller's that is not "avtal" itself.
fn names_subject(text: &str, matter: &Matter<'_>) -> bool {
    let text = folded(text);
    let mut words = matter.words.iter().filter(|word| !AGREEMENT.is_match(word));
    text.contains(&folded(matter.name))
        || words.any(|word| text.contains(&format!(" {}", folded(word).trim())))
}

/// Returns whether a text names an agreement.
fn names_agreement(text: &str, matter: &Matter<'_>) -> bool {
    AGREEMENT.is_match(text)
        || matter
            .words
            .iter()
            .any(|word| folded(text).contains(&format!(" {}", folded(word).trim())))
}

/// A longer decision is not about one agreement.
const MAX_DECISION_BYTES: usize = 20_000;
/// Papers that an approval may refer to.
const PAPERS: [&str; 6] = [
    "bilag",
    "del",
    "förslag",
    "räkning",
    "tjänsteskrivelse",
    "tjänsteutlåtande",
];
/// Words that an approval may have besides.
const PLAIN: [&str; 46] = [
    "av",
    "avseende",
    "bakom",
    "bifogade",
    "bifogat",
    "daterad",
    "daterat",
    "den",
    "det",
    "en",
    "ett",
    "föreliggande",
    "föreslagna",
    "gemensamma",
    "gemensamt",
    "gällande",
    "inom",
    "kommuner",
    "kommunens",
    "kommunerna",
    "län",
    "länet",
    "länets",
    "länsgemensamma",
    "länsgemensamt",
    "mellan",
    "nya",
    "nytt",
    "om",
    "reviderad",
    "reviderade",
    "reviderat",
    "revideringen",
    "rörande",
    "sig",
    "sitt",
    "till",
    "upprättade",
    "upprättat",
    "utsänt",
    "verksamhet",
    "verksamheter",
    "version",
    "handling",
    "nr",
    "härmed",
];
/// Words that may stand before the verb of a decision.
const JOINING: [&str; 43] = [
    "a",
    "att",
    "b",
    "besluta",
    "beslutade",
    "beslutar",
    "bifalla",
    "bifaller",
    "c",
    "del",
    "dels",
    "därmed",
    "egen",
    "enligt",
    "enlighet",
    "för",
    "förslag",
    "förslaget",
    "följande",
    "härmed",
    "i",
    "kommun",
    "kommunen",
    "med",
    "och",
    "regionen",
    "samt",
    "sin",
    "ska",
    "skall",
    "stad",
    "staden",
    "som",
    "att-satser",
    "nedan",
    "även",
    "dess",
    "räkning",
    "enhälligt",
    "ja-röster",
    "mot",
    "nej-röster",
    "röster",
];

static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| super::pattern(r"[\p{Ll}\d)]{2}\. \p{Lu}"));

static RECOMMENDS: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:föreslår?|föreslås|rekommender\p{L}*|hemställ\p{L}*|tillstyrk\p{L}*|förordar?)\b|\b(?:översänd|överlämn|vidarebefordr|skick|sänd|lämn)\p{L}* .{0,80}\bför (?:\p{L}+ )?(?:beslut|avgörande|ställningstagande|behandling)\b|\bförslag till (?:kommun|region)(?:fullmäktige|styrelsen) ?:?$",
    )
});

static DECIDES: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)\bbeslutar\b|\bför egen del\b"));

static TOLD_TO_SIGN: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:bemyndigar?|bemyndigas|befullmäktigar?|uppdra(?:r|s|ges)?(?: åt| till)?|utser?|utses|ger?|ges|delegerar?(?: till| åt)?|låter|låta) (?P<who>[^.;:]{3,160}?)(?:,)? (?:i uppdrag )?(?:att |rätt(?:en)? att )(?:för (?:\p{L}+ ){1,3}räkning |å (?:\p{L}+ ){1,3}vägnar )?(?:underteckna|teckna|skriva under|signera)\b[^.;]{0,120}?(?:avtal(?:et)?|överenskommelsen?|det|handlingarna)?\b",
    )
});

static SIGNED_BY: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:undertecknas|skrivs under|signeras|tecknas) av (?P<who>[^.;:]{3,160})",
    )
});

/// The same with the verb after: "ordföranden bemyndigas att".
static GIVEN_TO_SIGN: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^(?:[-–•*·▪] |\d{1,2}[.)] |att )*(?P<who>[^.;:]{3,160}?) (?:bemyndigas|befullmäktigas|utses|ges rätt(?:en)?|ges i uppdrag|får i uppdrag|får rätt)(?: att)? (?:för (?:\p{L}+ ){1,3}räkning )?(?:underteckna|teckna|skriva under|signera)\b[^.;]{0,120}?(?:avtal(?:et)?|överenskommelsen?)?\b",
    )
});

/// What is a person or an office: a role, or a name of two words.
static SIGNATORY: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i:ordförande|direktör|chef|råd(?:et)?\b|sekreterare|förvaltning|presidi|nämnd|styrelse|jurist|strateg|handläggare)|\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+",
    )
});

static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\batt (?P<who>[^.;:]{0,160}?(?:ordförande|direktör|chef|kommunalråd)\p{L}*(?: [^.;:]{0,80}?)??)(?: (?:tillsammans|gemensamt|i förening))? undertecknar\b",
    )
});

static CONDITION: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:under (?:den )?förutsättning(?:en|ar)?|förutsatt|med (?:det |följande |ett )?förbehåll(?:et)?|på (?:det )?villkor(?:et)?|med (?:det |de |följande )?villkor(?:et|en)?|villkorat|villkoras|med undantag|med (?:den|det|de|följande|en|ett) (?:ändring|tillägg|justering|förändring|förtydligande|precisering|komplettering)\p{L}*|dock (?:att|ska|skall|endast|inte|ej|med|under|först|utan)|såvida|så länge|gäller (?:endast|bara|först)|endast om|först (?:när|sedan|efter)|i den mån)\b",
    )
});

/// Words that may limit an approval, and may not.
static LIMITED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:dock|till och med|fram till|längst|under (?:ett|två|tre|\d)|givet att|förutsätter|förutsättning\p{L}*|förväntar|förbehåll\p{L}*|villkor\p{L}*|med reservation|reserverar|men|utom|undantag\p{L}*|ändring(?:en|ar|arna)?|tillägg(?:et|en)?|delvis|i (?:de|den) del\p{L}*|preliminärt|tills vidare|kräver|krav)\b",
    )
});

/// Who is not the body.
static OTHER_SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:\p{L}*ordföranden?|\p{L}*direktören|\p{L}*chefen|förvaltningen|\p{L}*kontoret)\b",
    )
});

/// Items beside an approval that change nothing in it.
static BENIGN: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\bnoter(?:a|ar|as)\b|\bfölja upp\b|\b(?:skickas|översänds|översända|meddela|meddelas|delges)\b|\b(?:ryms|belastar|finansieras|tas ur)\b|justera|\bbesvara[dt]|^(?:[-–•*·▪] |\d{1,2}[.)]? )*(?:\p{L}+ )?beslutar(?: följande| att)?[.: ]*$",
    )
});

/// Words that put an approval off or bind it to something.
static HEDGED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:förrän|endast|bara|innan|först|omprövas|omförhandl\p{L}*|undertecknan\p{L}*|undertecknas|ikraft\p{L}*|träder|gäller|gälla|giltig\p{L}*|beslutet|godkännandet|prövas)\b",
    )
});

/// What a header or a footer leaves between the lines of a decision.
static INTERRUPTED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:sammanträdes|delegations)?protokoll(?:sutdrag)?\b|\bsid(?:a|an)? ?:?\d|\d ?\(\d+\)|sammanträdesdatum|justerande|utdragsbestyrkande",
    )
});

/// A last word that more must follow.
static DANGLING: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:att|med|den|det|de|en|ett|under|som|för|av|till|om|på|i|vid|från|eller|dock|men|så|ska|när|förutsättning|enligt|inte)$",
    )
});

/// What was decided once, told again.
static PAST: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)\b(?:beslutade|beslöt|godkände|antog|tecknade)\b"));

static REVOKED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:upphäv\p{L}*|riv(?:a|er) upp|ompröv\p{L}*|säg(?:a|er|s)(?:s)? upp|uppsägning)\b",
    )
});

static DEFERRED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\bavvakta\p{L}*|\båterremi(?:tter|ss)\p{L}*|\bbordlägg\p{L}*|\bbordlagt|\bskjut(?:a|er|s) upp\b|\buppskjut\p{L}*|\bsenarelägg\p{L}*|\b(?:ärendet|punkten) (?:utgår|dras|tas bort|lyfts)",
    )
});

static DECLINED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:inte|icke|ej) (?:\p{L}+ ){0,2}?(?:teckna|godkänna|godkänner|ingå|ingår|anta|antar|ansluta|ansluter|underteckna|ställa|tillträda)\b|\b(?:avstår?|avstås) från\b|\bavböj\p{L}*|\bsäg(?:a|er) nej\b|\btackar? nej\b|\b(?:godkänns|antas|tecknas|ingås) (?:inte|ej)\b|\b(?:godkänner|antar|tecknar|ingår|ansluter sig) (?:inte|ej)\b",
    )
});

static REFUSED: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)\bavslår?\b|\bavslås\b|\bavslag\b"));

static MOTION: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\bavsl(?:år?|ås|ag)\b.{0,60}\b\p{L}*(?:yrkande|motion|medborgarförslag)\p{L}*|\p{L}*yrkande\p{L}* avslås",
    )
});

static APPROVED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:godkänna|godkänner|godkänns|teckna|tecknar|tecknas|ingår?|ingås|antar?|antas|underteckna|undertecknar|träffar?|träffas|ställ(?:a|er) sig bakom|anslut(?:a|er)(?: sig)?(?: till)?|tillträd(?:a|er)|sluta|sluter|fastställa|fastställer|fastställs)\b",
    )
});

static AGREEMENT: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:samverkans|samarbets|ram|huvud)?(?:avtal(?:et|en|ets)?|överenskommelser?n?s?)\b",
    )
});

/// Papers about an agreement that are not the agreement.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:lokal\p{L}*|uppfölj\p{L}*|redovis\p{L}*|rapport\p{L}*|återrapport\p{L}*|information\p{L}*|yttrande\p{L}*|svar\p{L}*|remiss\p{L}*|budget\p{L}*|medel|kostnad\p{L}*|utvärder\p{L}*|handlingsplan\p{L}*|verksamhetsplan\p{L}*|protokoll\p{L}*|skrivelse\p{L}*|tjänsteskrivelse\p{L}*|förläng\p{L}*|uppsägning\p{L}*|uppdrag\p{L}*|tidplan\p{L}*|förstudie\p{L}*|utkast\p{L}*)\b",
    )
});

/// An agreement that is said to be about something.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)(?:avtal|överenskommelse)\p{L}*(?: med \p{L}+(?: \p{L}+)?| mellan [^.;]{3,80})? (?:för|om|gällande|rörande|avseende|kring|angående|inom) \p{L}+|\b(?:tecknas|ingås|antas|godkänns) (?:för|om|gällande|rörande|avseende) \p{L}+",
    )
});

static NOTED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"(?i)\bnoter(?:ar?|as|ats)\b|\btill handlingarna\b|\bta(?:r)? del av\b")
});

static BY_REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:enligt|i enlighet med|bifall\p{L}*|antar|godkänn\p{L}*)\b.{0,80}\bförslag",
    )
});
