"""The contract of Amazon Lightsail: the service model and the rules. It imports no package above it."""
