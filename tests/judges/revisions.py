"""Where the revisions of a PDF file end. For the other judges; nothing to run."""

import io
import re

from pyhanko.pdf_utils.reader import PdfFileReader


def ends(data):
    """Returns the offset after each revision's end-of-file mark and its end of line, oldest first.

    Each is found from the place of the revision's own cross-references, so that a mark that stands inside a
    stream is not taken for one. Bytes after the last one belong to no revision.
    """
    table = PdfFileReader(io.BytesIO(data)).xrefs
    return [end(data, table.get_startxref_for_revision(number)) for number in range(table.total_revisions)]


def end(data, start):
    mark = re.compile(rb"startxref\s+%d\s+%%%%EOF(\r\n|\r|\n)?" % start)
    found = mark.search(data, start)
    if not found:
        raise ValueError(f"the revision whose cross-references are at {start} has no end")
    return found.end()
