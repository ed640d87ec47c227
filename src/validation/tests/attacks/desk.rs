//! Whoever judges: what was issued, to whom, and who is trusted.

use super::stage::{SEAL, SEATS, Stage, judged_at};
use crate::agreement::{Party, Sha256};
use crate::signature::Anchors;
use crate::validation::{
    Input, Issued, IssuedCopy, IssuedSeat, Policy, State, Supplied, Verdict, examine,
};

/// An office that issued one copy.
pub(crate) struct Desk {
    anchors: Anchors,
    copy: IssuedCopy,
    parties: Vec<Party>,
    policy: Policy,
    supplied: Supplied,
}

impl Desk {
    /// An office that knows the copy as it was issued, and these later states of it.
    pub(crate) fn new(stage: &Stage, base: &[u8], later: &[&[u8]]) -> Self {
        let state = |file: &[u8]| State {
            digest: Sha256::of(file),
            size_bytes: file.len(),
        };
        let states: Vec<_> = [base].iter().chain(later).map(|file| state(file)).collect();
        Self {
            anchors: stage.pki.anchors(),
            copy: IssuedCopy {
                copy: "familjecentral-1.0-b-1443".parse().unwrap(),
                base: states[0],
                newest: states
                    .last()
                    .map(|state| state.digest)
                    .into_iter()
                    .collect(),
                states,
                is_voided: false,
                seats: SEATS
                    .map(|seat| IssuedSeat {
                        id: seat.parse().unwrap(),
                        admitted: None,
                    })
                    .into(),
                seal_field: SEAL.to_owned(),
                seal: Some(stage.seal.certificate.digest()),
            },
            parties: parties(stage),
            policy: Policy::default(),
            supplied: Supplied {
                crls: Vec::new(),
                ..Supplied::default()
            },
        }
    }

    /// Hands over revocation lists besides the file.
    pub(crate) fn with_lists(mut self, lists: Vec<Vec<u8>>) -> Self {
        self.supplied.crls = lists;
        self
    }

    /// Judges a file as this copy.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Verdict {
        self.examine(bytes, Issued::Copy(&self.copy))
    }

    /// Judges a file that comes from elsewhere.
    pub(crate) fn judge_foreign(&self, bytes: &[u8]) -> Verdict {
        self.examine(bytes, Issued::NotAsked)
    }

    fn examine(&self, bytes: &[u8], issued: Issued<'_>) -> Verdict {
        let input = Input {
            issued,
            parties: &self.parties,
            confirmed: &[],
            identifier_key: None,
            anchors: &self.anchors,
            supplied: &self.supplied,
            policy: &self.policy,
            at: judged_at(),
        };
        examine(bytes, &input)
    }
}

/// The parties, with the certificate of each person pinned.
fn parties(stage: &Stage) -> Vec<Party> {
    let mut parties = Vec::new();
    for (code, kind, name, number) in PARTIES {
        let mut seats = String::new();
        let mut persons = String::new();
        for (seat, signer) in SEATS.iter().zip(&stage.signers) {
            let (of, role) = seat.split_once('-').unwrap();
            if of == code {
                seats.push_str(&format!(
                    "[[signing.seats]]\nrole = \"{role}\"\nby = [\"{role}\"]\n"
                ));
                persons.push_str(&format!(
                    "[[signatories]]\nrole = \"{role}\"\ntitle = \"Prov\"\nname = \"{}\"\n\
                     certificates = [\"{}\"]\n",
                    signer.certificate.subject_name(),
                    signer.certificate.digest()
                ));
            }
        }
        let text = format!(
            "schema = 1\ncode = \"{code}\"\nkind = \"{kind}\"\nlegal_name = \"{name}\"\n\
             styled_name = \"{name}\"\nshort_name = \"{name}\"\norg_number = \"{number}\"\n\
             [signing]\n{seats}{persons}"
        );
        parties.push(Party::parse("party.toml", &text).unwrap());
    }
    parties
}

const PARTIES: [(&str, &str, &str, &str); 3] = [
    ("14", "region", "Västra Götalandsregionen", "232100-0131"),
    ("1440", "kommun", "Ale kommun", "212000-1439"),
    ("1443", "kommun", "Bollebygds kommun", "212000-2973"),
];
