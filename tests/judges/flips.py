"""Flips single bits of a signed PDF file and asks pyHanko each time whether it notices.

Usage: flips.py FILE [--flips N] [--processes N]      (2,000 flips unless told)

The places are spread over all revisions, and in each over its objects and its cross-references with
the trailer; which bit is drawn from the file's own digest, so the same file gives the same answer. /Contents is
left out, of every signature, and so are revisions that nothing signs yet, as the evidence of B-LT.
Noticed is: a signature that is not intact or not valid, one fewer than before, an error, or changes that are not
permitted. Prints one JSON object
    {"file", "flips", "noticed": {"not intact": N, "error": N, "signature missing": N, "changes": N},
     "unnoticed": [offsets], "unsigned": bytes after the last signed one}
or {"file", "error"}.

Exit code: 0 every flip was noticed, 1 not, 2 could not be judged.
"""

import argparse
import asyncio
import collections
import concurrent.futures
import hashlib
import io
import json
import logging
import os
import random
import sys

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator import ValidationContext

import revisions

NO_TRUST = {"trust_roots": [], "allow_fetching": False}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=2000, metavar="N")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("file", metavar="FILE")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    try:
        answer = examine(arguments)
    except Exception as error:
        answer = {"file": arguments.file, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, ensure_ascii=False))
    if "error" in answer:
        return 2
    return 1 if answer["unnoticed"] else 0


def examine(arguments):
    with open(arguments.file, "rb") as file:
        data = file.read()
    signatures = PdfFileReader(io.BytesIO(data)).embedded_signatures
    if not signatures:
        raise ValueError("no signatures")
    if whole := look(data, str(signatures[-1].field_name), len(signatures)):
        raise ValueError(f"does not stand before any flip: {whole}")
    gaps = [(int(first), int(second)) for _, first, second, _ in (each.byte_range for each in signatures)]
    signed = max(int(each.byte_range[2]) + int(each.byte_range[3]) for each in signatures)
    places = drawn(data[:signed], gaps, arguments.flips, revisions.ends(data))
    hands = [places[number :: arguments.processes] for number in range(arguments.processes)]
    last, count = str(signatures[-1].field_name), len(signatures)
    with concurrent.futures.ProcessPoolExecutor(arguments.processes) as pool:
        jobs = [pool.submit(ask, data, hand, last, count) for hand in hands]
        answers = sorted(answer for job in jobs for answer in job.result())
    return {
        "file": arguments.file,
        "flips": len(answers),
        "noticed": dict(collections.Counter(how for _, how in answers if how)),
        "unnoticed": [offset for offset, how in answers if not how],
        "unsigned": len(data) - signed,
    }


def drawn(data, gaps, wanted, ends):
    """Returns (offset, bit) at places in every stretch: half of them alike for each, half by its length."""
    stretches = []
    start = 0
    for end in sorted({min(end, len(data)) for end in ends}):
        middle = max(start, data.rfind(b"startxref", start, end))
        # Cross-references as a table; a stream is one of the objects.
        table = data.rfind(b"\nxref", start, middle)
        middle = table if table >= 0 else middle
        stretches += [stretch for stretch in [(start, middle), (middle, end)] if stretch[0] < stretch[1]]
        start = end
    source = random.Random(hashlib.sha256(data).digest())
    places = set()
    for start, end in stretches:
        outside = sorted(set(range(start, end)).difference(*(range(low, high) for low, high in gaps if low < end)))
        share = wanted / 2 / len(stretches) + wanted / 2 * (end - start) / len(data)
        number = min(len(outside), round(share) or 1)
        for piece in range(number):
            # One in each piece of the stretch, so that no part of it is passed over.
            low, high = len(outside) * piece // number, len(outside) * (piece + 1) // number
            places.add((outside[source.randrange(low, high)], source.randrange(8)))
    return sorted(places)


def ask(data, places, last, count):
    data = bytearray(data)
    answers = []
    for offset, bit in places:
        data[offset] ^= 1 << bit
        answers.append((offset, look(data, last, count)))
        data[offset] ^= 1 << bit
    return answers


def look(data, last, count):
    """Returns how pyHanko notices that something is wrong, or None."""
    try:
        reader = PdfFileReader(io.BytesIO(data))
        # The last signature covers nearly all, so it is asked first and the others seldom need to be.
        for name, value, field in enumerate_sig_fields(reader, filled_status=True):
            if name == last and not is_intact(EmbeddedPdfSignature(reader, field, name)):
                return "not intact"
        signatures = reader.embedded_signatures
        if len(signatures) != count:
            return "signature missing"
        if not all(map(is_intact, signatures)):
            return "not intact"
        # What no signature covers comes after the last one, so its comparison sees it.
        if not asyncio.run(permitted(signatures[-1])):
            return "changes"
    except Exception:
        # Whatever it stumbles over, it does not call the file good.
        return "error"
    return None


def is_intact(signature):
    kind, digest = "data", signature.compute_digest()
    if is_stamp(signature):
        # The token's signature is over its own words, and these name the digest.
        words = signature.signed_data["encap_content_info"]["content"]
        if words.parsed["message_imprint"]["hashed_message"].native != digest:
            return False
        kind, digest = "tst_info", hashlib.new(signature.md_algorithm, bytes(words)).digest()
    return all(validate_sig_integrity(signature.signer_info, signature.signer_cert, kind, digest))


async def permitted(signature):
    context = ValidationContext(**NO_TRUST)
    if is_stamp(signature):
        status = await async_validate_pdf_timestamp(signature, context)
        return status.intact and status.valid and status.modification_level.name != "OTHER"
    status = await async_validate_pdf_signature(signature, context)
    return status.intact and status.valid and status.docmdp_ok


def is_stamp(signature):
    return signature.sig_object_type == "/DocTimeStamp"


if __name__ == "__main__":
    sys.exit(main())
