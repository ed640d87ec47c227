//! Signatures that are not made because of others: time-stamping authorities, issuers, cards.

use std::fs;
use std::path::PathBuf;

use super::pki::Token;
use super::refused::{Desk, State};
use super::sign::copy_of;
use super::support::{Issue, run};

/// The copy of the second agreement that most tests sign, which has this seat alone.
const SEAT: &str = "1499-director";
const NOTHING_SIGNED: &str =
    "nothing was signed; try again later, or name another authority in sigill.toml";

#[test]
fn time_stamps() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    let before = State::of(&desk.office);
    let refuses = |error: &str, code, hint: &str| {
        let command = desk.sign(&file, SEAT, "s001");
        desk.refuses_from(&before, command, code, error, hint);
    };
    for (service, problem) in [
        ("/tsa-slow/3", "no answer within 1 s"),
        ("/tsa-500", "the answer is 500 Internal Server Error"),
        ("/no-such", "the answer is 404 Not Found"),
        (
            "/tsa-hangs-up",
            "connection closed before message completed",
        ),
        (
            "/tsa-page",
            "the answer is text/html; charset=utf-8, not application/timestamp-reply",
        ),
        ("/tsa-garbage", "the answer is not a time-stamp response"),
        (
            "/tsa-wrong-nonce",
            "the time-stamp answers another request: its nonce is not ours",
        ),
        (
            "/tsa-no-nonce",
            "the time-stamp answers another request: its nonce is not ours",
        ),
        (
            "/tsa-wrong-imprint",
            "the time-stamp is one of something else: its imprint is not ours",
        ),
        ("/tsa-forged", "the signature of the time-stamp is wrong"),
        (
            "/tsa-refuses",
            "the authority refuses: rejection, badAlg, Message digest algorithm is not supported.",
        ),
        (
            "/tsa-not-an-authority",
            "the certificate of CN=Prov Provsson,surname=Provsson,givenName=Prov,C=SE is not one for time-stamping only",
        ),
    ] {
        desk.ask(&[service], 1);
        let error =
            format!("no time-stamping authority gave a time-stamp: URL{service}: {problem}");
        refuses(&error, 5, NOTHING_SIGNED);
    }
    desk.ask(&["/tsa-stranger"], 15);
    refuses(
        "no time-stamping authority gave a time-stamp: URL/tsa-stranger: the time-stamping authority CN=Främmande Tidsstämpling,O=Prov,C=SE is not an accepted one: no accepted authority issued it, nor its issuer",
        5,
        "nothing was signed; name another authority in sigill.toml, or put the root certificate of this one into signatories/trust/ if the office trusts it",
    );
    desk.ask(&["/tsa-large"], 15);
    let large = desk.refuses_like(
        desk.sign(&file, SEAT, "s001"),
        4,
        "error: introduktion-1.0-c1499: the authority's time-stamp has 2",
    );
    let hint = "hint: nothing was signed; name another authority first in sigill.toml";
    large.complains("bytes, more than the ").complains(hint);
    // All are named when none gives one.
    desk.ask(&["/tsa-500", "/tsa-forged"], 15);
    refuses(
        "no time-stamping authority gave a time-stamp: URL/tsa-500: the answer is 500 Internal Server Error; URL/tsa-forged: the signature of the time-stamp is wrong",
        5,
        NOTHING_SIGNED,
    );
    desk.ask(&[], 15);
    refuses(
        "level B-T needs a time-stamp, and sigill.toml names no time-stamping authority",
        3,
        "set authorities under [time_stamp] in sigill.toml, or ask for --level B-B: such a signature proves no time",
    );
    let address = "give an address such as http://tsa.example.se/tsa";
    for (authority, problem) in [
        (
            "ldap://tsa.example.se",
            "ldap addresses are not asked, only http and https",
        ),
        (
            "http://prov:hemligt@tsa.example.se/",
            "an address with a user name or password is not used",
        ),
    ] {
        let text = format!("[time_stamp]\nauthorities = [\"{authority}\"]\n");
        desk.office.write("sigill.toml", text);
        refuses(
            &format!("sigill.toml, [time_stamp] authorities: {problem}"),
            3,
            address,
        );
    }
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    desk.office.write(
        "sigill.toml",
        format!("[time_stamp]\nauthorities = [\"http://{free}/\"]\n"),
    );
    refuses(
        &format!(
            "no time-stamping authority gave a time-stamp: http://{free}/: Connection refused (os error 111)"
        ),
        5,
        NOTHING_SIGNED,
    );
    desk.ask(&["/tsa"], 15);
    desk.office.remove("signatories/trust/prov.pem");
    refuses(
        "signatories/trust/ holds no certificate, so no time-stamp and no evidence can be trusted",
        3,
        "put the root certificate of the time-stamping authority into signatories/trust/ as a .pem file",
    );
    desk.office
        .write("signatories/trust/prov.pem", "no certificate\n");
    refuses(
        "signatories/trust/ holds no certificate, so no time-stamp and no evidence can be trusted",
        3,
        "put the root certificate of the time-stamping authority into signatories/trust/ as a .pem file",
    );
    let root = fs::read(desk.pki.path("trust/root.pem")).unwrap();
    desk.office.write("signatories/trust/prov.pem", root);

    // The next authority is asked when one fails, and the level is what was asked for.
    desk.ask(&["/tsa-wrong-imprint", "/tsa-openssl"], 15);
    let (first, second) = (
        desk.pki.asked("/tsa-wrong-imprint"),
        desk.pki.asked("/tsa-openssl"),
    );
    let mut command = desk.sign(&file, SEAT, "s001");
    command.arg("--json");
    let told = run(command).ok().json();
    assert_eq!(told["level"], "B-T");
    assert!(told["copies"][0]["stamped_at"].is_string());
    assert_eq!(desk.pki.asked("/tsa-wrong-imprint"), first + 1);
    assert_eq!(desk.pki.asked("/tsa-openssl"), second + 1);
}

/// An authority that stops in the middle of 49 copies: what is done is told, and a second run goes on.
#[test]
fn a_run_that_stops_goes_on() {
    let Some(desk) = Desk::new(Issue::Bilateral) else {
        return;
    };
    let folder = desk.office.path(Issue::Bilateral.out());
    desk.ask(&["/tsa-tired/20"], 15);
    let stopped = run(desk.sign(&folder, "14-chair", "s001"));
    assert_eq!(stopped.code, 5, "{stopped}");
    assert_eq!(
        desk.told(&stopped.err),
        "error: 16 of 49 copies are done, then: no time-stamping authority gave a time-stamp: URL/tsa-tired/20: the answer is 503 Service Unavailable\n\nhint: those that are done stay so; run the command again, it goes on with the others\n"
    );
    assert_eq!(desk.office.kinds()["Signed"], 16);
    assert_eq!(desk.office.number("SELECT count(*) FROM lease"), 0);
    desk.ask(&["/tsa"], 15);
    run(desk.sign(&folder, "14-chair", "s001"))
        .ok()
        .says("33 exemplar är undertecknade")
        .says("16 exemplar hade redan en underskrift på platsen och lämnas som de är");
    assert_eq!(desk.office.kinds()["Signed"], 49);
    let mut command = desk.sign(&folder, "14-chair", "s001");
    command.arg("--dry-run");
    desk.refuses(
        command,
        4,
        "14-chair of familjecentral-1.0-b1401 was signed TIME",
        "nothing is left to do; to sign anew, void the copy and issue another: `sigill generate --reissue`",
    );
}

#[test]
fn evidence() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = |code: &str| copy_of(&desk.office, Issue::Introduktion, code);
    let copy = file("1499");
    let stay = "nothing was changed; try again when the issuer answers, or stay at B-T";
    let new = "nothing was changed; the signer needs a new certificate";
    for (signer, code, error, hint) in [
        (
            "revoked",
            4,
            "the certificate of CN=Prov Spärrad,surname=Spärrad,givenName=Prov,C=SE was revoked at TIME UTC (key compromised)",
            new,
        ),
        (
            "revoked-crl",
            4,
            "the certificate of CN=Prov Spärrlistad,surname=Spärrlistad,givenName=Prov,C=SE was revoked at TIME UTC (key compromised)",
            new,
        ),
        (
            "evidence-down",
            5,
            "introduktion-1.0-c1499: no evidence on the certificate of CN=Prov Utan Svar,surname=Utan Svar,givenName=Prov,C=SE: URL/down: the answer is 500 Internal Server Error; URL/down: the answer is 500 Internal Server Error",
            stay,
        ),
        (
            "no-revocation",
            5,
            "introduktion-1.0-c1499: no evidence on the certificate of CN=Prov Utan Adress,surname=Utan Adress,givenName=Prov,C=SE: it names no address to ask",
            "nothing was changed; stay at B-T, or sign with a certificate whose issuer tells what it has revoked",
        ),
    ] {
        // At B-T a revoked certificate is refused too; that nobody tells is a warning there.
        let lowest = if code == 4 { "B-T" } else { "B-LT" };
        for level in [lowest, "B-LT", "B-LTA"] {
            let mut command = desk.sign(&copy, SEAT, signer);
            command.args(["--level", level]);
            desk.refuses(command, code, error, hint);
        }
    }
}

/// Certificates that were revoked after they had signed, which is found out when copies are extended.
#[test]
fn copies_that_cannot_be_extended() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = |code: &str| copy_of(&desk.office, Issue::Introduktion, code);
    let extend = |more: &[&str]| {
        let mut command = desk.office.command(&["sign", "extend", "introduktion"]);
        command.args(more);
        command
    };
    desk.refuses(
        extend(&["--copy", "introduktion-1.0-c1499"]),
        4,
        "copy introduktion-1.0-c1499 bears no signature yet",
        "`sigill status` lists the copies",
    );
    desk.refuses(
        extend(&["--copy", "introduktion-1.0-c9999"]),
        4,
        "copy introduktion-1.0-c9999 is not in the register",
        "`sigill status` lists the copies",
    );
    run(desk.sign(&file("1496"), "1496-director", "s001")).ok();
    run(desk.sign(&file("1499"), SEAT, "s002")).ok();
    let mut basic = desk.sign(&file("1497"), "1497-director", "s003");
    basic.args(["--level", "B-B"]);
    run(basic).ok();
    desk.pki.revoke("s002");
    let revoked = "nej  introduktion-1.0-c1499: the certificate of CN=Prov Ärlig-Öberg,surname=Ärlig-Öberg,givenName=Prov,C=SE was revoked at ";
    let before = State::of(&desk.office);
    let named = run(extend(&["--copy", "introduktion-1.0-c1499"]));
    assert_eq!(named.code, 4, "{named}");
    named.says("Inget exemplar är utökat.").says(revoked);
    let level = "nej  introduktion-1.0-c1497: it cannot reach B-LTA: the signature of 1497-director is B-B, without a time-stamp";
    let basic = run(extend(&["--copy", "introduktion-1.0-c1497"]));
    assert_eq!(basic.code, 4, "{basic}");
    basic.says("Inget exemplar är utökat.").says(level);
    assert_eq!(State::of(&desk.office), before);
    // The sound copy is extended, whatever becomes of the others.
    let all = run(extend(&[]));
    assert_eq!(all.code, 4, "{all}");
    all.says("1 exemplar har nu nivån B-LTA")
        .says(revoked)
        .says(level);
    let log = desk.office.check_log();
    let extended = log.iter().filter(|entry| entry["kind"] == "Extended");
    let copies: Vec<_> = extended.map(|entry| &entry["body"]["copy"]).collect();
    assert_eq!(copies, ["introduktion-1.0-c1496"]);
    assert_eq!(desk.office.number("SELECT count(*) FROM lease"), 0);
}

#[test]
fn a_card_that_refuses() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let Some(token) = Token::new() else { return };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    let chain = |name: &str| desk.pki.path(name);
    let with_pin = |uri: &str, pin: &str, certificates: Option<PathBuf>| {
        let mut command = desk.office.command(&["sign", "--seat", SEAT, "--key", uri]);
        let (name, value) = token.env();
        command.env(name, value).env("PIN", pin);
        command.args(["--passphrase-env", "PIN"]).arg(&file);
        if let Some(certificates) = certificates {
            command.arg("--certificates").arg(certificates);
        }
        command
    };
    let own = || Some(chain("s001.chain.pem"));
    desk.refuses(
        with_pin(&token.uri("s001"), Token::PIN, own()),
        2,
        "there is no private key",
        "give the file or the token that holds the private key",
    );
    token.import(&desk.pki.path("s001.key.pem"), "s001", "01");
    // softhsm2 never locks a PIN and says that few tries are left after the first that is wrong.
    for _ in 0..2 {
        desk.refuses(
            with_pin(&token.uri("s001"), "1234", own()),
            2,
            "the PIN is wrong; few tries remain",
            "nothing was signed; make sure of the PIN before the next try, a token locks itself",
        );
    }
    for (object, certificates, error, hint) in [
        (
            "other",
            own(),
            "there is no such private key; there is s001 (id 01)",
            "name one of them, object=… in a PKCS#11 address",
        ),
        (
            "s001",
            None,
            "there is no certificate to the key s001 (id 01)",
            "give the certificate with --certificates FILE",
        ),
        (
            "s001",
            Some(chain("s002.chain.pem")),
            "the private key does not belong to the certificate of CN=Prov Ärlig-Öberg,surname=Ärlig-Öberg,givenName=Prov,C=SE",
            "give the certificate of this key",
        ),
    ] {
        desk.refuses(
            with_pin(&token.uri(object), Token::PIN, certificates),
            2,
            error,
            hint,
        );
    }
    let module =
        "add ?module-path=FILE to the address, or set pkcs11_module under [signing] in sigill.toml";
    for (uri, error) in [
        (
            "pkcs11:token=Provkort",
            "no PKCS#11 module is named: neither by module-path in the address nor by a setting",
        ),
        (
            "pkcs11:token=Provkort?module-path=/no/such.so",
            "the PKCS#11 module /no/such.so cannot be used: /no/such.so: cannot open shared object file: No such file or directory",
        ),
    ] {
        desk.refuses(with_pin(uri, Token::PIN, own()), 2, error, module);
    }
    run(with_pin(&token.uri("s001"), Token::PIN, own())).ok();
}
