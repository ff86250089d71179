"""The simulated account as a test holds it: ``simulate()`` and the ``Lightsail`` handle."""
