"""The contract of Amazon Lightsail: the service model and the rules.

This package imports nothing from higher layers.
"""
