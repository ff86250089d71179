"""The ``pytest-lightsail`` command, also available as ``python -m pytest_lightsail``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command with this process's arguments, and return the exit code."""
    try:
        from .cli import main as run  # noqa: PLC0415 - Ctrl-C may arrive during this import, too

        return run()
    except KeyboardInterrupt:
        return 130  # the exit code that shells report after Ctrl-C


if __name__ == "__main__":
    sys.exit(main())
