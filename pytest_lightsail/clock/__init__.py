"""Virtual time: a caller reads the clock of its account and advances it by waiting."""
