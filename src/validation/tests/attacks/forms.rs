//! Signature dictionaries that are not what they should be: without contents or range (USF), with ranges
//! of another form, and wrapped (SWA).

use super::raw::{Raw, Said, last, padded, swap, text};
use super::stage::{CONTENT, EVIL, SEATS, Stage, stage, widget};
use super::{Attack, Case};
use crate::pdf::tests::samples;
use crate::signature::tests::pki::{Pair, Wanted};

pub(super) const CASES: &[Case] = &[
    // The dictionary is written anew in an update.
    ("usf_contents_removed", |s| {
        redefined(s, "/Contents", |_| String::new())
    }),
    ("usf_contents_null", |s| {
        redefined(s, "/Contents", |_| "/Contents null".into())
    }),
    ("usf_contents_empty", |s| {
        redefined(s, "/Contents", |_| "/Contents<>".into())
    }),
    ("usf_contents_zeros", |s| {
        redefined(s, "/Contents", |_| "/Contents<0000>".into())
    }),
    ("usf_contents_name", |s| {
        redefined(s, "/Contents", |_| "/Contents/None".into())
    }),
    ("usf_contents_twice", |s| {
        redefined(s, "/Contents", |entry| format!("{entry}{entry}"))
    }),
    ("usf_range_removed", |s| {
        redefined(s, "/ByteRange", |_| String::new())
    }),
    ("usf_range_null", |s| {
        redefined(s, "/ByteRange", |_| "/ByteRange null".into())
    }),
    ("usf_range_empty", |s| {
        redefined(s, "/ByteRange", |_| "/ByteRange[]".into())
    }),
    ("usf_range_negative", |s| {
        redefined(s, "/ByteRange", |_| "/ByteRange[0 -1 -1 -1]".into())
    }),
    ("usf_range_nulls", |s| {
        redefined(s, "/ByteRange", |_| {
            "/ByteRange[null null null null]".into()
        })
    }),
    ("usf_range_twice", |s| {
        redefined(s, "/ByteRange", |entry| {
            format!("/ByteRange[0 10 20 10]{entry}")
        })
    }),
    ("usf_dictionary_empty", |s| {
        let mut raw = Raw::on(&s.one);
        raw.put(signature(&s.one), "<<>>");
        raw.finish().into()
    }),
    ("usf_dictionary_null", |s| {
        let mut raw = Raw::on(&s.one);
        raw.put(signature(&s.one), "null");
        raw.finish().into()
    }),
    // The signed bytes are changed.
    ("usf_contents_renamed_in_place", |s| {
        swap(&s.one, "/Contents<", "/Xontents<").into()
    }),
    ("usf_range_renamed_in_place", |s| {
        swap(&s.one, "/ByteRange[", "/ByteRangx[").into()
    }),
    ("usf_subfilter_renamed_in_place", |s| {
        swap(&s.one, "ETSI.CAdES", "ETSI.XAdES").into()
    }),
    ("usf_value_renamed_in_place", |s| {
        let value = format!("/V {} 0 R", signature(&s.one));
        swap(&s.one, &value, &value.replace("/V", "/W")).into()
    }),
    ("digest_content_in_place", |s| {
        swap(&s.one, "100000 kr", "900000 kr").into()
    }),
    ("digest_second_part_in_place", |s| {
        swap(&s.one, "trailer\n<<", "trailer <<").into()
    }),
    // Signed so, with a digest that is right over what the range says.
    ("range_starts_late", |s| {
        signed(s, |[_, a, b, c]| of(&[1, a - 1, b, c]))
    }),
    ("range_first_short", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a - 1, b, c]))
    }),
    ("range_first_into_contents", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a + 1, b, c]))
    }),
    ("range_first_deep_into_contents", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a + 11_000, b, c]))
    }),
    ("range_second_into_contents", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, b - 1, c + 1]))
    }),
    ("range_second_late", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, b + 1, c - 1]))
    }),
    ("range_second_short", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, b, c - 2]))
    }),
    ("range_ends_before_its_table", |s| {
        signed(s, |[_, a, b, _]| of(&[0, a, b, 8]))
    }),
    ("range_second_empty", |s| {
        signed(s, |[_, a, b, _]| of(&[0, a, b, 0]))
    }),
    ("range_beyond_the_end", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, b, c + 1]))
    }),
    ("range_far_beyond_the_end", |s| {
        signed(s, |[_, a, b, _]| of(&[0, a, b, 1 << 40]))
    }),
    ("range_huge", |s| {
        signed(s, |[_, a, b, c]| {
            (
                format!("[0 {a} {b} 9223372036854775807]"),
                of(&[0, a, b, c]).1,
            )
        })
    }),
    ("range_larger_than_any_number", |s| {
        signed(s, |[_, a, b, c]| {
            (
                format!("[0 {a} {b} 99999999999999999999999]"),
                of(&[0, a, b, c]).1,
            )
        })
    }),
    ("range_negative_start", |s| {
        signed(s, |[_, a, b, c]| {
            (format!("[-1 {} {b} {c}]", a + 1), of(&[0, a, b, c]).1)
        })
    }),
    ("range_negative_length", |s| {
        signed(s, |[_, a, b, c]| {
            (format!("[0 {a} {b} -{c}]"), of(&[0, a]).1)
        })
    }),
    ("range_three_entries", |s| {
        signed(s, |[_, a, b, c]| {
            (format!("[0 {a} {b}]"), of(&[0, a, b, c]).1)
        })
    }),
    ("range_two_entries", |s| {
        signed(s, |[_, a, _, _]| of(&[0, a]))
    }),
    ("range_six_entries", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a - 40, a - 40, 40, b, c]))
    }),
    ("range_six_entries_with_a_hole", |s| {
        signed(s, |[_, a, b, c]| of(&[0, 700, 760, a - 760, b, c]))
    }),
    ("range_overlaps", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, a - 100, b + c - a + 100]))
    }),
    ("range_turned_round", |s| {
        signed(s, |[_, a, b, c]| of(&[b, c, 0, a]))
    }),
    ("range_of_everything", |s| {
        signed(s, |[_, a, b, c]| of(&[0, a, a, b - a + c]))
    }),
    ("range_of_the_file_before", |s| {
        signed(s, |[_, a, _, _]| of(&[0, 100, 200, a - 2_000]))
    }),
    ("range_of_reals", |s| {
        signed(s, |[_, a, b, c]| {
            (format!("[0.5 {a}.0 {b}.0 {c}.0]"), of(&[0, a, b, c]).1)
        })
    }),
    ("range_of_names", |s| {
        signed(s, |[_, a, b, c]| ("[/A/B/C/D]".into(), of(&[0, a, b, c]).1))
    }),
    ("range_far_beyond_the_end_sha384", |s| {
        let holder = Wanted::person("Prov")
            .numbered(40)
            .by(&s.pki.issuing, Pair::p384());
        let mut hand = s.hand_with(&holder, |wanted| {
            wanted.hash = "2.16.840.1.101.3.4.2.2";
            wanted.digest = vec![0; 48];
        });
        hand.range = |[_, a, b, _]| of(&[0, a, b, 1 << 40]);
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("range_gap_of_another_string", |s| {
        // The gap is a decoy's, and the signature's own contents are signed.
        let mut hand = s.hand(&s.signers[0]);
        hand.entries = format!("/M(D:20261122140500Z)/Decoy<{}>", "0".repeat(40));
        hand.range = |[_, a, b, c]| {
            let decoy = a - (9 + 64 + 10) - 42;
            of(&[0, decoy, decoy + 42, b + c - decoy - 42])
        };
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("contents_twice_signed_so", |s| {
        let mut hand = s.hand(&s.signers[0]);
        hand.entries = "/M(D:20261122140500Z)/Contents<00>".into();
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("range_twice_signed_so", |s| {
        let mut hand = s.hand(&s.signers[0]);
        hand.entries = "/M(D:20261122140500Z)/ByteRange[0 10 20 10]".into();
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("swa_wrapped", |s| wrapped(&s.one).into()),
    ("swa_wrapped_later_signature", |s| wrapped(&s.two).into()),
    ("two_signatures_in_one_gap", |s| {
        // The second field's dictionary repeats contents and range of the first.
        let mut raw = Raw::on(&s.one);
        let body = samples::body(&s.one, signature(&s.one));
        let copy = raw.add(body);
        raw.extend(widget(1), &format!("/V {copy} 0 R"));
        raw.finish().into()
    }),
    ("one_signature_in_two_seats", |s| {
        let mut raw = Raw::on(&s.one);
        raw.extend(widget(1), &format!("/V {} 0 R", signature(&s.one)));
        raw.finish().into()
    }),
    ("one_signature_signs_two_seats", |s| {
        let mut raw = Raw::on(&s.base);
        let number = raw.number();
        raw.extend(widget(0), &format!("/V {number} 0 R"));
        raw.extend(widget(1), &format!("/V {number} 0 R"));
        raw.sign_alone(number, &s.hand(&s.signers[0])).into()
    }),
    ("contents_literal_string", |s| {
        let mut hand = s.hand(&s.signers[0]);
        hand.write = |cms| {
            let mut out = vec![b'('];
            for byte in cms {
                out.extend(format!("\\{byte:03o}").bytes());
            }
            out.push(b')');
            let room = padded(&[]).len();
            assert!(out.len() <= room);
            out.resize(room, b' ');
            out
        };
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("contents_lower_case", |s| {
        written(s, |cms| text(&padded(cms)).to_lowercase().into_bytes())
    }),
    ("contents_with_blanks", |s| {
        written(s, |cms| {
            let mut digits = padded(cms);
            let end = digits.len() - 1;
            digits[end - 40..end].fill(b' ');
            digits
        })
    }),
    ("contents_odd_digits", |s| {
        written(s, |cms| {
            let mut digits = padded(cms);
            let end = digits.len() - 1;
            digits[end - 1] = b'\n';
            digits
        })
    }),
    ("contents_padding_not_zero", |s| {
        written(s, |cms| {
            let mut digits = padded(cms);
            let end = digits.len() - 1;
            digits[end - 8..end].copy_from_slice(b"DEADBEEF");
            digits
        })
    }),
    ("contents_padding_touches_the_cms", |s| {
        written(s, |cms| padded(&[cms, &[0x30, 0]].concat()))
    }),
    ("contents_not_hexadecimal", |s| {
        written(s, |cms| {
            let mut digits = padded(cms);
            digits[9] = b'G';
            digits
        })
    }),
    ("contents_of_another_file", |s| {
        let other = s.sign(
            &super::stage::base(EVIL, "{}"),
            0,
            crate::agreement::Level::B,
        );
        let [ours, theirs] = [&s.one, &other].map(|file| last(file, "/Contents<") + 10);
        let mut file = s.one.clone();
        let length = padded_length(&s.one, ours).min(padded_length(&other, theirs));
        file[ours..ours + length].copy_from_slice(&other[theirs..theirs + length]);
        file.into()
    }),
    ("sub_filter_unknown", |s| {
        let mut hand = s.hand(&s.signers[0]);
        hand.entries = "/SubFilter/Prov.unknown/M(D:20261122140500Z)".into();
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("content_swapped_beside_the_signature", |s| {
        // What the range leaves out is said to be another object.
        let mut raw = Raw::on(&s.one);
        raw.put(CONTENT, super::raw::stream("", EVIL));
        let mut file = raw.finish();
        let at = last(&file, "/ByteRange[");
        file[at..at + 11].copy_from_slice(b"/ByteRange ");
        file.into()
    }),
];

/// Makes an update in which an entry of the signature dictionary is another.
fn redefined(stage: &Stage, key: &str, change: fn(&str) -> String) -> Attack {
    let number = signature(&stage.one);
    let body = samples::body(&stage.one, number);
    let (before, rest) = body.split_once(key).unwrap();
    let close = if key == "/Contents" { ">" } else { "]" };
    let (value, after) = rest.split_once(close).unwrap();
    let entry = change(&format!("{key}{value}{close}"));
    let mut raw = Raw::on(&stage.one);
    raw.put(number, format!("{before}{entry}{after}"));
    raw.finish().into()
}

fn signed(stage: &Stage, range: fn([usize; 4]) -> Said) -> Attack {
    let mut hand = stage.hand(&stage.signers[0]);
    hand.range = range;
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

fn written(stage: &Stage, write: fn(&[u8]) -> Vec<u8>) -> Attack {
    let mut hand = stage.hand(&stage.signers[0]);
    hand.write = write;
    Raw::on(&stage.base).sign(widget(0), &hand).into()
}

/// A range of these pairs of offset and length, which covers what it says.
fn of(numbers: &[usize]) -> Said {
    let said: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    let pairs = numbers.chunks(2);
    let covered = pairs.map(|pair| pair[0]..pair[0].saturating_add(pair[1]));
    (format!("[{}]", said.join(" ")), covered.collect())
}

/// Moves the second signed part away, and puts a table of the attacker's where the last line points.
///
/// A second signature dictionary says where the part is now; all signed bytes are there, in order.
fn wrapped(file: &[u8]) -> Vec<u8> {
    let all = text(file);
    let number = signature(file);
    let open = last(file, "/Contents<") + 9;
    let close = open + padded_length(file, open) + 1;
    let (_, rest) = all.rsplit_once("startxref\n").unwrap();
    let start: usize = rest.split_once('\n').unwrap().0.parse().unwrap();
    let (_, trailer) = all.rsplit_once("trailer\n").unwrap();
    let trailer = trailer.split_once("\nstartxref").unwrap().0;
    let previous = trailer.split_once("/Prev ").unwrap().1;
    let previous: String = previous.chars().take_while(char::is_ascii_digit).collect();
    let trailer = trailer.replace(&format!("/Prev {previous}"), &format!("/Prev {start:010}"));

    // From `>` to the place that the last line names there is room for a comment only.
    let mut out = text(&file[..close]);
    out.push_str(&format!("%{}\n", " ".repeat(start - close - 2)));
    // What the signed table says, but for the signature.
    let (_, signed) = all.rsplit_once("\nxref\n").unwrap();
    let mut runs = signed.split_once("trailer").unwrap().0.lines();
    let mut kept = String::new();
    while let Some((first, count)) = runs.next().and_then(|run| run.split_once(' ')) {
        let first: u32 = first.parse().unwrap();
        for object in first..first + count.parse::<u32>().unwrap() {
            let entry = runs.next().unwrap();
            if object != number {
                kept.push_str(&format!("{object} 1\n{entry}\r\n"));
            }
        }
    }
    let table = |offsets: [usize; 2]| {
        format!(
            "xref\n{kept}{CONTENT} 1\n{:010} 00000 n\r\n{number} 1\n{:010} 00000 n\r\ntrailer\n{}\n\
             startxref\n{start}\n%%EOF\n",
            offsets[0],
            offsets[1],
            trailer.replace(&format!("{start:010}"), &previous)
        )
    };
    let content = out.chars().count() + table([0, 0]).len();
    let evil = format!(
        "{CONTENT} 0 obj\n{}\nendobj\n",
        super::raw::stream("", &format!("BT /F1 12 Tf 40 780 Td ({EVIL}) Tj ET"))
    );
    let dictionary = content + evil.len();
    let contents = text(&file[open..close]);
    let body = |next: usize| {
        format!(
            "{number} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached\
             /ByteRange[0 {open} {next:010} {}]/Contents{contents}>>\nendobj\n",
            file.len() - close
        )
    };
    let next = dictionary + body(0).len();
    out.push_str(&table([content, dictionary]));
    out.push_str(&evil);
    out.push_str(&body(next));
    out.push_str(&text(&file[close..]));
    super::raw::bytes(&out)
}

/// Returns the number of the last signature's dictionary.
pub(super) fn signature(file: &[u8]) -> u32 {
    let before = text(&file[..last(file, "/ByteRange")]);
    let (_, number) = before.rsplit_once("endobj\n").unwrap();
    number.split_once(' ').unwrap().0.parse().unwrap()
}

fn padded_length(file: &[u8], at: usize) -> usize {
    file[at..].iter().position(|byte| *byte == b'>').unwrap()
}

#[test]
fn the_maker_by_hand_makes_what_our_signer_makes() {
    let stage = stage();
    let file = Raw::on(&stage.one).sign(widget(1), &stage.hand(&stage.signers[1]));
    let found = crate::pdf::embedded_signatures(&file).unwrap();
    let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, SEATS[..2]);
    assert!(found.iter().all(|one| one.revision_end <= file.len()));
}
