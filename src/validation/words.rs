//! The answers of a verdict in plain Swedish, for terminals and reports alike.

use super::{
    Conclusion, Finding, Grade, IdentityAnswer, Indication, Integrity, SignatureKind,
    SignatureVerdict, SubIndication, Tie,
};

/// Returns a conclusion's word, and what it means with the standard's own names.
#[must_use]
pub fn conclusion(conclusion: Conclusion) -> (&'static str, String) {
    let because = |name: &str, otherwise: &str| match conclusion.sub_indication {
        Some(reason) => format!("{name}, {}: {}.", name_of(reason), sub_indication(reason)),
        None => format!("{name}: {otherwise}."),
    };
    match conclusion.indication {
        Indication::TotalFailed => (
            "Underkänd",
            because("TOTAL-FAILED", "minst en prövning misslyckades"),
        ),
        Indication::Indeterminate => (
            "Obestämd",
            because("INDETERMINATE", "det som finns räcker inte för att avgöra"),
        ),
        Indication::TotalPassed => (
            "Godkänd",
            because("TOTAL-PASSED", "allt som prövades är väl besvarat"),
        ),
    }
}

/// Returns the standard's name of a reason.
fn name_of(reason: SubIndication) -> String {
    let name = serde_json::to_value(reason).ok();
    let name = name.as_ref().and_then(serde_json::Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// Returns the reason beside an indication.
#[must_use]
pub fn sub_indication(reason: SubIndication) -> &'static str {
    match reason {
        SubIndication::CertificateChainGeneralFailure => "certifikatkedjan håller inte",
        SubIndication::ChainConstraintsFailure => {
            "ett certifikat får inte användas på det här sättet"
        }
        SubIndication::CryptoConstraintsFailure => "en algoritm eller nyckel var för svag",
        SubIndication::CryptoConstraintsFailureNoPoe => {
            "en algoritm eller nyckel är för svag, och inget visar när underskriften gjordes"
        }
        SubIndication::Expired => "certifikatet hade gått ut",
        SubIndication::FormatFailure => "underskriften har fel form",
        SubIndication::Generic => "se anmärkningarna",
        SubIndication::HashFailure => "innehållet är inte det som skrevs under",
        SubIndication::NoCertificateChainFound => {
            "certifikatet leder inte till någon som är betrodd"
        }
        SubIndication::NoCertificateChainFoundNoPoe => {
            "certifikatet leder inte längre till någon som är betrodd"
        }
        SubIndication::NoPoe => "inget visar när underskriften gjordes",
        SubIndication::NoSigningCertificateFound => "undertecknarens certifikat saknas",
        SubIndication::NotYetValid => "certifikatet gällde inte än",
        SubIndication::OutOfBoundsNoPoe => {
            "certifikatet har gått ut, och inget visar när underskriften gjordes"
        }
        SubIndication::OutOfBoundsNotRevoked => "certifikatet gällde inte",
        SubIndication::Revoked => "certifikatet var spärrat",
        SubIndication::RevokedCaNoPoe => {
            "en utfärdares certifikat är spärrat, och inget visar när underskriften gjordes"
        }
        SubIndication::RevokedNoPoe => {
            "certifikatet är spärrat, och inget visar när underskriften gjordes"
        }
        SubIndication::SigConstraintsFailure => "underskriften räcker inte för det den ska visa",
        SubIndication::SigCryptoFailure => "underskriftens värde är fel",
        SubIndication::SignedDataNotFound => "det som skrevs under saknas",
        SubIndication::TimestampOrderFailure => "tidsstämplarna säger emot varandra",
        SubIndication::TryLater => "uppgift om spärrning saknas än så länge",
    }
}

/// Returns the word for an answer on integrity, and what it means.
#[must_use]
pub fn integrity(integrity: Integrity) -> (&'static str, &'static str) {
    match integrity {
        Integrity::ParseError => ("Oläsbar", "Filen kan inte läsas på ett enda sätt."),
        Integrity::NoSignature => ("Ingen underskrift", "Filen har ingen underskrift."),
        Integrity::Broken => (
            "Bruten",
            "En underskrift stämmer inte med de byte som den ska gälla.",
        ),
        Integrity::Modified => (
            "Ändrad",
            "Underskrifterna håller, men något otillåtet är tillagt efter en av dem.",
        ),
        Integrity::Ok => (
            "Oförändrad",
            "Varje underskrift håller, och det som är tillagt efter den får läggas till.",
        ),
    }
}

/// Returns the answer on trust.
#[must_use]
pub fn trust(trust: Conclusion) -> String {
    match (trust.indication, trust.sub_indication) {
        (Indication::TotalPassed, _) => "ja".to_owned(),
        (Indication::Indeterminate, Some(reason)) => {
            format!("kan inte avgöras: {}", sub_indication(reason))
        }
        (Indication::Indeterminate, None) => "kan inte avgöras".to_owned(),
        (Indication::TotalFailed, Some(reason)) => format!("nej: {}", sub_indication(reason)),
        (Indication::TotalFailed, None) => "nej".to_owned(),
    }
}

/// Returns the word for an answer on identity, and what it means.
#[must_use]
pub fn identity(answer: IdentityAnswer) -> (&'static str, &'static str) {
    match answer {
        IdentityAnswer::NotAsked => (
            "Ej prövad",
            "Det fanns inget utfärdat exemplar att jämföra med.",
        ),
        IdentityAnswer::Unknown => ("Okänd", "Filen är inget exemplar härifrån."),
        IdentityAnswer::OtherBase => (
            "Annan grund",
            "Filen bär ett exemplars namn, men är i grunden inte det som utfärdades.",
        ),
        IdentityAnswer::OlderThanKnown => (
            "Äldre läge",
            "Ett nyare läge är känt; underskrifter kan saknas här.",
        ),
        IdentityAnswer::Forked => (
            "Gren",
            "Filen går vidare från ett äldre läge, bredvid det nyaste.",
        ),
        IdentityAnswer::Newer => (
            "Nyare läge",
            "Filen går vidare från det nyaste kända läget.",
        ),
        IdentityAnswer::Newest => (
            "Nyaste läget",
            "Filen är det nyaste kända läget, byte för byte.",
        ),
    }
}

/// Returns what a signature says that it is.
#[must_use]
pub fn kind(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::Approval => "underskrift",
        SignatureKind::Certification => "certifierande stämpel",
        SignatureKind::TimeStamp => "tidsstämpel",
    }
}

/// Returns the legal grade.
#[must_use]
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Ades => "avancerad (AdES)",
        Grade::AdesQc => "avancerad med kvalificerat certifikat (AdES-QC)",
        Grade::Qes => "kvalificerad (QES)",
    }
}

/// Returns how a certificate is tied to a person.
#[must_use]
pub fn tie(tie: Tie) -> &'static str {
    match tie {
        Tie::Confirmed => "bekräftad av handläggare",
        Tie::Identifier => "personens identitet stämmer",
        Tie::NameOnly => "bara namnet stämmer: ska bekräftas",
        Tie::None => "ingen som får skriva under på platsen",
        Tie::Organisation => "organisationsnummer och namn stämmer",
        Tie::Pinned => "personens eget certifikat",
    }
}

/// Returns where a finding is, with a colon, or nothing where it is about the whole file.
#[must_use]
pub fn place(finding: &Finding) -> String {
    let mut parts = Vec::new();
    if let Some(revision) = finding.revision {
        parts.push(format!("revision {revision}"));
    }
    if let Some(object) = finding.object {
        parts.push(format!("objekt {object}"));
    }
    if let Some(at) = finding.at_byte {
        parts.push(format!("byte {at}"));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}: ", parts.join(", "))
    }
}

/// Returns a signature in one line: where, who, when, level, grade and conclusion.
#[must_use]
pub fn signature(signature: &SignatureVerdict) -> String {
    let mut parts = vec![format!("{} {}", kind(signature.kind), signature.field)];
    if let Some(certificate) = &signature.certificate {
        parts.push(certificate.name.clone());
    }
    if let (Some(at), true) = (signature.proven_at, signature.is_time_proven) {
        parts.push(format!("före {}", at.format("%Y-%m-%d %H:%M:%S UTC")));
    } else if let Some(at) = signature.claimed_at {
        parts.push(format!("uppger {}", at.format("%Y-%m-%d %H:%M:%S UTC")));
    }
    if let Some(level) = signature.level {
        parts.push(level.to_string());
    }
    if let Some(found) = signature.grade {
        parts.push(grade(found).to_owned());
    }
    if let Some(signatory) = &signature.signatory {
        parts.push(tie(signatory.tie).to_owned());
    }
    parts.push(conclusion(signature.conclusion).0.to_lowercase());
    parts.join(", ")
}
