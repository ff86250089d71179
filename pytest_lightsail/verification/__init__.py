"""Run the code under test in many simulated situations, and check how it behaves."""
