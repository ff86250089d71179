"""Make `release_tool` importable without installing it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# `release_tool` creates its client at import, when botocore would look for credentials on the network.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
