"""``python -m pytest_lightsail``: the command of ``pytest_lightsail.cli``."""

import sys

from .cli import main

sys.exit(main())
