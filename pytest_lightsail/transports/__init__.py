"""Transports deliver calls to an account. They hold no state and know no rules."""
