"""Virtual time: what a caller reads and what it waits for, on the clock of its account."""
