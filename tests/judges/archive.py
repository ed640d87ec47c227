"""Adds evidence and a document time-stamp with pyHanko. Usage: archive.py FILE OUT ROOT.pem TSA-URL

What pyHanko does to a copy of ours that another party keeps: validation information of every signature,
fetched, and a document time-stamp over it. OUT is FILE with revisions more.
"""

import io
import pathlib
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation import add_validation_info
from pyhanko_certvalidator import ValidationContext


def main():
    source, out, root, url = sys.argv[1:]
    anchor = load_cert_from_pemder(root)

    def context():
        return ValidationContext(trust_roots=[anchor], allow_fetching=True)

    data = pathlib.Path(source).read_bytes()
    for place in range(len(PdfFileReader(io.BytesIO(data)).embedded_regular_signatures)):
        signature = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[place]
        data = add_validation_info(signature, context(), output=io.BytesIO()).getvalue()
    stamper = PdfTimeStamper(HTTPTimeStamper(url))
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    stamped = stamper.timestamp_pdf(writer, "sha256", context())
    pathlib.Path(out).write_bytes(stamped.getvalue())


if __name__ == "__main__":
    main()
