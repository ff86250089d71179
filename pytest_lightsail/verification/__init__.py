"""Run the code under test against everything that Lightsail may do, and check how the code reacts."""
