"""Transports, which deliver calls to an account. They hold no state and implement no rules."""
