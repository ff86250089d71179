"""Transports deliver calls to an account. A transport holds no state and implements no rules."""
