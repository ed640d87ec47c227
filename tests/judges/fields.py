"""Lists the signature fields of a PDF file as pyHanko sees them.

Usage: fields.py FILE

Prints one JSON object {"file": F, "sig_flags": N or null, "fields": [...]}, or
{"file": F, "error": E}. A field is
    {"name", "signed", "tooltip", "page" (from 1, or null), "rect" (points, or null), "flags" (/F),
     "struct_parent", "appearance" (has one), "locked" (has a /Lock)},
in the order of /AcroForm/Fields. Exit code: 0 read, 2 could not be read.
"""

import json
import sys

from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields


def pages(node):
    """Yields the leaves of a page tree in order."""
    if "/Kids" not in node:
        yield node
        return
    for child in node["/Kids"]:
        yield from pages(child.get_object())


def page_numbers(reader):
    """Returns the page of each annotation, by object number."""
    numbers = {}
    for number, page in enumerate(pages(reader.root["/Pages"]), start=1):
        annotations = entry(page, "/Annots") or []
        for index in range(len(annotations)):
            reference = annotations.raw_get(index)
            if isinstance(reference, IndirectObject):
                numbers[reference.idnum] = number
    return numbers


def entry(dictionary, key):
    """Returns the value, references followed, or None. (`get` does not follow them.)"""
    return dictionary[key] if key in dictionary else None


def number_or_none(value):
    return None if value is None else int(value)


def describe(name, signed, widget, page):
    rect = entry(widget, "/Rect")
    tooltip = entry(widget, "/TU")
    return {
        "name": name,
        "signed": signed,
        "tooltip": None if tooltip is None else str(tooltip),
        "page": page,
        "rect": None if rect is None else [round(float(edge.get_object()), 3) for edge in rect],
        "flags": number_or_none(entry(widget, "/F")),
        "struct_parent": number_or_none(entry(widget, "/StructParent")),
        "appearance": "/AP" in widget,
        "locked": "/Lock" in widget,
    }


def examine(path):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        numbers = page_numbers(reader)
        fields = [
            describe(name, value is not None, reference.get_object(), numbers.get(reference.idnum))
            for name, value, reference in enumerate_sig_fields(reader)
        ]
        form = entry(reader.root, "/AcroForm") or {}
        return {
            "file": path,
            "sig_flags": number_or_none(entry(form, "/SigFlags")),
            "fields": fields,
        }


def main():
    if len(sys.argv) != 2:
        print("usage: fields.py FILE", file=sys.stderr)
        return 2
    path = sys.argv[1]
    try:
        answer = examine(path)
    except (PdfError, OSError, KeyError, TypeError, ValueError) as error:
        answer = {"file": path, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, ensure_ascii=False))
    return 2 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
