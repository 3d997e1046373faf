"""Runs commands of the line for the tests: everything is imported once, and each command is a fork of its own.

Reads a JSON list of arguments a line from standard input; prints the command's process id, and when it has ended
a line with its exit code, -9 for one that was killed.
"""

import contextlib
import json
import os
import sys

from ivr.cli import main
from ivr.versions import opening  # noqa: F401 - what the commands need is loaded here, and not in each of them


def run(arguments: list[str]) -> None:
    """Be a process in a group of its own that runs one command."""
    os.setpgid(0, 0)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    try:
        main(arguments)
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)


def serve() -> None:
    """Run one command after the other."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # The child does so too: whoever comes first.
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
