//! Signed copies handed in for another copy.

use super::raw::last;
use super::stage::{AGREED, EVIL, Stage, base};
use super::{Attack, Case};
use crate::agreement::Level;

pub(super) const CASES: &[Case] = &[
    ("replay_of_another_version", |s| {
        // The office issued version 2; handed in is a signed copy of version 1.
        let other = base(EVIL, "{\"copy\":\"familjecentral-2.0-b-1443\"}");
        Attack {
            issued: Some(other),
            ..s.one.clone().into()
        }
    }),
    ("replay_of_another_partys_copy", |s| {
        let other = base(AGREED, "{\"copy\":\"familjecentral-1.0-b-1480\"}");
        Attack {
            issued: Some(other),
            ..s.one.clone().into()
        }
    }),
    ("replay_with_other_words", |s| {
        let file = base(EVIL, super::stage::DATA);
        s.sign(&file, 0, Level::B).into()
    }),
    ("replay_grafted_on_another_base", |s| {
        // Update and signature of one copy, put behind the base of another of the same length.
        let other = base(EVIL, super::stage::DATA);
        assert_eq!(other.len(), s.base.len());
        [other.as_slice(), &s.one[s.base.len()..]].concat().into()
    }),
    ("replay_of_the_base_unsigned", |s| s.base.clone().into()),
    ("replay_of_an_unsigned_rewrite", |s| {
        let mut file = s.base.clone();
        let at = last(&file, "100000");
        file[at] = b'9';
        file.into()
    }),
    ("replay_of_the_second_without_the_first", |s| {
        // The second signer's update behind the base, the first one cut out.
        [s.base.as_slice(), &s.two[s.one.len()..]].concat().into()
    }),
    ("replay_of_one_update_twice", |s| {
        [s.two.as_slice(), &s.two[s.one.len()..]].concat().into()
    }),
    ("replay_with_updates_in_the_other_order", |s: &Stage| {
        let (first, second) = (&s.two[s.base.len()..s.one.len()], &s.two[s.one.len()..]);
        [s.base.as_slice(), second, first].concat().into()
    }),
];
