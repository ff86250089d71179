"""The contract of Amazon Lightsail: the service model and the rules."""
