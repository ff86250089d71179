"""The simulated account. Bytes in, bytes out; no I/O, no wall clock, no chance but its seed."""
