"""The objects through which tests use a simulated account: ``simulate()`` and ``Lightsail``."""
