"""Judges PDF files by PDF/A and PDF/UA-1, with page-validation.

Usage: conformance.py [--pdfa 1a|1b|2a|2b|2u|3a|3b|3u] FILE...   (PDF/A-3a unless told)

Prints one JSON object a line and file:
    {"file": F, "pdfa": {"profile": "3a", "passed": B, "failures": [...]}, "pdfua": {...}}
where a failure is {"rule": R, "message": M, "object": N or null}. A file that cannot be judged
gives {"file": F, "error": E}.

Exit code: 0 all conform, 1 some do not, 2 some could not be judged.
"""

import argparse
import json
import sys

import page


def verdict(path, profile):
    report = page.validate_pdf(path, profile=profile)
    failures = [
        {
            "rule": failure.rule_id,
            "message": failure.message,
            "object": failure.object_id.object_number if failure.object_id else None,
        }
        for failure in report.failures
    ]
    return {"profile": profile, "passed": report.is_compliant, "failures": failures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pdfa", default="3a", choices=["1a", "1b", "2a", "2b", "2u", "3a", "3b", "3u"])
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()

    exit_code = 0
    for path in arguments.files:
        try:
            answer = {
                "file": path,
                "pdfa": verdict(path, arguments.pdfa),
                "pdfua": verdict(path, "ua1"),
            }
            if not (answer["pdfa"]["passed"] and answer["pdfua"]["passed"]):
                exit_code = max(exit_code, 1)
        except (page.PageError, OSError) as error:
            answer = {"file": path, "error": f"{type(error).__name__}: {error}"}
            exit_code = 2
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
