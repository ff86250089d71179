"""The contract of Amazon Lightsail: the service model and the rules.

This package imports no package above it.
"""
