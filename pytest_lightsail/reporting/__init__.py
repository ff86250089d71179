"""Timelines, coverage, the live page and masked text. No module in this package imports pytest."""
