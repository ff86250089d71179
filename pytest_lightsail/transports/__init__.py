"""Transports, which bring calls to an account. They contain no states and no rules."""
