"""Code under test, tried out: what it does under an account that does all that Lightsail can do."""
