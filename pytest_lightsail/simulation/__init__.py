"""The simulated account as a test uses it: ``simulate()`` and the handle ``Lightsail``."""
