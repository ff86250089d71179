"""Transports deliver calls to an account. Transports hold no state and know no rules."""
