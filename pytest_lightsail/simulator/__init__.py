"""The simulated account: bytes in, bytes out, without I/O or real time; random only by its seed."""
