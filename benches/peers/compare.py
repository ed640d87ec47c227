"""Measures the same work done by sigill and by other tools, and prints a table.

Usage: compare.py SIGILL [--copies N]

sigill     `generate familjecentral --form counterpart` in a fresh office: all parties' copies, with
           signature fields, the register, files and fsync.
Typst      a fresh Python process a copy, from the sources that `sigill template sources` writes:
           typesetting alone. N copies (10 unless told), as the time a copy does not depend on how many.
pdflatex   twice a copy (contents, page numbers), from the same words turned into LaTeX: neither tagged
           nor archival. N copies; only if it is installed.

CPU is user and system time of the process and all its children (getrusage). The tools take turns, so
that a busy machine is busy for all: three rounds after one that does not count, and the medians.
"""

import argparse
import json
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
AGREEMENT = "familjecentral"
FORM = ("--form", "counterpart")
ROUNDS = 3
WANTED_RATIO = 4.5


@dataclass
class Cost:
    copies: int
    wall_s: float
    cpu_s: float

    @property
    def cpu_ms_per_copy(self):
        return 1000 * self.cpu_s / self.copies


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        words = " ".join(map(str, command))
        sys.exit(f"{words}\nfailed with {done.returncode}:\n{done.stdout}{done.stderr}")


def cpu_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(copies, work):
    cpu, wall = cpu_s(), time.perf_counter()
    work()
    return Cost(copies, time.perf_counter() - wall, cpu_s() - cpu)


def office(folder):
    for name in ("templates", "signatories"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def by_sigill(sigill, place):
    """All copies in a fresh office."""
    office(place)
    cost = measure(1, lambda: run([sigill, "generate", AGREEMENT, *FORM], cwd=place))
    cost.copies = len(list((place / "out").rglob("*.pdf")))
    if not cost.copies:
        sys.exit(f"sigill generate wrote no PDF under {place / 'out'}")
    return cost


def assembled(sigill, scratch, copies):
    """The sources of so many copies, each in its own folder."""
    place = office(scratch / "office-sources")
    codes = sorted(file.name.split("-")[0] for file in (place / "signatories").glob("*.toml"))
    folders = []
    for code in codes[:copies]:
        folder = scratch / f"sources-{code}"
        run(
            [sigill, "template", "sources", AGREEMENT, *FORM, "--party", code, "--out", folder],
            cwd=place,
        )
        folders.append(folder)
    return folders


def by_typst(folders, scratch):
    """A fresh process a copy."""

    def one(folder):
        run([sys.executable, HERE / "one_copy.py", folder, scratch / f"{folder.name}.pdf"])

    return measure(len(folders), lambda: [one(folder) for folder in folders])


def start_up(times):
    """An interpreter that imports typst and ends, so many times."""
    command = [sys.executable, "-c", "import typst"]
    return measure(times, lambda: [run(command) for _ in range(times)])


def median(costs):
    return sorted(costs, key=lambda cost: cost.cpu_s)[len(costs) // 2]


SPECIAL = {
    **{mark: "\\" + mark for mark in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "§": r"\S{}",
    "–": "--",
    "—": "---",
    "”": "''",
    "“": "''",
    "’": "'",
    "\u00a0": " ",
    "\u2011": "-",
}


def latex(text):
    return "".join(SPECIAL.get(letter, letter) for letter in text)


def plain(markup):
    """The words of a line of Typst: strings unfolded, labels, calls and brackets dropped."""
    markup = re.sub(r'#"(.*?)";?', r"\1", markup)
    markup = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda code: chr(int(code[1], 16)), markup)
    markup = re.sub(r"<[\w-]+>|#[\w.-]+(\([^()]*\))?", " ", markup)
    return re.sub(r"[\[\]*]|\s+", " ", markup).strip()


def blocks(text):
    """Headings, list items, table rows and paragraphs of a clause file, as (kind, depth, words)."""
    row = re.compile(r'\(name: "(.*?)", styled: "(.*?)", number: "(.*?)"\)')
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        mark, _, rest = line.strip().partition(" ")
        if cells := row.search(line):
            yield "row", 0, [plain(cell) for cell in cells.groups()]
        elif mark and set(mark) == {"="}:
            yield "section" if mark == "=" else "subsection", 0, plain(rest)
        elif mark in ("+", "-"):
            yield "enumerate" if mark == "+" else "itemize", min(indent // 2 + 1, 4), plain(rest)
        elif mark == "/":
            yield "text", 0, plain(rest)
        elif len(words := plain(line).split()) > 2 and not line.lstrip().startswith(("#", "//", "(")):
            yield "text", 0, " ".join(words)


def latex_body(folder):
    """The words of the clauses as LaTeX. Lists and the table of parties stay what they are."""
    lines, open_ones = [], []

    def close(depth):
        while len(open_ones) > depth:
            lines.append(rf"\end{{{open_ones.pop()}}}")

    for file in sorted((folder / "clauses").rglob("*.typ")):
        for kind, depth, words in blocks(file.read_text(encoding="utf-8")):
            if kind == "row":
                if open_ones != ["longtable"]:
                    close(0)
                    open_ones.append("longtable")
                    lines.append(r"\begin{longtable}{p{60mm}p{45mm}p{35mm}}")
                lines.append(" & ".join(map(latex, words)) + r" \\")
                continue
            close(0 if open_ones == ["longtable"] else depth)
            while len(open_ones) < depth:
                open_ones.append(kind)
                lines.append(rf"\begin{{{kind}}}")
            if depth:
                lines.append(rf"\item {latex(words)}")
            elif kind == "text":
                lines.append(latex(words) + "\n")
            else:
                lines.append(rf"\{kind}{{{latex(words)}}}")
        close(0)
    return "\n".join(lines)


def by_pdflatex(folders, scratch):
    template = (HERE / "agreement.tex").read_text(encoding="utf-8")
    jobs = []
    for folder in folders:
        place = scratch / f"latex-{folder.name}"
        place.mkdir()
        data = json.loads((folder / "avtalsdata.json").read_text(encoding="utf-8"))
        party = latex(f"{data.get('copy', folder.name)}")
        text = template.replace("@TITLE@", AGREEMENT).replace("@PARTY@", party)
        (place / "copy.tex").write_text(text.replace("@BODY@", latex_body(folder)), encoding="utf-8")
        jobs.append(place)

    def one(place):
        for _ in range(2):
            run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "copy.tex"], cwd=place)

    one(jobs[0])
    (jobs[0] / "copy.aux").unlink()
    (jobs[0] / "copy.toc").unlink(missing_ok=True)
    cost = measure(len(jobs), lambda: [one(place) for place in jobs])
    pages = re.search(r"\((\d+) pages?", (jobs[0] / "copy.log").read_text(errors="replace"))
    return cost, pages[1] if pages else "?"


def table(rows):
    print(f"{'tool':44} {'copies':>6} {'wall s':>8} {'CPU ms/copy':>12} {'ratio':>7}")
    base = rows[0][1].cpu_ms_per_copy
    for name, cost in rows:
        each = cost.cpu_ms_per_copy
        print(f"{name:44} {cost.copies:6} {cost.wall_s:8.2f} {each:12.1f} {each / base:7.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sigill", type=pathlib.Path)
    parser.add_argument("--copies", type=int, default=10, help="copies by the slow tools")
    arguments = parser.parse_args()
    sigill = arguments.sigill.resolve()

    target = ROOT / "target"
    target.mkdir(exist_ok=True)
    notes = []
    # On the disk of the checkout, for fsync costs nothing in a folder that lives in memory.
    with tempfile.TemporaryDirectory(prefix="peers-", dir=target) as name:
        scratch = pathlib.Path(name)
        folders = assembled(sigill, scratch, arguments.copies)
        rounds = []
        for number in range(ROUNDS + 1):
            ours = by_sigill(sigill, scratch / f"office-{number}")
            rounds.append((ours, by_typst(folders, scratch), start_up(len(folders))))
        ours, typst, empty = (median(costs) for costs in zip(*rounds[1:]))
        net = Cost(typst.copies, typst.wall_s - empty.wall_s, typst.cpu_s - empty.cpu_s)
        rows = [
            ("sigill: fields, register, files, fsync", ours),
            ("Typst, fresh process a copy", typst),
            ("  of which: python -c 'import typst'", empty),
            ("  without it", net),
        ]
        if shutil.which("pdflatex"):
            cost, pages = by_pdflatex(folders, scratch)
            rows.append((f"pdflatex twice a copy ({pages} pages)", cost))
        else:
            notes.append("pdflatex: not installed")
    table(rows)
    whole = typst.cpu_ms_per_copy / ours.cpu_ms_per_copy
    without = net.cpu_ms_per_copy / ours.cpu_ms_per_copy
    met = "met" if whole >= WANTED_RATIO else "NOT MET"
    notes += [
        f"Typst in a fresh process takes {whole:.1f} times sigill's CPU time, {without:.1f} without its interpreter.",
        f"Wanted: at least {WANTED_RATIO} times. {met}",
        f"{len(folders)} copies by the slow tools, scaled to one.",
        f"Medians of {ROUNDS} rounds; pdflatex: one round.",
    ]
    print("\n".join(["", *notes]))


if __name__ == "__main__":
    main()
