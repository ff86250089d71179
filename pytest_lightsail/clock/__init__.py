"""Virtual time: a caller reads the clock of its account, and advances that clock by waiting."""
