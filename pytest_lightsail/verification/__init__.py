"""What verifies a caller: machines that run it among all that can happen to its account."""
