"""Virtual time: a caller reads the clock of its account, and its waits advance that clock."""
