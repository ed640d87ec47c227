//! Damaged files give errors, never a panic.

use proptest::prelude::*;

use super::samples::{
    entries, fields, file, font, issued, objects, signed, signed_objects, some_evidence, typeset,
};
use crate::pdf::{
    AppearanceFont, AppearanceLine, LineWeight, SignatureEntries, attachment, base_revision,
    describe, embedded_signatures, evidence, evidence_update, revision_ends, signature_fields,
    signature_update, time_stamp_update, undrawable,
};

/// Puts bytes into every public function.
fn swallow(bytes: &[u8], font: &AppearanceFont) {
    if let Ok(made) = base_revision(bytes, &fields(), font) {
        assert!(made.ends_with(b"%%EOF\n"));
    }
    if let Ok(Some(file)) = attachment(bytes, "data.json") {
        assert!(file.len() <= 1 << 20);
    }
    assert!(revision_ends(bytes).iter().all(|end| *end <= bytes.len()));
    drop(describe(bytes));
    drop(signature_fields(bytes));
    drop(embedded_signatures(bytes));
    drop(undrawable(bytes, "Åsa"));
    let lines = ["Åsa Ärlig-Öberg", "Kommunstyrelsens ordförande"].map(|text| AppearanceLine {
        text,
        weight: LineWeight::Detail,
    });
    for certifies in [false, true] {
        let entries = SignatureEntries {
            appearance: &lines,
            certifies,
            ..entries("1443-2")
        };
        if let Ok(update) = signature_update(bytes, &entries) {
            assert_eq!(update.contents.len(), 16);
        }
    }
    drop(time_stamp_update(bytes, 8));
    if let Ok(held) = evidence(bytes) {
        // What was read is there, but an update may be refused for another reason.
        assert!(!matches!(evidence_update(bytes, &held), Ok(Some(tail)) if tail.is_empty()));
    }
    drop(evidence_update(bytes, &some_evidence()));
    drop(AppearanceFont::new(bytes));
}

/// One way to damage a file.
#[derive(Clone, Debug)]
enum Damage {
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Replace(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    use prop::sample::Index;
    let words = prop::sample::select(vec![
        "<<",
        ">>",
        "[",
        "]",
        "(",
        ")",
        "/",
        "%",
        "R",
        "0",
        "-1",
        "99999999999",
        "null",
        "stream",
        "endobj",
        "xref",
        "trailer",
        "/Prev 1",
        "/K",
        "#",
        "\\",
        "/V",
        "/Kids[",
        "1 0 R",
        "3 0 R",
        "8 0 R",
    ]);
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => any::<(Index, Index)>().prop_map(|(from, to)| Damage::Repeat(from, to)),
        4 => (any::<Index>(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(at, bytes)| Damage::Replace(at, bytes)),
        6 => (any::<Index>(), words)
            .prop_map(|(at, word)| Damage::Replace(at, word.as_bytes().to_vec())),
        2 => (any::<Index>(), 1_usize..20).prop_map(|(at, count)| Damage::Remove(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    match damage {
        Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Damage::Repeat(from, to) => {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            bytes.splice(from..from, piece);
        }
        Damage::Replace(at, with) => {
            let at = at.index(bytes.len());
            let end = (at + with.len()).min(bytes.len());
            bytes.splice(at..end, with.iter().copied());
        }
        Damage::Remove(at, count) => {
            let at = at.index(bytes.len());
            let end = (at + count).min(bytes.len());
            bytes.drain(at..end);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn survives_damage(stage in 0..3, damages in prop::collection::vec(damage(), 1..5)) {
        let font = font();
        let mut bytes = match stage {
            0 => typeset(),
            1 => issued(),
            _ => signed(),
        };
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        swallow(&bytes, &font);
    }

    /// The table is made after the damage, so that it is met where objects are understood.
    #[test]
    fn survives_damaged_objects(
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..4),
    ) {
        let mut bodies = objects();
        for (which, damage) in &damages {
            let body = &mut bodies[which.index(16)];
            let mut bytes = std::mem::take(body).into_bytes();
            apply(&mut bytes, damage);
            *body = String::from_utf8_lossy(&bytes).into_owned();
        }
        swallow(&file(&bodies), &font());
    }

    #[test]
    fn survives_noise(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        swallow(&bytes, &font());
        let mut file = b"%PDF-1.7\n".to_vec();
        file.extend(&bytes);
        file.extend(b"\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n");
        swallow(&file, &font());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Forms, signatures and stores whose table is whole.
    #[test]
    fn survives_damaged_signatures(
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..4),
    ) {
        let mut bodies = signed_objects();
        for (which, damage) in &damages {
            let count = bodies.len();
            let body = &mut bodies[which.index(count)];
            let mut bytes = std::mem::take(body).into_bytes();
            apply(&mut bytes, damage);
            *body = String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut pdf = file(&bodies);
        pdf.push(b'\n');
        swallow(&pdf, &font());
    }
}

#[test]
fn survives_every_cut_and_every_lost_byte() {
    let font = font();
    let whole = typeset();
    for at in 0..whole.len() {
        swallow(&whole[..at], &font);
        let mut lost = whole.clone();
        lost.remove(at);
        swallow(&lost, &font);
        let mut flipped = whole.clone();
        flipped[at] ^= 0x11;
        swallow(&flipped, &font);
    }
}
