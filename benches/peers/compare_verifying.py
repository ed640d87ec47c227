"""Measures the same signatures judged by sigill and by pyHanko, and prints a table.

Usage: compare_verifying.py SIGILL

49 bilateral copies with a signature each (B-B, P-256) are judged by one command: sigill without an
office, with the test PKI's root to trust; pyHanko with the same. Judging alone, in memory and up to
fifty signatures on one copy, is compared by benches/validation.rs.

CPU is user and system time of the process (getrusage). The tools take turns: three rounds after one
that does not count, and the medians.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from compare import AGREEMENT, HERE, ROOT, ROUNDS, Cost, measure, median, office, run, table
from compare_signing import SEAT, SIGNERS, by_sigill, test_pki


def judged_by_sigill(sigill, files, trust):
    """Without revocation information nothing passes: the exit code is 1, and the answer is read."""
    command = [sigill, "verify", "--json", "--no-fetch", "--trust", trust, *files]

    def judge():
        done = subprocess.run(command, capture_output=True, text=True, cwd=trust)
        if done.returncode > 1 or done.stdout.count('"integrity":"ok"') < len(files):
            sys.exit(f"sigill did not judge all copies:\n{done.stdout}{done.stderr}")

    return measure(len(files), judge)


def judged_by_pyhanko(files, root):
    command = [sys.executable, HERE / "verify_pyhanko.py", root]
    return (
        measure(len(files), lambda: run([*command, *files])),
        measure(len(files), lambda: run(command)),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sigill", type=pathlib.Path)
    sigill = parser.parse_args().sigill.resolve()

    target = ROOT / "target"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="peers-", dir=target) as name:
        scratch = pathlib.Path(name)
        issued = office(scratch / "office")
        run([sigill, "generate", AGREEMENT, "--form", "bilateral"], cwd=issued)
        with test_pki(scratch / "pki"):
            trust = scratch / "pki" / "trust"
            by_sigill(sigill, issued, scratch / "signed", scratch / "pki" / f"{SIGNERS['P-256']}.p12")
            files = sorted((scratch / "signed" / "out").rglob("*.pdf"))
            rounds = []
            for _ in range(ROUNDS + 1):
                ours = judged_by_sigill(sigill, files, trust)
                rounds.append((ours, *judged_by_pyhanko(files, trust / "root.pem")))
        ours, peer, empty = (median(costs) for costs in zip(*rounds[1:]))
        net = Cost(peer.copies, peer.wall_s - empty.wall_s, peer.cpu_s - empty.cpu_s)
        table(
            [
                (f"sigill verify, seat {SEAT}", ours),
                ("pyHanko", peer),
                ("  of which: imports", empty),
                ("  without it", net),
            ]
        )
        ratio = net.cpu_ms_per_copy / ours.cpu_ms_per_copy
        print(f"\npyHanko's CPU time without its start against sigill's whole command: {ratio:.1f} times")


if __name__ == "__main__":
    main()
