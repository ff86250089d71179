"""The simulated account, without I/O or real time. All randomness comes from its seed."""
