"""What other processes can do: how virtual time knows that a wait may be ended from outside."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["child_processes", "is_outside"]

_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT if hasattr(os, "waitid") else 0


def child_processes() -> frozenset[int]:
    """Return the ids of the running child processes, if the system can list them."""
    if not hasattr(os, "waitid"):
        return frozenset()
    try:
        os.waitid(os.P_ALL, 0, _LOOK)
    except ChildProcessError:
        return frozenset()
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended meanwhile
            found.update(map(int, file.read_text().split()))
    return frozenset(filter(_lives, found))


def _lives(pid: int) -> bool:
    with suppress(ChildProcessError):
        return os.waitid(os.P_PID, pid, _LOOK) is None
    return False


def is_outside(descriptor: int) -> bool:
    """Return whether other processes may write to a socket or a pipe.

    They do not write to a socket that only listens, since a process that connects is a child or unrelated
    to the test, or to a socket pair or pipe with both ends here, which event loops use to wake up.
    """
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
