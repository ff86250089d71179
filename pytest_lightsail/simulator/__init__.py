"""The simulated account: bytes in, bytes out, without I/O, real time or randomness beyond its seed."""
