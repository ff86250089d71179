"""The simulated account as tests use it: ``simulate()`` and the ``Lightsail`` handle."""
