"""Signs a prepared field with a throw-away P-256 key and judges the result, with pyHanko.

Usage: sign.py FILE FIELD OUT

FIELD must exist and be empty; OUT is FILE with one revision more. Run it again on OUT with another
field to see whether the first signature stands. Prints one JSON object
    {"file", "field", "intact", "valid", "docmdp_ok", "modification_level", "coverage",
     "bottom_line_without_trust", "why", "earlier": [the same for each signature there was before]}
or {"file", "field", "error"}. The key is made here and forgotten, so no chain is trusted: the bottom
line is every check of pyHanko's except trust. "why" is the difference analysis' complaint, or null.

Exit code: 0 this and all earlier signatures stand, 1 one does not, 2 could not sign or judge.
"""

import datetime
import json
import logging
import sys

from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore


def throw_away_signer():
    key = ec.generate_private_key(ec.SECP256R1())
    name = certificates.Name(
        [certificates.NameAttribute(certificates.NameOID.COMMON_NAME, "Prov Provsson")]
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(
        ["key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"]
        + ["crl_sign", "encipher_only", "decipher_only"],
        False,
    )
    certificate = (
        certificates.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            certificates.KeyUsage(digital_signature=True, content_commitment=True, **usage),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.DER)
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(public),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def sign(path, field, out):
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
    )
    with open(path, "rb") as source:
        signed = signers.sign_pdf(
            IncrementalPdfFileWriter(source),
            metadata,
            signer=throw_away_signer(),
            existing_fields_only=True,
        )
    with open(out, "wb") as target:
        target.write(signed.getbuffer())


def judge(signature):
    status = validate_pdf_signature(
        signature, ValidationContext(trust_roots=[], allow_fetching=False)
    )
    level = status.modification_level
    complaint = status.diff_result
    return {
        "field": signature.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "docmdp_ok": status.docmdp_ok,
        "modification_level": None if level is None else level.name,
        "coverage": None if status.coverage is None else status.coverage.name,
        "bottom_line_without_trust": bool(
            status.intact and status.valid and status.docmdp_ok and status.seed_value_ok
        ),
        "why": str(complaint) if isinstance(complaint, SuspiciousModification) else None,
    }


def examine(path, field, out):
    sign(path, field, out)
    with open(out, "rb") as file:
        verdicts = [judge(signature) for signature in PdfFileReader(file).embedded_signatures]
    (new,) = [verdict for verdict in verdicts if verdict["field"] == field]
    earlier = [verdict for verdict in verdicts if verdict is not new]
    return {"file": out, **new, "earlier": earlier}


def main():
    if len(sys.argv) != 4:
        print("usage: sign.py FILE FIELD OUT", file=sys.stderr)
        return 2
    path, field, out = sys.argv[1:]
    # Each signature here is untrusted by design; pyHanko would write a trace for each.
    logging.disable(logging.CRITICAL)
    try:
        answer = examine(path, field, out)
    except (PdfError, OSError, KeyError, TypeError, ValueError) as error:
        answer = {"file": path, "field": field, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, ensure_ascii=False))
    if "error" in answer:
        return 2
    stands = all(verdict["bottom_line_without_trust"] for verdict in [answer, *answer["earlier"]])
    return 0 if stands else 1


if __name__ == "__main__":
    sys.exit(main())
