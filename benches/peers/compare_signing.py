"""Measures the same signatures made by sigill and by pyHanko, and prints a table.

Usage: compare_signing.py SIGILL

49 bilateral copies are signed in the region's seat at level B-B, with the same key, by one command
each. sigill also checks each copy against the register, enters the signature and syncs its files;
pyHanko reads, signs and writes. Signing alone is compared by benches/signatures.rs. The key comes from
the test PKI of tests/judges/pki.py.

CPU is user and system time of the process (getrusage). The tools take turns: three rounds after one
that does not count, and the medians.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from compare import AGREEMENT, HERE, ROOT, ROUNDS, Cost, measure, median, office, run, table

SEAT = "14-chair"
SIGNERS = {"P-256": "s001", "RSA-3072": "rsa3072"}


@contextlib.contextmanager
def test_pki(folder):
    """Certificates and keys, and the services, which are not asked here."""
    command = [sys.executable, ROOT / "tests" / "judges" / "pki.py", "serve", folder]
    command += ["--keys", ROOT / "target" / "tmp" / "keys"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        json.loads(server.stdout.readline())
        yield
    finally:
        server.stdin.close()
        server.wait()


def by_sigill(sigill, issued, place, key):
    """All copies of a fresh copy of the office."""
    shutil.copytree(issued, place)
    (folder,) = (place / "out").glob("*-bilateral")
    command = [sigill, "sign", folder, "--seat", SEAT, "--level", "B-B"]
    command += ["--key", key, "--passphrase-env", "PROV"]
    environment = os.environ | {"PROV": "prov"}
    copies = len(list(folder.glob("*.pdf")))
    return measure(copies, lambda: run(command, cwd=place, env=environment))


def by_pyhanko(files, out, key):
    out.mkdir()
    command = [sys.executable, HERE / "sign_pyhanko.py", key, SEAT, out]
    cost = measure(len(files), lambda: run([*command, *files]))
    if len(list(out.iterdir())) != len(files):
        sys.exit(f"pyHanko did not sign all copies in {out}")
    return cost, measure(len(files), lambda: run(command))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sigill", type=pathlib.Path)
    sigill = parser.parse_args().sigill.resolve()

    target = ROOT / "target"
    target.mkdir(exist_ok=True)
    notes = []
    with tempfile.TemporaryDirectory(prefix="peers-", dir=target) as name:
        scratch = pathlib.Path(name)
        issued = office(scratch / "office")
        run([sigill, "generate", AGREEMENT, "--form", "bilateral"], cwd=issued)
        files = sorted((issued / "out").rglob("*.pdf"))
        rows = []
        with test_pki(scratch / "pki"):
            for kind, signer in SIGNERS.items():
                key = scratch / "pki" / f"{signer}.p12"
                rounds = []
                for number in range(ROUNDS + 1):
                    label = f"{signer}-{number}"
                    ours = by_sigill(sigill, issued, scratch / f"sigill-{label}", key)
                    rounds.append((ours, *by_pyhanko(files, scratch / f"pyhanko-{label}", key)))
                ours, peer, empty = (median(costs) for costs in zip(*rounds[1:]))
                net = Cost(peer.copies, peer.wall_s - empty.wall_s, peer.cpu_s - empty.cpu_s)
                rows.append(
                    [
                        (f"sigill, {kind}: register, files, fsync", ours),
                        (f"pyHanko, {kind}", peer),
                        ("  of which: imports and opening the key", empty),
                        ("  without it", net),
                    ]
                )
                ratio = net.cpu_ms_per_copy / ours.cpu_ms_per_copy
                notes.append(f"{kind}: {ratio:.1f} times")
    for each in rows:
        table(each)
        print()
    print("pyHanko's CPU time without its start against sigill's whole command:")
    print("\n".join(notes))


if __name__ == "__main__":
    main()
