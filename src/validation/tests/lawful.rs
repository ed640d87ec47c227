//! What is lawful stays `ok`: the neighbours of the attacks.

use super::attacks::desk::Desk;
use super::attacks::raw::{Hand, Raw, text};
use super::attacks::shadow::certified;
use super::attacks::stage::{SEAL, Stage, stage, widget};
use super::attacks::{codes, word};
use crate::agreement::Level;
use crate::pdf::{self, Evidence};
use crate::signature::tests::pki::{crl, days, now};
use crate::validation::{IdentityAnswer, Indication, Integrity};

/// Every lawful state of our own copies, by name.
pub(super) fn states(stage: &Stage) -> Vec<(&'static str, Vec<u8>)> {
    let three = stage.sign(&stage.two, 2, Level::B);
    let five = stage.sign(&stage.sign(&three, 3, Level::B), 4, Level::B);
    let sealed = stage.sign_as(&stage.base, SEAL, &stage.seal, Level::B, false);
    let certified = certified(stage);
    let again = stage.archive(&stage.archived, "20261122180500Z");
    let more = stage.sign(&stage.archived, 1, Level::T);
    let extended = stage.archive(&more, "20261122190500Z");
    let by_hand = Raw::on(&stage.one).sign(widget(1), &stage.hand(&stage.signers[1]));
    vec![
        ("one signature", stage.one.clone()),
        ("two signatures", stage.two.clone()),
        ("three signatures", three),
        ("five signatures", five.clone()),
        ("sealed", sealed.clone()),
        ("sealed, then signed", stage.sign(&sealed, 0, Level::B)),
        ("signed, then sealed", {
            stage.sign_as(&five, SEAL, &stage.seal, Level::T, false)
        }),
        ("certified", certified.clone()),
        ("certified, then signed by two", {
            stage.sign(&stage.sign(&certified, 0, Level::T), 1, Level::T)
        }),
        ("certified, signed, archived", {
            let signed = stage.sign(&certified, 0, Level::T);
            stage.archive(&stage.keep(&signed), "20261122160500Z")
        }),
        ("time-stamped", stage.stamped.clone()),
        ("with evidence", stage.kept.clone()),
        ("archived", stage.archived.clone()),
        ("archived twice", again),
        ("archived, then signed", more),
        ("archived, signed, extended", extended),
        ("by hand as our signer writes", by_hand),
    ]
}

#[test]
fn a_seal_that_the_office_did_not_make_does_not_pass_as_its_own() {
    let stage = stage();
    let desk = Desk::new(stage, &stage.base, &[]).with_lists(stage.lists());
    let sealed_by = |holder| {
        let file = stage.sign_as(&stage.base, SEAL, holder, Level::B, false);
        let verdict = desk.judge(&file);
        let is_told = codes(&verdict).contains(&"other_seal");
        (verdict.integrity, verdict.conclusion.indication, is_told)
    };
    let passed = (Integrity::Ok, Indication::TotalPassed, false);
    assert_eq!(sealed_by(&stage.seal), passed);
    let doubted = (Integrity::Ok, Indication::Indeterminate, true);
    assert_eq!(sealed_by(&stage.signers[0]), doubted);
}

#[test]
fn what_is_lawful_is_ok_here_and_elsewhere() {
    let stage = stage();
    let desk = Desk::new(stage, &stage.base, &[]).with_lists(stage.lists());
    let mut wrong = Vec::new();
    for (name, file) in states(stage) {
        for (world, verdict) in [
            ("here", desk.judge(&file)),
            ("elsewhere", desk.judge_foreign(&file)),
        ] {
            if verdict.integrity != Integrity::Ok
                || verdict.conclusion.indication != Indication::TotalPassed
            {
                let found = (word(verdict.integrity), verdict.conclusion);
                wrong.push(format!("{name} {world}: {found:?} {:?}", codes(&verdict)));
            }
        }
        assert_eq!(desk.judge(&file).identity.answer, IdentityAnswer::Newer);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_revocation_after_the_proven_time_changes_nothing() {
    let stage = stage();
    let evidence = Evidence {
        crls: vec![
            stage.lists()[0].clone(),
            crl(
                &stage.pki.issuing,
                &[(10, now() + chrono::Duration::minutes(30))],
                now() + chrono::Duration::hours(1),
                &[],
            ),
        ],
        ..stage.evidence()
    };
    let update = pdf::evidence_update(&stage.stamped, &evidence).unwrap();
    let file = [stage.stamped.as_slice(), &update.unwrap()].concat();
    let desk = Desk::new(stage, &stage.base, &[]);
    let verdict = desk.judge(&file);
    assert_eq!(verdict.conclusion.indication, Indication::TotalPassed);
    // The day before, it would have.
    assert!(now() - days(1) < now());
}

/// What another reader of objects would see as ours is ours.
#[test]
fn a_foreign_hand_may_write_a_lawful_signature() {
    let stage = stage();
    let signer = &stage.signers[1];
    let mut hand: Hand<'_> = stage.hand(signer);
    hand.entries = "/M(D:20261122140500Z)/Name(Bo)/Reason(Underskrift)".into();
    let file = Raw::on(&stage.one).sign(widget(1), &hand);
    assert!(text(&file).contains("/Reason(Underskrift)"));
    let desk = Desk::new(stage, &stage.base, &[]).with_lists(stage.lists());
    assert_eq!(desk.judge_foreign(&file).integrity, Integrity::Ok);
}
