"""Judges signed PDF files at the level they claim, with pyHanko, without asking the network.

Usage: signatures.py --trust ROOT.pem [--other CERTIFICATES.pem] --level b-b|b-t|b-lt|b-lta FILE...
                     [--fields NAME,... | --sample N] [--processes N]
       signatures.py --tokens DIR [--trust ROOT.pem] [--other CERTIFICATES.pem] FILE

The first form prints one JSON object a line and file:
    {"file", "ok", "revisions", "signatures": [...]}, or {"file", "error"}
in the order of signing. A signature is
    {"field", "kind" ("signature", "certification", "time-stamp"), "person", "at" (what a trusted time-stamp
     proves, or null), "claimed_at" (/M), "intact", "valid", "trusted", "docmdp_ok", "modification_level",
     "coverage", "level_reached", "level_ok", "lasts", "why": [...]}
"level_reached" is b-b, b-t, b-lt or b-lta by ETSI EN 319 142-1 as far as pyHanko's algorithms after EN 319 102-1
pass: b-t with a trusted signature time-stamp; b-lt when the evidence for every certificate below the root is
in the file; b-lta with a document time-stamp after it. "lasts" (b-lta only) says whether it would still pass
in 30 years, were its time-stamps renewed in time. For b-b and b-t no revocation is asked for. A time-stamp has
the levels null: it must be intact and trusted, and at b-lt and b-lta "why" tells if its own evidence is missing
(for the last one none is asked: it cannot be in the file). Empty "why" is the same as all well.

pyHanko compares each signature with all revisions after it, so 50 on one file take some seconds. With --fields or
--sample (the first, the last and some between) the others are judged for integrity alone, and say so in "only":
"integrity". The comparison for the first signature goes through every later revision.

The second form writes each RFC 3161 token to DIR as FIELD.tst and what it covers as FIELD.data: the signature's
value, or a document time-stamp's byte range. It prints {"file", "ok", "tokens": [{"field", "kind", "token",
"data", "at", "openssl"}]}; openssl is null, or with --trust what `openssl ts -verify` says.

Exit code: 0 all stand at that level (a file without signatures does not), 1 not, 2 could not be judged.
"""

import argparse
import asyncio
import concurrent.futures
import dataclasses
import datetime
import json
import logging
import os
import pathlib
import re
import subprocess
import sys

from asn1crypto import cms
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.general import SigningError, find_cms_attribute_iter
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.ades import (
    _dss_to_local_knowledge,
    ades_lta_validation,
    ades_timestamp_validation,
    ades_with_time_validation,
    simulate_future_ades_lta_validation,
)
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import DocumentTimestampStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

LEVELS = ["b-b", "b-t", "b-lt", "b-lta"]
KINDS = {"/DocTimeStamp": "time-stamp", "/Sig": "signature"}
WHOLE = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
FAR_AWAY = datetime.timedelta(days=30 * 365)
# Fewer are judged faster than a second process starts.
WORTH_A_PROCESS = 6
ERRORS = (PdfError, SigningError, SignatureValidationError, OSError, KeyError, TypeError, ValueError)


def main():
    arguments = parse()
    # What is not trusted is a finding here; pyHanko would write a trace for each.
    logging.disable(logging.CRITICAL)
    exit_code = 0
    for path in arguments.files:
        try:
            answer = extract(path, arguments) if arguments.tokens else examine(path, arguments)
            exit_code = max(exit_code, 0 if answer["ok"] else 1)
        except ERRORS as error:
            answer = {"file": path, "error": f"{type(error).__name__}: {error}"}
            exit_code = 2
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return exit_code


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trust", action="append", default=[], metavar="ROOT.pem")
    parser.add_argument("--other", action="append", default=[], metavar="CERTIFICATES.pem")
    parser.add_argument("--level", choices=LEVELS)
    parser.add_argument("--fields", type=lambda names: names.split(","), metavar="NAME,...")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--tokens", type=pathlib.Path, metavar="DIR")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    if not arguments.tokens and not (arguments.trust and arguments.level):
        parser.error("--trust and --level are needed")
    if arguments.tokens and len(arguments.files) > 1:
        parser.error("one FILE for each --tokens DIR")
    return arguments


# A file


def examine(path, arguments):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        names = [str(signature.field_name) for signature in reader.embedded_signatures]
        revisions = reader.xrefs.total_revisions
    deep = chosen(names, arguments)
    # The earlier a signature, the longer its comparison takes: dealt out like cards.
    processes = max(1, min(arguments.processes, len(deep) // WORTH_A_PROCESS + 1))
    hands = [[name for name in names if name in deep[number::processes]] for number in range(processes)]
    hands[-1] += [name for name in names if name not in deep]
    jobs = [(path, hand, deep, arguments) for hand in hands]
    if processes == 1:
        answers = judge_some(*jobs[0])
    else:
        with concurrent.futures.ProcessPoolExecutor(processes) as pool:
            answers = [answer for some in pool.map(judge_some, *zip(*jobs)) for answer in some]
    signatures = sorted(answers, key=lambda answer: names.index(answer["field"]))
    return {
        "file": path,
        "ok": bool(signatures) and not any(answer["why"] for answer in signatures),
        "revisions": revisions,
        "signatures": signatures,
    }


def chosen(names, arguments):
    """The names of those that are judged at depth."""
    if arguments.fields:
        if missing := [name for name in arguments.fields if name not in names]:
            raise ValueError(f"no signature in the field {', '.join(missing)}")
        return [name for name in names if name in arguments.fields]
    if arguments.sample and arguments.sample < len(names):
        steps = max(1, arguments.sample - 1)
        return list(dict.fromkeys(names[(len(names) - 1) * step // steps] for step in range(steps + 1)))
    return names


def judge_some(path, names, deep, arguments):
    return asyncio.run(judge_each(path, names, deep, arguments))


async def judge_each(path, names, deep, arguments):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        signatures = {str(signature.field_name): signature for signature in reader.embedded_signatures}
        judge = Judge(reader, arguments)
        return [await judge.verdict(signatures[name], name in deep) for name in names]


# A signature


def once(compute):
    """Spares what pyHanko does again for every signature with every other: it cannot come out differently."""

    def integrity(signature, diff_policy=None, skip_diff=False):
        if not signature._integrity_checked or not (skip_diff or signature.diff_result):
            compute(signature, diff_policy, skip_diff)

    return integrity


EmbeddedPdfSignature.compute_integrity_info = once(EmbeddedPdfSignature.compute_integrity_info)


class Judge:
    def __init__(self, reader, arguments):
        self.reader = reader
        self.wanted = arguments.level
        self.roots = list(load_certs_from_pemder(arguments.trust))
        self.others = list(load_certs_from_pemder(arguments.other))
        try:
            self.store = DocumentSecurityStore.read_dss(reader)
        except NoDSSFoundError:
            self.store = None
        time_stamps = reader.embedded_timestamp_signatures
        self.last_stamped_revision = max((each.signed_revision for each in time_stamps), default=-1)

    def context(self):
        return ValidationContext(trust_roots=self.roots, other_certs=self.others, allow_fetching=False)

    def specification(self, checking):
        return SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(self.roots),
                revinfo_policy=CertRevTrustPolicy(checking),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=LocalKnowledge(known_certs=self.others),
        )

    def with_evidence(self):
        """Revocation of everything below the root, known from this file alone."""
        knowledge = _dss_to_local_knowledge(self.reader)
        return dataclasses.replace(self.specification(REQUIRE_REVINFO), local_knowledge=knowledge)

    async def verdict(self, signature, deep):
        is_stamp = signature.sig_object_type == "/DocTimeStamp"
        if is_stamp:
            status = await async_validate_pdf_timestamp(signature, self.context(), skip_diff=not deep)
        else:
            status = await async_validate_pdf_signature(signature, self.context(), skip_diff=not deep)
        level = status.modification_level if deep else None
        certified = not is_stamp and "/DocMDP" in [each["/TransformMethod"] for each in references(signature)]
        answer = {
            "field": str(signature.field_name),
            "kind": "certification" if certified else KINDS[signature.sig_object_type],
            "person": signature.signer_cert.subject.native.get("common_name"),
            "at": None,
            "claimed_at": None if is_stamp else instant(signature.self_reported_timestamp),
            "intact": status.intact,
            "valid": status.valid,
            "trusted": status.trusted,
            "docmdp_ok": changes_permitted(status) if deep else None,
            "modification_level": None if level is None else level.name,
            "coverage": status.coverage.name,
            "level_reached": None,
            "level_ok": None,
            "lasts": None,
            "why": list(complaints(signature, status, deep)),
        }
        if is_stamp:
            answer["at"] = instant(status.timestamp)
        elif status.timestamp_validity and is_well(status.timestamp_validity):
            answer["at"] = instant(status.timestamp_validity.timestamp)
        if not deep:
            answer["only"] = "integrity"
        elif is_stamp:
            await self.evidence(signature, answer)
        else:
            await self.level(signature, status, answer)
        return answer

    async def level(self, signature, status, answer):
        """Finds the level reached, and complains if it is not the one that is wanted."""
        reached, why = None, answer["why"]
        if status.bottom_line and not why:
            reached = "b-b"
        stamp = status.timestamp_validity
        if reached and stamp and is_well(stamp):
            result = await self.with_time(signature, self.specification(NO_REVOCATION))
            reached = "b-t" if result is None else reached
            why += [result] if result and self.wants("b-t") else []
        if reached == "b-t" and self.store:
            result = await self.with_time(signature, self.with_evidence())
            reached = "b-lt" if result is None else reached
            why += [result] if result and self.wants("b-lt") else []
        if reached == "b-lt" and signature.signed_revision < self.last_stamped_revision:
            specification = PdfSignatureValidationSpec(self.specification(REQUIRE_REVINFO), diff_policy=None)
            result = await ades_lta_validation(signature, specification)
            if passes(result) and result.oldest_evidence_record_timestamp:
                reached = "b-lta"
                future = await simulate_future_ades_lta_validation(
                    signature, specification, datetime.datetime.now(datetime.timezone.utc) + FAR_AWAY
                )
                answer["lasts"] = passes(future)
                why += [] if passes(future) else [f"in 30 years: {indication(future)}"]
            elif self.wants("b-lta"):
                why.append(indication(result))
        answer["level_reached"] = reached
        answer["level_ok"] = reached is not None and LEVELS.index(reached) >= LEVELS.index(self.wanted)
        if not answer["level_ok"]:
            why.append(f"reaches {reached}, not {self.wanted}")

    async def with_time(self, signature, specification):
        """What EN 319 102-1 §5.5 says of a signature with a time-stamp, or None if it passes."""
        result = await ades_with_time_validation(
            signature.signed_data,
            specification,
            raw_digest=signature.compute_digest(),
        )
        return None if passes(result) else indication(result)

    async def evidence(self, signature, answer):
        """Complains if a document time-stamp's own evidence is not in the file."""
        if not self.wants("b-lt") or signature.signed_revision == self.last_stamped_revision or not self.store:
            return
        result = await ades_timestamp_validation(
            signature.signed_data,
            self.with_evidence(),
            expected_tst_imprint=signature.compute_digest,
        )
        answer["why"] += [] if passes(result) else [indication(result)]

    def wants(self, level):
        return LEVELS.index(self.wanted) >= LEVELS.index(level)


def references(signature):
    return signature.sig_object["/Reference"] if "/Reference" in signature.sig_object else []


def complaints(signature, status, deep):
    if not status.intact:
        yield "the document was changed: the digest differs"
    if not status.valid:
        yield "the signature's value is wrong"
    if not status.trusted:
        problem = status.trust_problem_indic
        yield f"not trusted: {problem.standard_name if problem else 'no path to an accepted root'}"
    if status.coverage not in WHOLE:
        yield f"covers {status.coverage.name}"
    if deep and not changes_permitted(status):
        difference = status.diff_result
        reason = difference if isinstance(difference, SuspiciousModification) else status.modification_level
        yield f"later changes are not permitted: {reason}"
    if signature.sig_object_type == "/DocTimeStamp":
        return
    if status.seed_value_constraint_error:
        yield f"seed values: {status.seed_value_constraint_error}"
    if status.timestamp_validity and not is_well(status.timestamp_validity):
        yield "its time-stamp is not valid or not trusted"
    # ETSI EN 319 142-1 §6.3, table 1.
    attributes = signature.signer_info["signed_attrs"]
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        yield f"/SubFilter is {signature.sig_object.get('/SubFilter')}"
    if list(find_cms_attribute_iter(attributes, "signing_time")):
        yield "has the attribute signing-time"
    if not list(find_cms_attribute_iter(attributes, "signing_certificate_v2")):
        yield "lacks the attribute signing-certificate-v2"
    if "/M" not in signature.sig_object:
        yield "lacks /M"


def changes_permitted(status):
    # pyHanko gives no answer of its own for a document time-stamp.
    return status.docmdp_ok or (
        isinstance(status, DocumentTimestampStatus) and status.modification_level < ModificationLevel.OTHER
    )


def is_well(status):
    return status.intact and status.valid and status.trusted


def passes(result):
    return result.ades_subindic.status == AdESStatus.PASSED


def indication(result):
    message = f": {result.failure_msg}" if result.failure_msg else ""
    return f"{result.ades_subindic.status.name} {result.ades_subindic.standard_name}{message}"


def instant(at):
    return at and at.isoformat()


# Tokens


def extract(path, arguments):
    arguments.tokens.mkdir(parents=True, exist_ok=True)
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        tokens = [token for each in reader.embedded_signatures for token in tokens_of(each, file, arguments)]
    ok = bool(tokens) and all(token["openssl"] in (None, "OK") for token in tokens)
    return {"file": path, "ok": ok, "tokens": tokens}


def tokens_of(signature, file, arguments):
    """Writes the tokens of a signature, or the one that a document time-stamp is."""
    name = re.sub(r"[^\w.-]", "_", signature.field_name)
    if signature.sig_object_type == "/DocTimeStamp":
        first, first_length, second, second_length = (int(each) for each in signature.byte_range)
        covered = b"".join([part(file, first, first_length), part(file, second, second_length)])
        # Without the padding that follows it.
        found = [(cms.ContentInfo.load(signature.pkcs7_content), covered)]
    else:
        attributes = signature.signer_info["unsigned_attrs"]
        values = find_cms_attribute_iter(attributes, "signature_time_stamp_token")
        found = [(value, signature.signer_info["signature"].native) for value in values]
    for number, (token, covered) in enumerate(found, start=1):
        stem = name if number == 1 else f"{name}-{number}"
        token_file, data_file = arguments.tokens / f"{stem}.tst", arguments.tokens / f"{stem}.data"
        token_file.write_bytes(token.dump())
        data_file.write_bytes(covered)
        yield {
            "field": str(signature.field_name),
            "kind": KINDS[signature.sig_object_type],
            "token": str(token_file),
            "data": str(data_file),
            "at": instant(token["content"]["encap_content_info"]["content"].parsed["gen_time"].native),
            "openssl": by_openssl(token_file, data_file, arguments) if arguments.trust else None,
        }


def part(file, start, length):
    file.seek(start)
    return file.read(length)


def by_openssl(token, data, arguments):
    command = ["openssl", "ts", "-verify", "-token_in", "-in", token, "-data", data]
    command += ["-CAfile", arguments.trust[0]]
    for file in arguments.other:
        command += ["-untrusted", file]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0 and "Verification: OK" in done.stdout:
        return "OK"
    return " ".join(done.stderr.split()) or done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
