"""Signs copies with pyHanko, all in one process. Usage: sign_pyhanko.py KEY.p12 FIELD OUT FILE…

Level B-B, with a few lines of text as appearance in the existing field. The passphrase is the test
PKI's. Prints the CPU time of the signatures alone, in seconds: without start, key, reading and writing.
Without files nothing is signed: that is what the start and the key cost.
"""

import io
import pathlib
import sys
import time

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.stamp import TextStampStyle

PASSPHRASE = b"prov"
# Its own Courier, not embedded: Latin-1 only, and the file is then no PDF/A any more.
WORDS = "Prov Provsson\nRegionstyrelsens ordforande\nVastra Gotalandsregionen\nElektronisk underskrift %(ts)s"


def main():
    key, field, out, *files = sys.argv[1:]
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason="Undertecknar Familjecentralsavtalet 1.0",
        location="Bollebygd",
    )
    signer = signers.PdfSigner(
        metadata,
        signer=signers.SimpleSigner.load_pkcs12(key, passphrase=PASSPHRASE),
        stamp_style=TextStampStyle(stamp_text=WORDS, background=None, border_width=0),
    )
    cpu_s = 0
    for file in map(pathlib.Path, files):
        source = io.BytesIO(file.read_bytes())
        before = time.process_time()
        signed = signer.sign_pdf(IncrementalPdfFileWriter(source), existing_fields_only=True)
        cpu_s += time.process_time() - before
        (pathlib.Path(out) / file.name).write_bytes(signed.getbuffer())
    print(cpu_s)


if __name__ == "__main__":
    main()
