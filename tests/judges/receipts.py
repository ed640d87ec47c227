"""Receipts, cosignatures and published registers, checked by hand.

A second implementation of RFC 6962 §2.1, C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof and
tlog-tiles, which shares nothing with the program but Ed25519, and that by another library.

    receipts.py receipt KEY RECEIPT [WITNESSES]     prints entry, size, root and the witnesses as JSON
    receipts.py published KEY FOLDER                prints size and root as JSON
"""

import base64
import hashlib
import json
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(entry):
    return sha256(b"\x00" + entry)


def node(left, right):
    return sha256(b"\x01" + left + right)


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node(root(leaves[:half]), root(leaves[half:]))


def root_by_path(index, size, value, path):
    """RFC 9162 §2.1.3.2."""
    assert index < size, "the entry is not in the tree"
    number, last = index, size - 1
    for beside in path:
        assert last > 0, "the path is too long"
        if number & 1 or number == last:
            value = node(beside, value)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            value = node(value, beside)
        number >>= 1
        last >>= 1
    assert last == 0, "the path is too short"
    return value


def verifier(key):
    name, number, data = key.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    own = sha256(name.encode() + b"\n" + data)[:4]
    assert own.hex() == number, "the key's number is not its own"
    return name, own, data[0], Ed25519PublicKey.from_public_bytes(data[1:])


def signatures(note):
    text, _, lines = note.rpartition("\n\n")
    found = []
    for line in lines.splitlines():
        dash, name, value = line.split(" ")
        assert dash == "\u2014", "a signature line begins with a dash"
        value = base64.b64decode(value, validate=True)
        found.append((name, value[:4], value[4:]))
    return text + "\n", found


def checkpoint(note, key):
    name, number, kind, public = verifier(key)
    assert kind == 1, "the register's key is one for notes"
    text, lines = signatures(note)
    (own,) = [value for who, which, value in lines if (who, which) == (name, number)]
    public.verify(own, text.encode())
    origin, size, digest = text.splitlines()
    assert origin == name, "the checkpoint is of the key's register"
    return int(size), base64.b64decode(digest, validate=True)


def cosigned(note, keys):
    text, lines = signatures(note)
    found = {}
    for key in keys:
        name, number, kind, public = verifier(key)
        assert kind == 4, "a witness's key is one for cosignatures"
        for who, which, value in lines:
            if (who, which) == (name, number):
                (seconds,) = struct.unpack(">Q", value[:8])
                signed = f"cosignature/v1\ntime {seconds}\n{text}"
                public.verify(value[8:], signed.encode())
                found[name] = seconds
    return found


def receipt(key, file, witnesses):
    proof, _, note = Path(file).read_text().partition("\n\n")
    lines = proof.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1", lines[0]
    assert lines[1].startswith("extra ") and lines[2].startswith("index "), lines[1:3]
    entry = base64.b64decode(lines[1][6:], validate=True)
    index = int(lines[2][6:])
    path = [base64.b64decode(line, validate=True) for line in lines[3:]]
    size, digest = checkpoint(note, key)
    assert root_by_path(index, size, leaf(entry), path) == digest, "the path leads elsewhere"
    entry = json.loads(entry)
    assert entry["seq"] == index, "the entry stands in another place"
    return {
        "entry": entry,
        "size": size,
        "root": digest.hex(),
        "witnesses": cosigned(note, witnesses),
    }


def place(index):
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts)


def tile(folder, kind, index, width):
    partial = "" if width == 256 else f".p/{width}"
    return (Path(folder) / "tile" / kind / f"{place(index)}{partial}").read_bytes()


def published(key, folder):
    size, digest = checkpoint((Path(folder) / "checkpoint").read_text(), key)
    leaves = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        bundle = tile(folder, "entries", index, width)
        own = []
        while bundle:
            (length,) = struct.unpack(">H", bundle[:2])
            own.append(leaf(bundle[2 : 2 + length]))
            bundle = bundle[2 + length :]
        assert len(own) == width, "a bundle holds another number of entries"
        assert tile(folder, "0", index, width) == b"".join(own), "a tile is not its bundle's"
        leaves += own
    level, hashes = 1, leaves
    while len(hashes) >= 256:
        hashes = [root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        for index in range((len(hashes) + 255) // 256):
            own = hashes[index * 256 : index * 256 + 256]
            assert tile(folder, str(level), index, len(own)) == b"".join(own), f"level {level}"
        level += 1
    assert root(leaves) == digest, "the entries are not those that the checkpoint signs"
    return {"size": size, "root": digest.hex()}


def main():
    what, key_file, place, *rest = sys.argv[1:]
    key = Path(key_file).read_text()
    if what == "published":
        answer = published(key, place)
    else:
        keys = [line for file in rest for line in Path(file).read_text().split()]
        answer = receipt(key, place, keys)
    print(json.dumps(answer))


main()
