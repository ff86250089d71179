"""Floor 4: how calls reach an account. Each transport is thin; it knows neither states nor rules."""
