"""Typesets one copy from assembled sources. Usage: one_copy.py SOURCES OUT"""

import pathlib
import sys

import typst

sources = pathlib.Path(sys.argv[1])
typst.compile(
    sources / "main.typ",
    output=sys.argv[2],
    root=sources,
    font_paths=[sources / "shared" / "fonts"],
    ignore_system_fonts=True,
    pdf_standards=["a-3a", "ua-1"],
)
