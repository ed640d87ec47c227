"""Runs a program on files and tells what it cost. Usage: cost.py FILE… -- COMMAND…

{} in the command stands for the file. Prints a JSON object a file: its exit code (negative for a
signal), CPU time in seconds, and the peak of its resident memory in bytes.
"""

import json
import os
import sys


def cost(command):
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "cpu_s": usage.ru_utime + usage.ru_stime,
        # Linux counts in KiB.
        "peak_bytes": usage.ru_maxrss * 1024,
    }


def main():
    parted = sys.argv.index("--")
    command = sys.argv[parted + 1 :]
    for file in sys.argv[1:parted]:
        told = cost([part.replace("{}", file) for part in command])
        print(json.dumps({"file": file, **told}), flush=True)


if __name__ == "__main__":
    main()
