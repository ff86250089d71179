"""Virtual time: callers read the clock of their account, and their waits advance it."""
