"""Judges files with pyHanko, all in one process. Usage: verify_pyhanko.py ROOT.pem FILE…

Every signature is validated with chain and changes; nothing is fetched, and missing revocation
information is no fault, as sigill's figures are without it too. Prints the CPU time of judging alone,
in seconds: without start and reading.
"""

import io
import pathlib
import sys
import time

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def main():
    root, *files = sys.argv[1:]
    anchor = load_cert_from_pemder(root)
    cpu_s = 0
    for file in map(pathlib.Path, files):
        source = io.BytesIO(file.read_bytes())
        before = time.process_time()
        for signature in PdfFileReader(source).embedded_regular_signatures:
            context = ValidationContext(trust_roots=[anchor], allow_fetching=False)
            status = validate_pdf_signature(signature, context)
            if not (status.intact and status.valid):
                sys.exit(f"pyHanko refuses {signature.field_name} in {file}")
        cpu_s += time.process_time() - before
    print(cpu_s)


if __name__ == "__main__":
    main()
