"""Common to the tests and the examples."""

pytest_plugins = ["pytester"]
