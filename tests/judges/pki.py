"""A test PKI over HTTP on loopback: certificates, time-stamps, OCSP and CRLs. The services are certomancer's.

Usage: pki.py serve DIR [--keys FOLDER]

Makes keys and certificates in DIR, binds a free port of 127.0.0.1, prints one JSON line {"url", "pid"}
when it answers, and serves until its standard input is closed: a test that dies leaves nothing behind.
RSA keys are kept in FOLDER between runs (they take long to make) and nowhere unless it is given.

    root ── issuing ── every signer below, the time-stamping authority, the OCSP responder
    stranger ── a time-stamping authority that nobody here trusts

In DIR:
    trust/root.pem        what an office accepts          stranger.pem    the root it does not accept
    intermediate.pem      the issuing authority           signers.json    [{"name", "person"}]
    NAME.pem              the certificate                 NAME.key.pem    the key (PKCS#8)
    NAME.chain.pem        certificate and intermediate    NAME.p12        as OpenSSL 3 writes it by default
For s001, ec384 and rsa3072 also NAME.encrypted.pem (PKCS#8) and, written by openssl itself,
    NAME.openssl.p12      its default       NAME.legacy.p12     -legacy: RC2-40 and 3DES
    NAME.windows.p12      3DES, SHA-1 MAC, the root too, as Windows exports by default
    NAME.aes.p12          AES-256, SHA-256 MAC, 2,000 rounds, as Windows exports with AES256-SHA256
and NAME.traditional.pem (SEC1 or PKCS#1). Every passphrase is `prov`.

The signers: s001 … s100 (P-256); ec384, rsa3072, rsa4096, ed25519; and those that are not as they should
be: expired, not-yet, wrong-usage (keyEncipherment), server (serverAuth), weak (RSA-2048), revoked (by OCSP
and CRL), revoked-crl (no OCSP address), no-revocation (no address at all), evidence-down (its addresses
answer 500), crl-only and personnummer (sound ones), long-name. Most are invalid in one respect only.

Addresses:
    /tsa  /tsa-openssl            sound: certomancer (fractions of a second; ESSCertID) and openssl (ESSCertIDv2)
    /tsa-slow/SECONDS  /tsa-500  /tsa-hangs-up  /tsa-page (HTML)  /tsa-garbage (half an answer)
    /tsa-wrong-nonce  /tsa-no-nonce  /tsa-wrong-imprint  /tsa-forged (signature)  /tsa-refuses
    /tsa-stranger (untrusted)  /tsa-not-an-authority (an ordinary signer's certificate)
    /tsa-large (a token of 20 KB)  /tsa-tired/COUNT (answers so often, then no more)
    /ocsp  /crl/root.crl  /crl/issuing.crl  /ca/root.cer  /ca/issuing.cer  /down
    /revoke/NAME                  from now on its certificate was revoked two hours ago, says OCSP
    /asked                        how often each address was asked, as JSON
A fault is always made from a real answer.

Exit code: 0 standard input was closed, 2 could not start.
"""

import argparse
import collections
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

from asn1crypto import core, keys, ocsp, tsp
from asn1crypto import x509 as asn1
from certomancer.services import RevocationInfoInterface, SimpleOCSPResponder, TimeStamper, choose_signed_digest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PASSPHRASE = b"prov"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
# Invented persons; between them every letter that Swedish and the Sámi languages add.
GIVEN = ["Prov", "Åsa", "Örjan", "Ängla", "Čálli", "Máhtte", "Eŋge", "Đuvra", "Šilla", "Ŧuvrra-Žanne"]
FAMILY = ["Provsson", "Ärlig-Öberg", "Exempelström", "Påhittén", "Låtsasdotter"]
FAMILY += ["Čeažži", "Iŋgašeapmi", "Đorvvoš", "Muŧŧo-Tänkt", "Žingstad af Åbäke"]
# 64 bytes of UTF-8, the most that cryptography lets a common name have (RFC 5280: 64 characters).
LONG_NAME = "Anna-Linnéa Margareta Čálli von Påhittén-Ärlig af Exemplar"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("folder", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--keys", metavar="FOLDER", type=pathlib.Path, help="where RSA keys are kept")
    arguments = parser.parse_args()
    try:
        server = Server(("127.0.0.1", 0), Handler)
        url = f"http://127.0.0.1:{server.server_port}"
        server.services = Services(Authorities(arguments.folder, url, KeyCache(arguments.keys)))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"pki.py: {error}", file=sys.stderr)
        return 2
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": url, "pid": os.getpid()}), flush=True)
    while sys.stdin.buffer.read(4096):
        pass
    return 0


# Keys and certificates


class KeyCache:
    """RSA keys between runs. A half-written file is never seen: it is renamed into its place."""

    def __init__(self, folder):
        self.folder = folder

    def rsa(self, name, bits):
        file = self.folder and self.folder / f"{name}.pem"
        if file and file.exists():
            return serialization.load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        key = rsa.generate_private_key(65537, bits)
        if file:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(f".{os.getpid()}")
            partial.write_bytes(private_pem(key))
            partial.replace(file)
        return key


class Pair:
    """A certificate and its key."""

    def __init__(self, certificate, key):
        self.certificate = certificate
        self.key = key

    @property
    def asn1_certificate(self):
        return asn1.Certificate.load(der(self.certificate))

    @property
    def asn1_key(self):
        return keys.PrivateKeyInfo.load(
            self.key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def signature_algorithm(self):
        return choose_signed_digest("sha256", self.asn1_certificate.public_key)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(*certificates):
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def private_pem(key, form=serialization.PrivateFormat.PKCS8, encryption=serialization.NoEncryption()):
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def subject(common_name, **more):
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "SE")]
    attributes += [x509.NameAttribute(getattr(NameOID, name), value) for name, value in more.items()]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_usage(*wanted):
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment"]
    names += ["key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{name: name in wanted for name in names})


def certify(name, key, issuer, start=NOW - DAY, end=NOW + 730 * DAY, critical=(), extensions=()):
    """Signs a certificate; `issuer` is a Pair, or None for one that signs itself."""
    above, signing = (issuer.certificate, issuer.key) if issuer else (None, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(above.subject if above else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if above:
        identifier = above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        builder = builder.add_extension(identifier, critical=False)
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Pair(builder.sign(signing, hashes.SHA256()), key)


def authority(common_name, key, issuer=None, extensions=()):
    constraints = x509.BasicConstraints(ca=True, path_length=0 if issuer else None)
    return certify(
        subject(common_name, ORGANIZATION_NAME="Prov"),
        key,
        issuer,
        start=NOW - 900 * DAY,
        # Past 2049, where RFC 5280 §4.1.2.5 changes from UTCTime to GeneralizedTime, and past the 30
        # years ahead at which signatures.py judges evidence.
        end=NOW + 40 * 365 * DAY,
        critical=[constraints, key_usage("key_cert_sign", "crl_sign")],
        extensions=extensions,
    )


def addresses(issuers, crl, ocsp_address=None):
    """The extensions that say where the issuer's certificate and revocation are to be had."""
    places = [(AuthorityInformationAccessOID.CA_ISSUERS, issuers)]
    if ocsp_address:
        places.append((AuthorityInformationAccessOID.OCSP, ocsp_address))
    located = [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in places]
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
    return [x509.AuthorityInformationAccess(located), x509.CRLDistributionPoints([point])]


def revocation_list(issuer, revoked):
    # By cryptography, not certomancer, whose lists have GeneralizedTime where RFC 5280 §5.1.2.4 wants UTCTime.
    key = issuer.certificate.public_key()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW - datetime.timedelta(hours=1))
        .next_update(NOW + 7 * DAY)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
    )
    for pair in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(pair.certificate.serial_number)
        entry = entry.revocation_date(REVOKED_AT)
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Authorities:
    """All certificates of the test PKI, and their files."""

    def __init__(self, folder, url, cache):
        self.folder = folder
        self.cache = cache
        (folder / "trust").mkdir(parents=True, exist_ok=True)

        self.root = authority("Prov Rot", ec.generate_private_key(ec.SECP384R1()))
        below_root = addresses(f"{url}/ca/root.cer", f"{url}/crl/root.crl")
        self.issuing = authority("Prov Utfärdare", p256(), self.root, below_root)
        self.crl_address, self.issuer_address = f"{url}/crl/issuing.crl", f"{url}/ca/issuing.cer"
        self.usual = addresses(self.issuer_address, self.crl_address, f"{url}/ocsp")
        self.down = addresses(self.issuer_address, f"{url}/down", f"{url}/down")
        self.tsa = self.stamping("Prov Tidsstämpling", self.issuing, self.usual)
        self.responder = certify(
            subject("Prov OCSP"),
            p256(),
            self.issuing,
            critical=[key_usage("digital_signature")],
            extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), x509.OCSPNoCheck()],
        )
        self.stranger = authority("Främmande Rot", p256())
        self.stranger_tsa = self.stamping("Främmande Tidsstämpling", self.stranger, [])

        self.signers = dict(self.make_signers())
        self.revoked = [self.signers["revoked"], self.signers["revoked-crl"]]
        self.root_crl = revocation_list(self.root, [])
        self.issuing_crl = revocation_list(self.issuing, self.revoked)
        self.write()

    def stamping(self, common_name, issuer, extensions):
        # RFC 3161 §2.3: this one extended key usage, critical.
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return certify(
            subject(common_name, ORGANIZATION_NAME="Prov"),
            p256(),
            issuer,
            critical=[key_usage("digital_signature"), usage],
            extensions=extensions,
        )

    def make_signers(self):
        for number in range(100):
            given, family = GIVEN[number // 10], FAMILY[number % 10]
            yield f"s{number + 1:03}", self.signer(given, family)
        yield "ec384", self.signer("Åsa", "Kurva", key=ec.generate_private_key(ec.SECP384R1()))
        yield "rsa3072", self.signer("Örjan", "Primtal", key=self.cache.rsa("rsa3072", 3072))
        yield "rsa4096", self.signer("Ängla", "Primtal", key=self.cache.rsa("rsa4096", 4096))
        yield "ed25519", self.signer("Čálli", "Edvard", key=ed25519.Ed25519PrivateKey.generate())
        yield "expired", self.signer("Prov", "Utgången", start=NOW - 400 * DAY, end=NOW - DAY)
        yield "not-yet", self.signer("Prov", "Framtid", start=NOW + 365 * DAY)
        yield "wrong-usage", self.signer("Prov", "Felbruk", usage=["key_encipherment"])
        yield "server", self.signer("Prov", "Servare", purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
        yield "weak", self.signer("Prov", "Svag", key=self.cache.rsa("weak", 2048))
        yield "revoked", self.signer("Prov", "Spärrad")
        crl_only = addresses(self.issuer_address, self.crl_address)
        yield "revoked-crl", self.signer("Prov", "Spärrlistad", extensions=crl_only)
        yield "crl-only", self.signer("Prov", "Listad", extensions=crl_only)
        yield "no-revocation", self.signer("Prov", "Utan Adress", extensions=[])
        yield "evidence-down", self.signer("Prov", "Utan Svar", extensions=self.down)
        # The number that Swedish authorities use in examples.
        yield "personnummer", self.signer("Tolvan", "Tolvansson", SERIAL_NUMBER="PNOSE-191212121212")
        yield "long-name", self.signer("Anna-Linnéa Margareta Čálli", LONG_NAME[28:], common_name=LONG_NAME)

    def signer(
        self,
        given,
        family,
        key=None,
        usage=("digital_signature", "content_commitment"),
        purposes=(),
        extensions=None,
        start=NOW - DAY,
        end=NOW + 730 * DAY,
        common_name=None,
        **more,
    ):
        name = subject(common_name or f"{given} {family}", GIVEN_NAME=given, SURNAME=family, **more)
        extensions = self.usual if extensions is None else extensions
        if purposes:
            extensions = [*extensions, x509.ExtendedKeyUsage(purposes)]
        # An end that is not before the start, also of the one that begins in a year.
        end = max(end, start + 30 * DAY)
        return certify(name, key or p256(), self.issuing, start, end, [key_usage(*usage)], extensions)

    def write(self):
        folder, intermediate = self.folder, self.issuing.certificate
        (folder / "trust" / "root.pem").write_bytes(pem(self.root.certificate))
        (folder / "stranger.pem").write_bytes(pem(self.stranger.certificate))
        (folder / "intermediate.pem").write_bytes(pem(intermediate))
        for name, pair in self.signers.items():
            (folder / f"{name}.pem").write_bytes(pem(pair.certificate))
            (folder / f"{name}.chain.pem").write_bytes(pem(pair.certificate, intermediate))
            (folder / f"{name}.key.pem").write_bytes(private_pem(pair.key))
            (folder / f"{name}.p12").write_bytes(store(name, pair, intermediate))
        variants = [process for name in ("s001", "ec384", "rsa3072") for process in self.write_variants(name)]
        self.write_openssl_authority()
        persons = [{"name": name, "person": person(pair.certificate)} for name, pair in self.signers.items()]
        (folder / "signers.json").write_text(json.dumps(persons, ensure_ascii=False), encoding="utf-8")
        for process in variants:
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, process.args)

    def write_variants(self, name):
        """The key in other forms; yields the openssl processes that write the stores."""
        folder, key = self.folder, self.signers[name].key
        encrypted = private_pem(key, encryption=serialization.BestAvailableEncryption(PASSPHRASE))
        (folder / f"{name}.encrypted.pem").write_bytes(encrypted)
        traditional = private_pem(key, serialization.PrivateFormat.TraditionalOpenSSL)
        (folder / f"{name}.traditional.pem").write_bytes(traditional)
        whole = folder / f"{name}.whole-chain.pem"
        whole.write_bytes(pem(self.issuing.certificate, self.root.certificate))
        triple_des = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
        triple_des += ["-iter", "2000", "-CSP", "Microsoft Software Key Storage Provider"]
        aes = ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256", "-iter", "2000"]
        for kind, others, options in [
            ("openssl", folder / "intermediate.pem", []),
            ("legacy", folder / "intermediate.pem", ["-legacy"]),
            ("windows", whole, triple_des),
            ("aes", whole, aes),
        ]:
            command = ["openssl", "pkcs12", "-export", "-inkey", folder / f"{name}.key.pem"]
            command += ["-in", folder / f"{name}.pem", "-certfile", others, "-name", name]
            command += ["-passout", f"pass:{PASSPHRASE.decode()}", "-out", folder / f"{name}.{kind}.p12"]
            yield subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL)

    def write_openssl_authority(self):
        """What `openssl ts -reply` needs."""
        folder = self.folder / "openssl"
        folder.mkdir(exist_ok=True)
        (folder / "tsa.pem").write_bytes(pem(self.tsa.certificate))
        (folder / "tsa.key.pem").write_bytes(private_pem(self.tsa.key))
        (folder / "serial").write_text("01\n")
        settings = {
            "serial": folder / "serial",
            "signer_cert": folder / "tsa.pem",
            "signer_key": folder / "tsa.key.pem",
            "certs": self.folder / "intermediate.pem",
            "signer_digest": "sha256",
            "default_policy": "1.2.3.4.1",
            "digests": "sha256, sha384, sha512",
            "accuracy": "secs:1",
            "ess_cert_id_alg": "sha256",
        }
        lines = ["[tsa]", "default_tsa = authority", "[authority]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (folder / "tsa.cnf").write_text("\n".join(lines) + "\n")


def store(name, pair, intermediate):
    # The algorithms and the rounds of `openssl pkcs12 -export` in OpenSSL 3.
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(PASSPHRASE)
    )
    return pkcs12.serialize_key_and_certificates(
        name.encode(), pair.key, pair.certificate, [intermediate], encryption
    )


def person(certificate):
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return name.value


# Services


class Revocation(RevocationInfoInterface):
    """What certomancer's OCSP responder asks."""

    def __init__(self, authorities):
        self.issuer = authorities.issuing.asn1_certificate
        self.known = {pair.certificate.serial_number for pair in authorities.signers.values()}
        self.known.add(authorities.tsa.certificate.serial_number)
        self.revoked = {pair.certificate.serial_number for pair in authorities.revoked}

    def get_issuer_cert(self):
        return self.issuer

    def check_revocation_status(self, cid, at_time):
        serial = cid["serial_number"].native
        if serial in self.revoked:
            details = {"revocation_time": REVOKED_AT, "revocation_reason": "key_compromise"}
            return ocsp.CertStatus(name="revoked", value=ocsp.RevokedInfo(details)), []
        name = "good" if serial in self.known else "unknown"
        return ocsp.CertStatus(name=name, value=core.Null()), []


class Services:
    """Answers by address. A service takes the request's body and gives (status, type, body)."""

    def __init__(self, authorities):
        self.authorities = authorities
        self.asked = collections.Counter()
        self.revocation = Revocation(authorities)
        self.openssl_lock = threading.Lock()
        intermediate = authorities.issuing.asn1_certificate
        self.stamper = stamper(authorities.tsa, [intermediate])
        self.stranger = stamper(authorities.stranger_tsa, [])
        others = [pair.asn1_certificate for pair in list(authorities.signers.values())[:30]]
        self.large = stamper(authorities.tsa, [intermediate, *others])
        self.ordinary = stamper(authorities.signers["s001"], [intermediate])
        self.files = {
            "/crl/root.crl": ("application/pkix-crl", authorities.root_crl),
            "/crl/issuing.crl": ("application/pkix-crl", authorities.issuing_crl),
            "/ca/root.cer": ("application/pkix-cert", der(authorities.root.certificate)),
            "/ca/issuing.cer": ("application/pkix-cert", der(authorities.issuing.certificate)),
        }

    def answer(self, path, body):
        if path == "/asked":
            return 200, "application/json", json.dumps(dict(self.asked)).encode()
        self.asked[path] += 1
        if path.startswith("/revoke/"):
            signer = self.authorities.signers[path.removeprefix("/revoke/")]
            self.revocation.revoked.add(signer.certificate.serial_number)
            return 200, "text/plain", b"revoked\n"
        if path in self.files:
            return 200, *self.files[path]
        if path == "/ocsp":
            return 200, "application/ocsp-response", self.ocsp(body)
        if path in ("/down", "/tsa-500"):
            return 500, "text/plain", b"out of order\n"
        if path == "/tsa-page":
            return 200, "text/html; charset=utf-8", "<p>Logga in på nätet först".encode()
        if path.startswith("/tsa-slow/"):
            time.sleep(float(path.removeprefix("/tsa-slow/")))
            path = "/tsa"
        if path.startswith("/tsa-tired/"):
            if self.asked[path] > int(path.removeprefix("/tsa-tired/")):
                return 503, "text/plain", b"out of breath\n"
            path = "/tsa"
        if stamped := self.time_stamp(path, body):
            return 200, "application/timestamp-reply", stamped
        return 404, "text/plain", b"no such address\n"

    def ocsp(self, body):
        # Whole seconds: RFC 6960 §4.2.2.1 through RFC 5280 §4.1.2.5.2.
        at = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        responder = self.authorities.responder
        return (
            SimpleOCSPResponder(
                responder.asn1_certificate,
                responder.asn1_key,
                responder.signature_algorithm,
                at,
                self.revocation,
            )
            .build_ocsp_response(ocsp.OCSPRequest.load(body))
            .dump()
        )

    def time_stamp(self, path, body):
        request = tsp.TimeStampReq.load(body)
        if path == "/tsa":
            return self.stamper.request_tsa_response(request).dump()
        if path == "/tsa-openssl":
            return self.openssl(body)
        if path == "/tsa-garbage":
            whole = self.stamper.request_tsa_response(request).dump()
            return whole[: len(whole) // 2]
        if path == "/tsa-wrong-nonce":
            request["nonce"] = (request["nonce"].native or 0) ^ 1
            return self.stamper.request_tsa_response(request).dump()
        if path == "/tsa-no-nonce":
            plain = {name: request[name] for name in ("version", "message_imprint")}
            return self.stamper.request_tsa_response(tsp.TimeStampReq(plain)).dump()
        if path == "/tsa-wrong-imprint":
            imprint = request["message_imprint"]
            imprint["hashed_message"] = hashlib.sha256(imprint["hashed_message"].native).digest()
            return self.stamper.request_tsa_response(request).dump()
        if path == "/tsa-forged":
            response = self.stamper.request_tsa_response(request)
            signer = response["time_stamp_token"]["content"]["signer_infos"][0]
            value = bytearray(signer["signature"].native)
            value[-1] ^= 1
            signer["signature"] = bytes(value)
            return response.dump()
        if path == "/tsa-refuses":
            # The real refusal of a digest that the authority does not accept.
            imprint = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}
            request["message_imprint"] = imprint
            return self.openssl(request.dump())
        if path == "/tsa-large":
            return self.large.request_tsa_response(request).dump()
        if path == "/tsa-stranger":
            return self.stranger.request_tsa_response(request).dump()
        if path == "/tsa-not-an-authority":
            return self.ordinary.request_tsa_response(request).dump()
        return None

    def openssl(self, body):
        folder = self.authorities.folder / "openssl"
        # One at a time, for the file with the serial number.
        with self.openssl_lock:
            (folder / "query").write_bytes(body)
            command = ["openssl", "ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "query"]
            return subprocess.run(command, check=True, capture_output=True).stdout


def stamper(pair, others):
    return TimeStamper(pair.asn1_certificate, pair.asn1_key, pair.signature_algorithm, others)


# HTTP


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The answer leaves in one packet at once, not after the other side's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        self.reply(b"")

    def do_POST(self):
        self.reply(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def reply(self, body):
        if self.path == "/tsa-hangs-up":
            self.server.services.asked[self.path] += 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            status, kind, answer = self.server.services.answer(self.path, body)
        except (ValueError, TypeError, subprocess.CalledProcessError) as error:
            status, kind, answer = 400, "text/plain", f"{type(error).__name__}: {error}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *arguments):
        pass


REVOKED_AT = NOW - datetime.timedelta(hours=2)

if __name__ == "__main__":
    sys.exit(main())
