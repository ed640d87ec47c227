"""Tells what becomes of documents with tracked changes when LibreOffice accepts or rejects all of them.

Usage: tracked_changes.py FILE.docx...

Run by a Python that has the module uno (Debian: /usr/bin/python3 with python3-uno). One LibreOffice is started, with
a profile of its own, for all files. Prints one line of JSON for each file, in order:
    {"file": …, "accepted": [PARAGRAPH…], "rejected": [PARAGRAPH…], "accepted_cells": [[cells of each row…] of each
    table…], "rejected_cells": …, "changes": how many there are, "left": how many stay}
Paragraphs stand in the order of reading, those in the cells of tables among them; empty ones are left out, for a mark
before a table cannot go.
"""

import collections
import json
import os
import pathlib
import string
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

ATTEMPTS = 240
PAUSE_SECONDS = 0.25


def main():
    with tempfile.TemporaryDirectory() as folder:
        pipe = f"sigill-{os.getpid()}"
        office = subprocess.Popen(
            [
                "soffice",
                "--headless",
                "--norestore",
                "--nologo",
                "--nodefault",
                f"-env:UserInstallation={pathlib.Path(folder, 'profile').as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            context = connected(office, pipe)
            manager = context.ServiceManager
            desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            dispatcher = manager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
            for name in sys.argv[1:]:
                told = {"file": name}
                for view, command in (("accepted", "Accept"), ("rejected", "Reject")):
                    told |= look(desktop, dispatcher, name, view, f".uno:{command}AllTrackedChanges")
                print(json.dumps(told, ensure_ascii=False), flush=True)
            try:
                desktop.terminate()
            except Exception:
                pass  # It is gone before it can answer.
            office.wait(timeout=30)
        finally:
            office.kill()
            office.wait()


def connected(office, pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(ATTEMPTS):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if office.poll() not in (None, 0):
                raise
            time.sleep(PAUSE_SECONDS)
    raise TimeoutError("LibreOffice does not answer")


def look(desktop, dispatcher, name, view, command):
    hidden = PropertyValue()
    hidden.Name, hidden.Value = "Hidden", True
    document = desktop.loadComponentFromURL(pathlib.Path(name).resolve().as_uri(), "_blank", 0, (hidden,))
    if document is None:
        raise ValueError(f"{name}: LibreOffice does not read it")
    try:
        changes = count(document)
        dispatcher.executeDispatch(document.CurrentController.Frame, command, "", 0, ())
        return {
            view: [text for text in texts(document.Text) if text],
            f"{view}_cells": list(cells(document.Text)),
            "changes": changes,
            "left": count(document),
        }
    finally:
        document.close(True)


def count(document):
    changes = document.Redlines.createEnumeration()
    found = 0
    while changes.hasMoreElements():
        changes.nextElement()
        found += 1
    return found


def cells(text):
    blocks = text.createEnumeration()
    while blocks.hasMoreElements():
        block = blocks.nextElement()
        if block.supportsService("com.sun.star.text.TextTable"):
            # A cell is named by its column in letters and its row in digits.
            rows = collections.Counter(int(name.lstrip(string.ascii_letters)) for name in block.CellNames)
            yield [rows[row] for row in sorted(rows)]


def texts(text):
    blocks = text.createEnumeration()
    while blocks.hasMoreElements():
        block = blocks.nextElement()
        if block.supportsService("com.sun.star.text.TextTable"):
            for cell in block.CellNames:
                yield from texts(block.getCellByName(cell))
        else:
            yield block.String


if __name__ == "__main__":
    main()
