//! What is kept beside the log: whatever was entered, `term`, `watch` and `status` over all agreements answer
//! as if nothing were kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use sigill::agreement::{Actor, AgreementId, Sha256};
use sigill::journeys::term::Reckoned;
use sigill::journeys::{Office, status, term, watch};
use sigill::store::{Draft, Pins, Store, pack};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Runtime;

use super::support::{Way, copy_tree, repository, scratch, sha256};

/// Something that happens to an office. Agreements and parties are numbers.
#[derive(Debug, Clone)]
enum Step {
    /// All is asked, and what was made is kept.
    Asked,
    /// Somebody may sign, for one agreement or, as 3, for all.
    Authorised {
        agreement: u8,
        to: u16,
    },
    /// A party concludes a version: its copy is issued, it has decided, and it signed on that day.
    Concluded {
        agreement: u8,
        version: u8,
        party: u8,
        signed_on: u16,
    },
    /// The consultation that was opened so far back is closed.
    ConsultationClosed {
        back: usize,
    },
    ConsultationOpened {
        agreement: u8,
        answer_by: u16,
    },
    /// An entry so far back is struck, by an entry of its own agreement.
    Corrected {
        back: usize,
    },
    Decided {
        agreement: u8,
        announced_on: u16,
    },
    /// Somebody writes into what is kept.
    Meddled {
        how: u8,
    },
    Notified {
        agreement: u8,
        version: u8,
        party: u8,
        received_on: u16,
    },
    /// The notice that was entered so far back came on another day.
    NotifiedOtherwise {
        back: usize,
        received_on: u16,
    },
    Published {
        agreement: u8,
        version: u8,
        start: u16,
    },
    Recommended {
        agreement: u8,
        report_by: u16,
    },
    /// The authority that was entered so far back ends sooner.
    Relieved {
        back: usize,
        last_day: u16,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (agreement, version, day) = (0..3_u8, 1..3_u8, 0..2_000_u16);
    prop_oneof![
        3 => Just(Step::Asked),
        2 => (0..4_u8, day.clone()).prop_map(|(agreement, to)| Step::Authorised { agreement, to }),
        4 => (agreement.clone(), version.clone(), 0..3_u8, day.clone()).prop_map(
            |(agreement, version, party, signed_on)| Step::Concluded {
                agreement, version, party, signed_on,
            }
        ),
        1 => (0..4_usize).prop_map(|back| Step::ConsultationClosed { back }),
        2 => (agreement.clone(), day.clone())
            .prop_map(|(agreement, answer_by)| Step::ConsultationOpened { agreement, answer_by }),
        2 => (0..6_usize).prop_map(|back| Step::Corrected { back }),
        2 => (agreement.clone(), day.clone())
            .prop_map(|(agreement, announced_on)| Step::Decided { agreement, announced_on }),
        1 => (0..4_u8).prop_map(|how| Step::Meddled { how }),
        3 => (agreement.clone(), version.clone(), 0..3_u8, day.clone()).prop_map(
            |(agreement, version, party, received_on)| Step::Notified {
                agreement, version, party, received_on,
            }
        ),
        2 => (0..3_usize, day.clone())
            .prop_map(|(back, received_on)| Step::NotifiedOtherwise { back, received_on }),
        2 => (agreement.clone(), version, day.clone())
            .prop_map(|(agreement, version, start)| Step::Published { agreement, version, start }),
        1 => (agreement, day.clone())
            .prop_map(|(agreement, report_by)| Step::Recommended { agreement, report_by }),
        1 => (0..4_usize, day).prop_map(|(back, last_day)| Step::Relieved { back, last_day }),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 16, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_kept_is_never_stale(steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut place = Place::new(runtime);
        for agreement in 0..3 {
            place.take(&Step::Published { agreement, version: 1, start: 400 });
        }
        for step in &steps {
            place.take(step);
        }
        let answers = place.answers(&place.root);
        prop_assert_eq!(&answers, &place.answers_from_nothing());
        prop_assert_eq!(&answers, &place.answers(&place.root));
        place.check_one_by_one();
    }

    #[test]
    fn an_older_copy_put_back_is_not_taken_for_the_newer(
        first in prop::collection::vec(step(), 1..6),
        lost in prop::collection::vec(step(), 1..6),
        instead in prop::collection::vec(step(), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut place = Place::new(runtime);
        for agreement in 0..3 {
            place.take(&Step::Published { agreement, version: 1, start: 400 });
        }
        first.iter().for_each(|step| place.take(step));
        place.take(&Step::Asked);
        let older = place.copy();
        lost.iter().for_each(|step| place.take(step));
        place.take(&Step::Asked);
        place.put_back(older);
        instead.iter().for_each(|step| place.take(step));
        let answers = place.answers(&place.root);
        prop_assert_eq!(&answers, &place.answers_from_nothing());
        place.check_one_by_one();
    }
}

#[test]
fn what_cannot_be_reckoned_hides_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut place = Place::new(runtime);
    for agreement in 0..3 {
        let start = 400;
        place.take(&Step::Published {
            agreement,
            version: 1,
            start,
        });
    }
    let body = notified("9999", "1.0", 500);
    place.enter(Some(name(1)), "Notified", &body);
    let office = office(&place.root);
    let on = Some("2026-06-01".parse().unwrap());
    let (terms, days) = place.runtime.block_on(async {
        let terms = term::run(&office, None, on).await.unwrap();
        (terms, watch::run(&office, None, on).await.unwrap())
    });
    let told: Vec<&str> = terms.rows.iter().map(|it| it.agreement.as_str()).collect();
    assert_eq!(told, ["avtal-0", "avtal-2"]);
    assert!(days.rows.len() > 2);
    for problems in [terms.problems, days.problems] {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["avtal-1 1.0: 9999 is not a party of the agreement"]);
    }
}

/// An office without text, and what was entered in it.
struct Place {
    root: PathBuf,
    runtime: Runtime,
    /// Of each entry its agreement, kind and body, in order.
    entered: Vec<(Option<String>, &'static str, Value)>,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(runtime: Runtime) -> Self {
        let folder = scratch();
        let root = folder.path().join("office");
        for part in ["templates", "signatories"] {
            fs::create_dir_all(root.join(part)).unwrap();
        }
        fs::write(root.join("sigill.toml"), "[register]\npins = \"../pins\"\n").unwrap();
        Self {
            root,
            runtime,
            entered: vec![(None, "Opened", null())],
            _folder: folder,
        }
    }

    fn take(&mut self, step: &Step) {
        let (agreement, kind, body) = match step {
            Step::Asked => {
                self.answers(&self.root);
                return;
            }
            Step::Meddled { how } => {
                self.meddle(*how);
                return;
            }
            Step::Authorised { agreement, to } => (
                (*agreement < 3).then(|| name(*agreement)),
                "Authorised",
                json!({
                    "allowed_to": null, "party": "1443", "rule": null, "source": minutes(null()),
                    "persons": [{
                        "certificates": [], "from": null, "identifier": null, "person": words(),
                        "role": "chair", "to": day(*to),
                    }],
                }),
            ),
            Step::Concluded {
                agreement,
                version,
                party,
                signed_on,
            } => {
                self.conclude(
                    *agreement,
                    *version,
                    PARTIES[usize::from(*party)],
                    *signed_on,
                );
                return;
            }
            Step::ConsultationClosed { back } => {
                let Some((opened, agreement, _)) = self.nth("ConsultationOpened", *back) else {
                    return;
                };
                let body = json!({"consultation": opened});
                (agreement, "ConsultationClosed", body)
            }
            Step::ConsultationOpened {
                agreement,
                answer_by,
            } => (
                Some(name(*agreement)),
                "ConsultationOpened",
                json!({
                    "answer_by": day(*answer_by), "bundle": sha256(b"remiss"),
                    "opens_on": "2024-01-01", "recipients": [],
                    "text_digest": sha256(b"remiss"), "version": "0.9",
                }),
            ),
            Step::Corrected { back } => {
                let last = self.entered.len() - 1;
                let entry = last.saturating_sub(*back);
                let (agreement, kind, _) = self.entered[entry].clone();
                if !CORRECTED.contains(&kind) {
                    return;
                }
                let body = json!({"entry": entry, "instead": null, "reason": words()});
                (agreement, "Corrected", body)
            }
            Step::Decided {
                agreement,
                announced_on,
            } => (
                Some(name(*agreement)),
                "Decided",
                json!({
                    "condition": null, "dissent": null, "outcome": "approved", "party": "1443",
                    "minutes": minutes(json!(day(*announced_on))), "version": "1.0",
                }),
            ),
            Step::Notified {
                agreement,
                version,
                party,
                received_on,
            } => (
                Some(name(*agreement)),
                "Notified",
                notified(
                    PARTIES[usize::from(*party)],
                    &format!("{version}.0"),
                    *received_on,
                ),
            ),
            Step::NotifiedOtherwise { back, received_on } => {
                let Some((entry, agreement, mut notified)) = self.nth("Notified", *back) else {
                    return;
                };
                notified["received_on"] = json!(day(*received_on));
                let instead = json!({"kind": "Notified", "body": notified});
                let body = json!({"entry": entry, "instead": instead, "reason": words()});
                (agreement, "Corrected", body)
            }
            Step::Published {
                agreement,
                version,
                start,
            } => {
                let id = name(*agreement);
                let bundle = self.bundle(&id, *version, *start);
                let mut body = json!({
                    "body_digest": bundle, "bundle": bundle, "text_digest": bundle,
                    "version": format!("{version}.0"),
                });
                if *version > 1 {
                    body["relation"] = json!({"kind": "replaces", "version": "1.0"});
                }
                (Some(id), "Published", body)
            }
            Step::Recommended {
                agreement,
                report_by,
            } => (
                Some(name(*agreement)),
                "Recommended",
                json!({
                    "by": "VästKom", "condition": null, "grouping": null, "outcome": "approved",
                    "minutes": minutes(null()), "report_by": day(*report_by), "version": "1.0",
                }),
            ),
            Step::Relieved { back, last_day } => {
                let Some((seq, agreement, _)) = self.nth("Authorised", *back) else {
                    return;
                };
                let body = json!({
                    "authorised": seq, "last_day": day(*last_day), "party": "1443", "person": 0,
                    "reason": words(),
                });
                (agreement, "Relieved", body)
            }
        };
        self.enter(agreement, kind, &body);
    }

    /// Returns the place, agreement and body of the entry of a kind that was entered so far back.
    fn nth(&self, kind: &str, back: usize) -> Option<(usize, Option<String>, Value)> {
        let of_kind = self.entered.iter().enumerate();
        let mut of_kind = of_kind.filter(|(_, (_, known, _))| *known == kind).rev();
        let (seq, (agreement, _, body)) = of_kind.nth(back)?;
        Some((seq, agreement.clone(), body.clone()))
    }

    fn conclude(&mut self, agreement: u8, version: u8, party: &str, signed_on: u16) {
        let id = name(agreement);
        let version = format!("{version}.0");
        let copy = format!("{id}-{version}-c{party}");
        let seat = format!("{party}-director");
        let is_issued =
            |(_, kind, body): &(_, &str, Value)| *kind == "Issued" && body["copy"] == copy.as_str();
        if !self.entered.iter().any(is_issued) {
            let digest = sha256(copy.as_bytes());
            let issued = json!({
                "base": digest, "copy": copy, "data": digest,
                "engine": {"sigill": "0.1.0", "template": "1", "typesetting": "1"},
                "file_name": format!("{copy}.pdf"), "form": "counterpart", "holder": party,
                "parties": [party], "seats": [seat], "size_bytes": 1, "text_digest": digest,
                "version": version,
            });
            self.enter(Some(id.clone()), "Issued", &issued);
            let decided = json!({
                "condition": null, "dissent": null, "outcome": "approved", "party": party,
                "minutes": minutes(null()), "version": version,
            });
            self.enter(Some(id.clone()), "Decided", &decided);
        }
        let inked = json!({
            "copy": copy, "held_by": "Kommunarkivet", "read_digest": null,
            "scan": sha256(b"skanning"), "signed_on": day(signed_on), "witness": words(),
            "seats": [{"as_role": "director", "person": null, "seat": seat}],
        });
        self.enter(Some(id), "Inked", &inked);
    }

    /// Copies the office and its pins, with what is kept.
    fn copy(&self) -> (tempfile::TempDir, usize) {
        let other = scratch();
        copy_tree(self.root.parent().unwrap(), other.path(), Way::Copied);
        (other, self.entered.len())
    }

    fn put_back(&mut self, (older, entered): (tempfile::TempDir, usize)) {
        let place = self.root.parent().unwrap();
        for part in fs::read_dir(place).unwrap() {
            fs::remove_dir_all(part.unwrap().path()).unwrap();
        }
        copy_tree(older.path(), place, Way::Copied);
        self.entered.truncate(entered);
    }

    fn enter(&mut self, agreement: Option<String>, kind: &'static str, body: &Value) {
        let actor: Actor = "prov".parse().unwrap();
        let draft = Draft {
            actor: actor.clone(),
            agreement: agreement.as_ref().map(|id| id.parse().unwrap()),
            event: serde_json::from_value(json!({"kind": kind, "body": body})).unwrap(),
        };
        let pins = Pins::in_folder(&self.root.join("../pins"));
        self.runtime.block_on(async {
            let mut store = Store::write(&self.root, &actor, &pins).await.unwrap();
            store.records.append(vec![draft]).await.unwrap();
        });
        self.entered.push((agreement, kind, body.clone()));
    }

    /// Keeps what a version says beside its text.
    fn bundle(&self, id: &str, version: u8, start: u16) -> Sha256 {
        let text = |file: &str| {
            fs::read_to_string(repository().join("templates/introduktion").join(file)).unwrap()
        };
        let agreement = text("agreement.toml").replace("\"introduktion\"", &format!("\"{id}\""));
        let dates = format!("start = {}\nend = {}", day(start), day(start + 800));
        let manifest = text("1.0/version.toml")
            .replace("version = \"1.0\"", &format!("version = \"{version}.0\""))
            .replace("start = 2027-01-01\nend = 2028-12-31", &dates)
            .replace("count = 10", "count = 1");
        assert!(manifest.contains(&dates));
        let relation = if version > 1 {
            "\n[relation]\nkind = \"replaces\"\nversion = \"1.0\"\n"
        } else {
            ""
        };
        let follow_up = "\n[[follow_up]]\ntitle = \"Rapport\"\nevery_year = \"03-31\"\n";
        let manifest = manifest + relation + follow_up;
        let listed = PARTIES
            .map(|code| json!({"code": code, "groupings": [], "kind": "kommun", "printed": {}}));
        let parties = json!({"parties": listed, "schema": "sigill-parties-1"}).to_string();
        let files = [
            ("agreement.toml", agreement),
            ("parties.json", parties),
            ("version.toml", manifest),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes()));
        let bundle = pack(&BTreeMap::from(files)).unwrap();
        let pins = Pins::in_folder(&self.root.join("../pins"));
        self.runtime.block_on(async {
            let actor = "prov".parse().unwrap();
            let store = Store::write(&self.root, &actor, &pins).await.unwrap();
            store.documents.put(bundle).await.unwrap()
        })
    }

    /// Returns what the three commands answer over all agreements, on some days.
    fn answers(&self, root: &Path) -> Vec<Value> {
        let office = office(root);
        self.runtime.block_on(async {
            let mut answers = vec![json!(status::overview(&office).await.unwrap())];
            for on in DAYS {
                let on = Some(on.parse().unwrap());
                answers.push(json!(rows(term::run(&office, None, on).await.unwrap())));
                answers.push(json!(rows(watch::run(&office, None, on).await.unwrap())));
            }
            answers
        })
    }

    fn answers_from_nothing(&self) -> Vec<Value> {
        let other = scratch();
        copy_tree(self.root.parent().unwrap(), other.path(), Way::Copied);
        let root = other.path().join("office");
        self.sql(&root, "DELETE FROM summary_index; DELETE FROM summary_mark");
        self.answers(&root)
    }

    /// Compares the answers over all with those of each agreement, for which nothing is kept.
    fn check_one_by_one(&self) {
        let office = office(&self.root);
        self.runtime.block_on(async {
            for on in DAYS {
                let on = Some(on.parse().unwrap());
                let mut terms = Vec::new();
                let mut days = BTreeSet::new();
                for number in 0..3 {
                    let agreement: AgreementId = name(number).parse().unwrap();
                    terms.extend(rows(
                        term::run(&office, Some(&agreement), on).await.unwrap(),
                    ));
                    let own = rows(watch::run(&office, Some(&agreement), on).await.unwrap());
                    days.extend(own.into_iter().map(|day| json!(day).to_string()));
                }
                assert_eq!(rows(term::run(&office, None, on).await.unwrap()), terms);
                let all = rows(watch::run(&office, None, on).await.unwrap());
                let all = all.into_iter().map(|day| json!(day).to_string());
                assert_eq!(all.collect::<BTreeSet<_>>(), days);
            }
        });
    }

    /// Changes what is kept without changing the mark, or the mark.
    fn meddle(&self, how: u8) {
        let statement = match how {
            0 => "UPDATE summary_index SET text = '[]'",
            1 => "DELETE FROM summary_index WHERE agreement = 'avtal-1'",
            2 => "UPDATE summary_mark SET size = size + 3",
            _ => "UPDATE summary_mark SET size = 1",
        };
        self.sql(&self.root, statement);
    }

    fn sql(&self, root: &Path, statement: &'static str) {
        let database = root.join(".sigill/register.sqlite");
        self.runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
            let mut connection = options.connect().await.unwrap();
            let done = sqlx::raw_sql(statement).execute(&mut connection).await;
            done.unwrap();
            connection.close().await.unwrap();
        });
    }
}

fn office(root: &Path) -> Office {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_sigill"));
    Office::open(root, None, "prov".parse().unwrap(), program).unwrap()
}

/// Returns what was reckoned, where nothing could not be.
fn rows<T>(reckoned: Reckoned<T>) -> Vec<T> {
    assert!(reckoned.problems.is_empty(), "{:?}", reckoned.problems);
    reckoned.rows
}

fn notified(party: &str, version: &str, received_on: u16) -> Value {
    json!({
        "dated": "2026-01-01", "document": null, "party": party,
        "received_on": day(received_on), "to": null, "version": version, "way": "e-post",
    })
}

fn name(agreement: u8) -> String {
    format!("avtal-{agreement}")
}

fn day(number: u16) -> String {
    let first: chrono::NaiveDate = "2024-01-01".parse().unwrap();
    (first + chrono::Days::new(number.into())).to_string()
}

fn null() -> Value {
    Value::Null
}

fn words() -> Value {
    json!({"commitment": sha256(b"ord")})
}

fn minutes(announced_on: Value) -> Value {
    json!({
        "announced_on": announced_on, "appeal_until": null, "approved_on": null,
        "body": "Kommunstyrelsen", "diary_number": null, "extract": null, "met_on": "2024-01-15",
        "section": null,
    })
}

/// What is struck.
const CORRECTED: [&str; 6] = [
    "Authorised",
    "Corrected",
    "Decided",
    "Notified",
    "Recommended",
    "Relieved",
];

const PARTIES: [&str; 3] = ["1443", "1444", "1446"];

/// Before, within and after what is entered.
const DAYS: [&str; 3] = ["2024-02-01", "2026-06-01", "2030-01-01"];
