"""Use probes, transcripts and replays to compare the real service with the simulated account."""
