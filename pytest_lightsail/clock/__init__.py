"""Virtual time: a caller reads its account's clock and advances the clock by waiting."""
