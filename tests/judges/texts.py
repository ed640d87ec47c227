"""Compares what renderers show of a signed file and of each signed revision of it. Usage: texts.py FILE…

Two renderers are asked for the text: poppler (pdftotext) and MuPDF (mutool); what is in the rectangles of
signature fields is left out, for appearances are added lawfully. Prints a JSON object a file:
    {"file", "revisions", "renderers": [names], "differences": [{"renderer", "revision", "diff"}]}

Exit code: 0 no difference, 1 a difference, 2 a renderer is missing or could not read.
"""

import difflib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from pyhanko.pdf_utils.reader import PdfFileReader


def words_of_poppler(file):
    """Words with their places, in points from the top left, a list a page."""
    html = told(["pdftotext", "-bbox", file, "-"])
    pages = []
    for page in html.split("<page ")[1:]:
        height = float(re.search(r'height="([\d.]+)"', page)[1])
        word = re.compile(
            r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
        )
        words = [([float(n) for n in found[:4]], found[4]) for found in word.findall(page)]
        pages.append((height, words))
    return pages


def words_of_mupdf(file):
    """The same, a character at a time: MuPDF tells where each stands."""
    xml = told(["mutool", "draw", "-q", "-F", "stext", "-o", "-", file])
    pages = []
    for page in xml.split("<page ")[1:]:
        height = float(re.search(r'height="([\d.]+)"', page)[1])
        words = []
        for quad, letter in re.findall(r'<char quad="([^"]*)"[^>]* c="([^"]*)"', page):
            numbers = [float(number) for number in quad.split()]
            xs, ys = numbers[0::2], numbers[1::2]
            words.append(([min(xs), min(ys), max(xs), max(ys)], letter))
        pages.append((height, words))
    return pages


RENDERERS = {"poppler": words_of_poppler, "mupdf": words_of_mupdf}


def told(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        sys.stderr.write(f"{command[0]}: {done.stderr}")
        sys.exit(2)
    return done.stdout


def fields(data):
    """The rectangles of signature fields, a list a page."""
    reader = PdfFileReader(io.BytesIO(data))
    places = []
    for number in range(reader.root["/Pages"]["/Count"]):
        page = reader.find_page_for_modification(number)[0].get_object()
        rectangles = []
        for annotation in page.get("/Annots", ()):
            annotation = annotation.get_object()
            if annotation.get("/FT") == "/Sig":
                rectangles.append([float(side) for side in annotation["/Rect"]])
        places.append(rectangles)
    return places


def outside(pages, places):
    """The text of the pages, without words whose middle is in a field."""
    shown = []
    for (height, words), rectangles in zip(pages, places):
        for (left, top, right, bottom), word in words:
            x, y = (left + right) / 2, height - (top + bottom) / 2
            if not any(a <= x <= c and b <= y <= d for a, b, c, d in rectangles):
                shown.append(word)
        shown.append("\f")
    return shown


def compare(file, scratch):
    data = pathlib.Path(file).read_bytes()
    places = fields(data)
    reader = PdfFileReader(io.BytesIO(data))
    ends = []
    for signature in reader.embedded_signatures:
        _, _, start, length = signature.sig_object["/ByteRange"]
        ends.append(int(start) + int(length))
    differences = []
    for name, words in RENDERERS.items():
        whole = outside(words(file), places)
        for end in ends:
            cut = scratch / "revision.pdf"
            cut.write_bytes(data[:end])
            part = outside(words(cut), places)
            if part != whole:
                diff = [line for line in difflib.ndiff(part, whole) if line[0] in "+-"]
                differences.append({"renderer": name, "revision": end, "diff": diff[:20]})
    return {
        "file": str(file),
        "revisions": len(ends),
        "renderers": list(RENDERERS),
        "differences": differences,
    }


def main():
    differ = False
    with tempfile.TemporaryDirectory() as folder:
        for file in sys.argv[1:]:
            verdict = compare(file, pathlib.Path(folder))
            differ |= bool(verdict["differences"])
            print(json.dumps(verdict), flush=True)
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
