"""What other processes can do: how virtual time knows that a wait may be ended from outside."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["child_processes", "is_outside", "lives"]


def child_processes() -> frozenset[int]:
    """Return the ids of the child processes, where the system lists them."""
    if not hasattr(os, "waitid"):
        return frozenset()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return frozenset()
    found = [file.read_text() for file in Path("/proc/self/task").glob("*/children")]
    return frozenset(int(pid) for text in found for pid in text.split())


def lives(pid: int) -> bool:
    """Return whether a child process has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def is_outside(descriptor: int) -> bool:
    """Return whether other processes may write to a socket or a pipe.

    Not so for a socket that only listens: another process that connects is a child, or not of the test.
    Nor for a pair of sockets or a pipe that has both its ends here, as event loops have to wake up.
    """
    import socket  # noqa: PLC0415 - who waits for one has imported it

    try:
        kind = os.fstat(descriptor)
        if stat.S_ISFIFO(kind.st_mode):
            return not _has_both_ends(kind)
        if not stat.S_ISSOCK(kind.st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            if found.family == getattr(socket, "AF_UNIX", None) and not found.getsockname():
                return False
            return not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        return False  # it is closed: the wait itself will say so


def _has_both_ends(pipe: os.stat_result) -> bool:
    ends = 0
    for name in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # it has been closed meanwhile
            ends += os.path.samestat(name.stat(), pipe)
    return ends > 1
