"""Signs a field with pyHanko and changes the document in the same revision: what a judge must notice.

Usage: forge.py FILE FIELD PKCS12 PASSPHRASE WHAT OUT

WHAT is one of
    honest     nothing else is changed
    content    the first page's contents are replaced
    text       a text annotation is put on the first page
    bt, blta   nothing else is changed; with a time-stamp, and archived, by the authority in the environment's
               SIGILL_TSA, with the root in SIGILL_ROOT
Prints the numbers of the objects that were changed besides the signature's own, one a line.

Exit code: 0 done, 2 could not.
"""

import asyncio
import logging
import os
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator import ValidationContext


def forge(writer, what):
    page = writer.root["/Pages"].get_object()
    while page["/Type"] != "/Page":
        page = page["/Kids"][0].get_object()
    changed = []
    if what == "content":
        contents = page.raw_get("/Contents")
        if isinstance(contents, generic.ArrayObject):
            contents = contents.raw_get(0)
        stream = contents.get_object()
        stream._data = b"BT /F0 12 Tf 72 720 Td (forged) Tj ET"
        stream._encoded_data = None
        writer.mark_update(contents)
        changed.append(contents.idnum)
    elif what == "text":
        note = generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
                generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, [72, 600, 300, 640])),
                generic.pdf_name("/Contents"): generic.pdf_string("Avtalet gäller i hundra år."),
                generic.pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf 0 g"),
            }
        )
        reference = writer.add_object(note)
        annotations = page.raw_get("/Annots") if "/Annots" in page else None
        if isinstance(annotations, generic.IndirectObject):
            annotations.get_object().append(reference)
            writer.mark_update(annotations)
            changed.append(annotations.idnum)
        else:
            page.setdefault(generic.pdf_name("/Annots"), generic.ArrayObject()).append(reference)
            writer.mark_update(page.container_ref)
            changed.append(page.container_ref.idnum)
        changed.append(reference.idnum)
    return changed


def main():
    if len(sys.argv) != 7:
        print(__doc__.splitlines()[2], file=sys.stderr)
        return 2
    path, field, key, passphrase, what, out = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    signer = signers.SimpleSigner.load_pkcs12(key, passphrase=passphrase.encode())
    more, stamper = {}, None
    if what in ("bt", "blta"):
        stamper = timestamps.HTTPTimeStamper(os.environ["SIGILL_TSA"])
    if what == "blta":
        root = load_cert_from_pemder(os.environ["SIGILL_ROOT"])
        more = {
            "embed_validation_info": True,
            "use_pades_lta": True,
            "validation_context": ValidationContext(trust_roots=[root], allow_fetching=True),
        }
    metadata = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, **more
    )
    with open(path, "rb") as source:
        writer = IncrementalPdfFileWriter(source)
        changed = forge(writer, what)
        pdf_signer = signers.PdfSigner(metadata, signer=signer, timestamper=stamper)
        signed = asyncio.run(pdf_signer.async_sign_pdf(writer, existing_fields_only=True))
        with open(out, "wb") as target:
            target.write(signed.getbuffer())
    for number in changed:
        print(number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
