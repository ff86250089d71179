"""The simulated account, without I/O or real time. All randomness comes from the account's seed."""
