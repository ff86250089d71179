"""What happened, made readable. Does not import pytest; the plugin passes the data."""
