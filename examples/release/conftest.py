"""Makes `release_tool` importable without installing it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# `release_tool` makes its client when it is imported, and botocore then asks the network for credentials.
# A project with a configuration file of its own says `lightsail_early_environment = true` there.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
