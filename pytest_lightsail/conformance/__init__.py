"""Compare the real service with the simulated account, with probes, transcripts and replays."""
