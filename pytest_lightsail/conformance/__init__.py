"""What the real service does, next to what the simulated account does: transcripts, probes, replays."""
