"""Record data during a test run: coverage, consumer contracts and transcripts."""
