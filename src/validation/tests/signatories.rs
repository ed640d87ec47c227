use chrono::NaiveDate;

use crate::agreement::{Grade, Party, PersonalIdentifier, Role, SeatId};
use crate::signature::Certificate;
use crate::validation::{
    Authority, Completeness, Conclusion, Confirmation, Integrity, Signatory, SignatureKind,
    SignatureVerdict, Tie, completeness, signatory, tie,
};

const KEY: &[u8] = b"the office's own";

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SURNAME: &[u8] = &[0x55, 4, 4];
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
const GIVEN_NAME: &[u8] = &[0x55, 4, 42];
const PSEUDONYM: &[u8] = &[0x55, 4, 65];
const ORGANIZATION_IDENTIFIER: &[u8] = &[0x55, 4, 97];
const AFFILIATION: &[u8] = &[0x2A, 0x85, 0x70, 0x81, 0x49, 3, 1];

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            match high {
                0 => bytes.extend([0x81, low]),
                _ => bytes.extend([0x82, high, low]),
            }
        }
    }
    bytes.extend(content);
    bytes
}

fn name(attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let parts = attributes.iter().map(|(kind, value)| {
        let attribute = [tlv(0x06, kind), tlv(0x0C, value.as_bytes())].concat();
        tlv(0x31, &tlv(0x30, &attribute))
    });
    tlv(0x30, &parts.collect::<Vec<_>>().concat())
}

/// A certificate of a subject; its key and signature are no matter here.
fn certificate(subject: &[(&[u8], &str)]) -> Certificate {
    let algorithm = tlv(0x30, &tlv(0x06, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]));
    let kind = [
        tlv(0x06, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]),
        tlv(0x06, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]),
    ];
    let key = [tlv(0x30, &kind.concat()), tlv(0x03, &[0, 4, 1, 2])].concat();
    let validity = [tlv(0x17, b"250101000000Z"), tlv(0x17, b"350101000000Z")].concat();
    let content = [
        tlv(0xA0, &tlv(0x02, &[2])),
        tlv(0x02, &[1]),
        algorithm.clone(),
        name(&[(COMMON_NAME, "Prov Utfärdare")]),
        tlv(0x30, &validity),
        name(subject),
        tlv(0x30, &key),
    ];
    let whole = [tlv(0x30, &content.concat()), algorithm, tlv(0x03, &[0, 1])];
    Certificate::from_der(&tlv(0x30, &whole.concat())).unwrap()
}

const PARTY: &str = r#"
schema = 1
code = "1443"
kind = "kommun"
legal_name = "Bollebygds kommun"
styled_name = "Bollebygds kommun"
short_name = "Bollebygd"
org_number = "212000-2973"

[signing]
AT_LEAST
[[signing.seats]]
role = "chair"
by = ["chair", "vice_chair"]
[[signing.seats]]
role = "countersigner"
by = ["countersigner"]

[[signatories]]
role = "chair"
title = "kommunstyrelsens ordförande"
name = "Åsa Ärlig-Öberg"
from = 2023-01-01
to = 2026-12-31
CHAIR

[[signatories]]
role = "vice_chair"
title = "kommunstyrelsens vice ordförande"
name = "Bo Ek"

[[signatories]]
role = "countersigner"
title = "kommundirektör"
name = "Cia Dal"
"#;

fn party(rule: &str, chair: &str) -> Party {
    let text = PARTY.replace("AT_LEAST", rule).replace("CHAIR", chair);
    Party::parse("1443-bollebygd.toml", &text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn seat(text: &str) -> SeatId {
    text.parse().unwrap()
}

/// How a certificate is tied in the chair's seat, in which role, and the findings' codes.
fn tied(
    certificate: &Certificate,
    party: &Party,
    on: &str,
) -> (Tie, Option<String>, Vec<&'static str>) {
    let chair = seat("1443-chair");
    let authority = Authority {
        seat: &chair,
        party: Some(party),
        admitted: None,
        confirmed: &[],
        identifier_key: Some(KEY),
    };
    let (tie, role, findings) = tie(certificate, &authority, day(on));
    let codes = findings.iter().map(|finding| finding.code).collect();
    (tie, role.map(|role| role.to_string()), codes)
}

const DAY: &str = "2026-11-22";

#[test]
fn a_pinned_certificate_is_its_persons_while_in_office() {
    let stranger = certificate(&[(COMMON_NAME, "Någon Annan")]);
    let pins = format!("certificates = [\"{}\"]", stranger.digest());
    let party = party("", &pins);
    let chair = Some("chair".to_owned());
    assert_eq!(
        tied(&stranger, &party, DAY),
        (Tie::Pinned, chair.clone(), vec![])
    );
    for (on, may_sign) in [
        ("2022-12-31", false),
        ("2023-01-01", true),
        ("2026-12-31", true),
        ("2027-01-01", false),
    ] {
        let expected = if may_sign {
            (Tie::Pinned, chair.clone(), vec![])
        } else {
            (Tie::None, None, vec!["signatory_no_authority"])
        };
        assert_eq!(tied(&stranger, &party, on), expected, "{on}");
    }
}

#[test]
fn a_name_alone_only_proposes() {
    let party = party("", "");
    let chair = Some("chair".to_owned());
    for subject in [
        vec![(COMMON_NAME, "Åsa Ärlig-Öberg")],
        vec![(COMMON_NAME, "ÄRLIG\u{2010}ÖBERG, ÅSA")],
        vec![(COMMON_NAME, "Åsa Maria Ärlig-Öberg")],
        vec![
            (COMMON_NAME, "x"),
            (GIVEN_NAME, "A\u{30A}sa"),
            (SURNAME, "Ärlig-Öberg"),
        ],
        // Of another organisation.
        vec![
            (COMMON_NAME, "Åsa Ärlig-Öberg"),
            (ORGANIZATION_IDENTIFIER, "NTRSE-212000-1355"),
        ],
        // Of two.
        vec![
            (COMMON_NAME, "Åsa Ärlig-Öberg"),
            (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
            (ORGANIZATION_IDENTIFIER, "NTRSE-212000-1355"),
        ],
        // With more names than the person has, the number is not enough.
        vec![
            (COMMON_NAME, "Åsa Maria Ärlig-Öberg"),
            (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
        ],
    ] {
        let found = tied(&certificate(&subject), &party, DAY);
        let expected = (Tie::NameOnly, chair.clone(), vec!["signatory_name_only"]);
        assert_eq!(found, expected, "{subject:?}");
    }
    for subject in [
        vec![(COMMON_NAME, "Åsa")],
        vec![(COMMON_NAME, "Åsa Ärlig")],
        vec![(COMMON_NAME, "Åsa\u{200B} Ärlig-Öberg")],
        vec![
            (COMMON_NAME, "Åsa Ärlig-Öberg"),
            (PSEUDONYM, "Åsa Ärlig-Öberg"),
        ],
        vec![(ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973")],
    ] {
        let found = tied(&certificate(&subject), &party, DAY);
        assert_eq!(
            found,
            (Tie::None, None, vec!["signatory_stranger"]),
            "{subject:?}"
        );
    }
}

#[test]
fn name_and_organisation_number_tie_together() {
    let party = party("", "");
    for (kind, number) in [
        (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
        (ORGANIZATION_IDENTIFIER, "NTRSE-2120002973"),
        (ORGANIZATION_IDENTIFIER, "VATSE-212000297301"),
        (ORGANIZATION_IDENTIFIER, "VATSE-SE212000297301"),
        (ORGANIZATION_IDENTIFIER, "2120002973"),
        (SERIAL_NUMBER, "162120002973"),
        (AFFILIATION, "asa@212000-2973"),
        (AFFILIATION, "asa@2120002973"),
    ] {
        let found = certificate(&[(COMMON_NAME, "Åsa Ärlig-Öberg"), (kind, number)]);
        let expected = (Tie::Organisation, Some("chair".to_owned()), vec![]);
        assert_eq!(tied(&found, &party, DAY), expected, "{number}");
    }
    for number in [
        "NTRDE-2120002973",
        "NTRSE-212000-297",
        "VATSE-2120002973",
        "x2120002973",
    ] {
        let found = certificate(&[
            (COMMON_NAME, "Åsa Ärlig-Öberg"),
            (ORGANIZATION_IDENTIFIER, number),
        ]);
        assert_eq!(tied(&found, &party, DAY).0, Tie::NameOnly, "{number}");
    }
    let deputy = certificate(&[
        (COMMON_NAME, "Bo Ek"),
        (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
    ]);
    let expected = (
        Tie::Organisation,
        Some("vice_chair".to_owned()),
        vec!["signatory_deputy"],
    );
    assert_eq!(tied(&deputy, &party, "2030-01-01"), expected);
    let wrong_seat = certificate(&[
        (COMMON_NAME, "Cia Dal"),
        (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
    ]);
    let expected = (Tie::None, None, vec!["signatory_no_authority"]);
    assert_eq!(tied(&wrong_seat, &party, DAY), expected);
}

#[test]
fn the_version_may_admit_fewer_roles_than_the_party() {
    let party = party("", "");
    let deputy = certificate(&[
        (COMMON_NAME, "Bo Ek"),
        (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
    ]);
    let chair = seat("1443-chair");
    let authority = Authority {
        seat: &chair,
        party: Some(&party),
        admitted: Some(&[]),
        confirmed: &[],
        identifier_key: None,
    };
    assert_eq!(tie(&deputy, &authority, day(DAY)).0, Tie::None);
}

#[test]
fn a_personal_identifier_ties_and_a_wrong_one_unties() {
    let hash = PersonalIdentifier::read("191212121212").unwrap().hash(KEY);
    let party = party("", &format!("identifier = \"{hash}\""));
    let with = |number: &str| {
        certificate(&[
            (COMMON_NAME, "Åsa Ärlig-Öberg"),
            (SERIAL_NUMBER, number),
            (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
        ])
    };
    let chair = Some("chair".to_owned());
    for number in ["PNOSE-191212121212", "19121212-1212"] {
        let found = tied(&with(number), &party, DAY);
        assert_eq!(found, (Tie::Identifier, chair.clone(), vec![]), "{number}");
    }
    // A namesake at the same party.
    let found = tied(&with("PNOSE-198112289874"), &party, DAY);
    assert_eq!(found, (Tie::None, None, vec!["signatory_other_person"]));
}

#[test]
fn an_officers_word_counts_for_one_certificate_in_one_seat() {
    let party = party("", "");
    let stranger = certificate(&[(COMMON_NAME, "Någon Annan")]);
    let (chair, other) = (seat("1443-chair"), seat("1443-countersigner"));
    let role: Role = "vice_chair".parse().unwrap();
    let confirmed = [Confirmation {
        as_role: role.clone(),
        certificate: stranger.digest(),
        seat: chair.clone(),
    }];
    let ask = |seat, certificate, is_sound| {
        let authority = Authority {
            seat,
            party: Some(&party),
            admitted: None,
            confirmed: &confirmed,
            identifier_key: None,
        };
        signatory(
            certificate,
            &authority,
            day(DAY),
            is_sound,
            Some(Grade::Ades),
        )
        .0
    };
    let expected = Signatory {
        seat: chair.clone(),
        tie: Tie::Confirmed,
        as_role: Some(role),
        counts: true,
    };
    assert_eq!(ask(&chair, &stranger, true), expected);
    assert!(
        !ask(&chair, &stranger, false).counts,
        "trust is not the officer's"
    );
    assert!(!ask(&other, &stranger, true).counts);
    let another = certificate(&[(COMMON_NAME, "Någon Tredje")]);
    assert!(!ask(&chair, &another, true).counts);
}

#[test]
fn a_same_named_stranger_does_not_count_nor_a_grade_too_low() {
    let chair = seat("1443-chair");
    let counts = |party: &Party, subject: &[(&[u8], &str)], grade| {
        let authority = Authority {
            seat: &chair,
            party: Some(party),
            admitted: None,
            confirmed: &[],
            identifier_key: None,
        };
        let (found, findings) = signatory(&certificate(subject), &authority, day(DAY), true, grade);
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        (found.counts, codes)
    };
    let any = party("", "");
    let namesake = [(COMMON_NAME, "Åsa Ärlig-Öberg")];
    let expected = (false, vec!["signatory_name_only"]);
    assert_eq!(counts(&any, &namesake, Some(Grade::Qes)), expected);
    let own = [
        (COMMON_NAME, "Åsa Ärlig-Öberg"),
        (ORGANIZATION_IDENTIFIER, "NTRSE-212000-2973"),
    ];
    assert_eq!(counts(&any, &own, Some(Grade::Ades)), (true, vec![]));
    let strict = party("least_grade = \"AdES-QC\"", "");
    for (grade, is_enough) in [
        (None, false),
        (Some(Grade::Ades), false),
        (Some(Grade::AdesQc), true),
        (Some(Grade::Qes), true),
    ] {
        let codes = if is_enough {
            vec![]
        } else {
            vec!["signatory_grade"]
        };
        assert_eq!(
            counts(&strict, &own, grade),
            (is_enough, codes),
            "{grade:?}"
        );
    }
}

fn verdict(in_seat: &str, counts: bool) -> SignatureVerdict {
    SignatureVerdict {
        field: in_seat.to_owned(),
        kind: SignatureKind::Approval,
        revision: Some(2),
        integrity: Integrity::Ok,
        conclusion: Conclusion::PASSED,
        trust: Conclusion::PASSED,
        level: None,
        grade: None,
        claimed_at: None,
        proven_at: None,
        is_time_proven: false,
        algorithm: String::new(),
        certificate: None,
        signatory: Some(Signatory {
            seat: seat(in_seat),
            tie: Tie::None,
            as_role: None,
            counts,
        }),
        findings: Vec::new(),
    }
}

#[test]
fn seats_and_parties_are_told_apart_by_what_counts() {
    let seats = ["1443-chair", "1443-countersigner", "14-chair"].map(seat);
    let two = [party("", "")];
    let one = [party("at_least = 1", "")];
    let told = |parties: &[Party], signed: &[(&str, bool)]| -> Completeness {
        let signatures: Vec<_> = signed
            .iter()
            .map(|(seat, counts)| verdict(seat, *counts))
            .collect();
        completeness(&seats, parties, &signatures)
    };
    let none = told(&two, &[]);
    assert_eq!(none.open, seats);
    assert!(none.complete_parties.is_empty());
    let some = told(
        &two,
        &[
            ("14-chair", true),
            ("1443-chair", true),
            ("1443-countersigner", false),
        ],
    );
    assert_eq!(some.signed, [seats[0].clone(), seats[2].clone()]);
    assert_eq!(some.unconfirmed, [seats[1].clone()]);
    assert!(some.open.is_empty());
    let codes = |told: &Completeness| -> Vec<String> {
        told.complete_parties
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        codes(&some),
        ["14"],
        "a party without a file needs all its seats"
    );
    assert_eq!(codes(&told(&one, &[("1443-chair", true)])), ["1443"]);
    let both = told(&two, &[("1443-chair", true), ("1443-countersigner", true)]);
    assert_eq!(codes(&both), ["1443"]);
}
