"""How calls reach an account. Each transport is thin; it knows neither states nor rules."""
