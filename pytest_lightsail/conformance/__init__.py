"""Compare the real service with the simulated account: probes, transcripts and replays."""
