"""Gather data for the files that a run can write: coverage, consumer contracts and transcripts."""
