//! Files that want too much are answered, and soon: no hang, no panic, no end of the stack.
//!
//! What they cost is measured on the whole program, in the test binary's module of the same name.

use super::attacks::codes;
use super::attacks::desk::Desk;
use super::attacks::stage::stage;
use crate::validation::{Indication, Integrity};

#[path = "../../../tests/cases/attacks/bombs.rs"]
mod made;

#[test]
fn every_bomb_is_answered_and_none_passes() {
    let stage = stage();
    let desk = Desk::new(stage, &stage.base, &[]);
    for (name, file) in made::bombs() {
        let foreign = desk.judge_foreign(&file);
        let own = desk.judge(&file);
        for verdict in [&own, &foreign] {
            assert_ne!(verdict.integrity, Integrity::Ok, "{name}");
            let indication = verdict.conclusion.indication;
            assert_ne!(indication, Indication::TotalPassed, "{name}");
        }
        assert!(codes(&own).contains(&"other_base"), "{name}");
    }
}

/// The bombs are as small as they say.
#[test]
fn the_largest_are_of_a_few_hundred_kilobytes() {
    for (name, file) in made::bombs() {
        if name.ends_with("of 600 MB") {
            assert!(file.len() < 4 << 20, "{name}: {}", file.len());
        }
    }
}
