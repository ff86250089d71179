"""Check documents against the service model and the catalogue of rules."""
