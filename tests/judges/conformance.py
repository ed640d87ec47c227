"""Judges PDF files by PDF/A and PDF/UA-1, with page-validation.

Usage: conformance.py [--pdfa 1a|1b|2a|2b|2u|3a|3b|3u] FILE...   (PDF/A-3a unless told)
       conformance.py [--pdfa ...] --revisions [--sample N] [--processes N] FILE...

The first form prints one JSON object a line and file:
    {"file": F, "pdfa": {"profile": "3a", "passed": B, "failures": [...]}, "pdfua": {...}}
where a failure is {"rule": R, "message": M, "object": N or null}. A file that cannot be judged
gives {"file": F, "error": E}.

The second form judges each revision as the file was then, cut at its end:
    {"file": F, "passed": B, "revisions": N, "judged": [{"revision" (from 1), "bytes", "signatures",
     "pdfa", "pdfua", "put_aside": [...]}]}
With --sample only the first two, the last and some between are judged, N in all. One rule is put aside, and only
where it must fail: page-validation wants the byte range of every signature to span the whole file
(PDFA3A-SIGNATURE-BYTERANGE-001), which holds for no signature that a later revision follows. It is put aside in
cuts with such signatures, provided that each signature's byte range spans the file up to the end of its own
revision but for its own /Contents (ISO 19005-3, 6.4.3; ISO 32000-1, 12.8.1). Bytes after the last revision are an
error.

Exit code: 0 all conform, 1 some do not, 2 some could not be judged.
"""

import argparse
import concurrent.futures
import io
import json
import os
import sys

import page
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

import revisions

BYTE_RANGE = "SIGNATURE-BYTERANGE"


def main():
    arguments = parse()
    exit_code = 0
    for path in arguments.files:
        try:
            with open(path, "rb") as file:
                data = file.read()
            if arguments.revisions:
                answer = {"file": path, **each_revision(data, arguments)}
                passed = answer["passed"]
            else:
                answer = {"file": path, **verdicts(data, arguments.pdfa)}
                passed = conforms(answer)
            exit_code = max(exit_code, 0 if passed else 1)
        except (page.PageError, PdfError, OSError, ValueError) as error:
            answer = {"file": path, "error": f"{type(error).__name__}: {error}"}
            exit_code = 2
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return exit_code


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pdfa", default="3a", choices=["1a", "1b", "2a", "2b", "2u", "3a", "3b", "3u"])
    parser.add_argument("--revisions", action="store_true")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="+", metavar="FILE")
    return parser.parse_args()


def verdicts(data, profile):
    return {"pdfa": verdict(data, profile), "pdfua": verdict(data, "ua1")}


def verdict(data, profile):
    report = page.validate_pdf_bytes(data, profile=profile)
    failures = [
        {
            "rule": failure.rule_id,
            "message": failure.message,
            "object": failure.object_id.object_number if failure.object_id else None,
        }
        for failure in report.failures
    ]
    return {"profile": profile, "passed": report.is_compliant, "failures": failures}


def conforms(answer):
    return answer["pdfa"]["passed"] and answer["pdfua"]["passed"]


def each_revision(data, arguments):
    ends = revisions.ends(data)
    if ends[-1] != len(data):
        raise ValueError(f"{len(data) - ends[-1]} bytes after the last revision")
    signed = signed_ends(data)
    if whole := [end for end in signed if end not in ends]:
        raise ValueError(f"signatures whose byte ranges end inside a revision: at {whole}")
    chosen = sample(len(ends), arguments.sample)
    cuts = [(data[: ends[index]], arguments.pdfa, signed) for index in chosen]
    with concurrent.futures.ProcessPoolExecutor(min(arguments.processes, len(cuts))) as pool:
        answers = list(pool.map(judge_cut, *zip(*cuts)))
    judged = [{"revision": index + 1, **answer} for index, answer in zip(chosen, answers)]
    return {"passed": all(map(conforms, judged)), "revisions": len(ends), "judged": judged}


def sample(count, wanted):
    if not wanted or wanted >= count:
        return range(count)
    # The base and the first revision on it; then evenly up to the last.
    steps = max(1, wanted - 2)
    return sorted({0, 1, *(1 + (count - 2) * step // steps for step in range(steps + 1))})


def signed_ends(data):
    """Returns where the bytes of each signature end, all of which must begin at the start and leave one gap."""
    ends = []
    for signature in PdfFileReader(io.BytesIO(data)).embedded_signatures:
        start, length, second, rest = (int(each) for each in signature.byte_range)
        # The hexadecimal digits of /Contents and the brackets around them.
        if start != 0 or second - length != 2 * len(signature.pkcs7_content) + 2:
            raise ValueError(f"the byte range of {signature.field_name} leaves out more than /Contents")
        ends.append(second + rest)
    return ends


def judge_cut(data, profile, signed):
    answer = verdicts(data, profile)
    here = [end for end in signed if end <= len(data)]
    put_aside = []
    if any(end < len(data) for end in here):
        failures = answer["pdfa"]["failures"]
        put_aside = [failure for failure in failures if BYTE_RANGE in failure["rule"]]
        answer["pdfa"]["failures"] = [failure for failure in failures if failure not in put_aside]
        answer["pdfa"]["passed"] = answer["pdfa"]["passed"] or not answer["pdfa"]["failures"]
    return {"bytes": len(data), "signatures": len(here), **answer, "put_aside": put_aside}


if __name__ == "__main__":
    sys.exit(main())
