//! What a version asks, gathered from its frozen text and the parties' files.

use std::collections::BTreeSet;

use crate::agreement::{AgreementId, Binds, Form, Party, PartyCode, SigningRule, VersionNumber};
use crate::register::{CopyState, PartyTerms, Terms};
use crate::template::Bundle;

/// Returns what a version asks in a form.
///
/// Parties are those listed when the text was frozen; a party without a file of its own signs in every
/// seat.
pub(in crate::journeys) fn terms(bundle: &Bundle, form: Form, parties: &[Party]) -> Terms {
    let manifest = bundle.manifest();
    let listed = bundle.parties().iter().map(|party| PartyTerms {
        code: party.code.clone(),
        decides: manifest.decision.get(&party.kind).cloned(),
        rule: rule(parties, &party.code),
    });
    Terms {
        agreement: bundle.agreement().id.clone(),
        binds: manifest.binds.clone(),
        form,
        late_signature: manifest.term.and_then(|term| term.late_signature),
        parties: listed.collect(),
        start: manifest.first_day(),
        version: manifest.version,
        with: manifest.form.with.clone(),
    }
}

/// Returns what a version asks as far as its copies tell: who is party to them. For counting where its text
/// is not at hand.
pub(super) fn terms_of_copies(
    agreement: &AgreementId,
    (version, form): (VersionNumber, Form),
    copies: &[&CopyState],
    parties: &[Party],
) -> Terms {
    let codes = copies.iter().flat_map(|copy| &copy.issued.parties);
    let codes: BTreeSet<&PartyCode> = codes.collect();
    let is_in_all = |code: &&&PartyCode| {
        let mut copies = copies.iter();
        form == Form::Bilateral && copies.all(|copy| copy.issued.parties.contains(code))
    };
    let with = codes.iter().find(is_in_all).map(|code| (*code).clone());
    let terms = |code: &PartyCode| PartyTerms {
        code: code.clone(),
        decides: None,
        rule: rule(parties, code),
    };
    Terms {
        agreement: agreement.clone(),
        binds: Binds::All,
        form,
        late_signature: None,
        parties: codes.into_iter().map(terms).collect(),
        start: None,
        version,
        with,
    }
}

fn rule(parties: &[Party], code: &PartyCode) -> SigningRule {
    let party = parties.iter().find(|party| party.code == *code);
    party.map_or_else(every_seat, |party| party.signing.clone())
}

fn every_seat() -> SigningRule {
    SigningRule {
        at_least: None,
        least_grade: None,
        source: None,
        seats: Vec::new(),
    }
}
