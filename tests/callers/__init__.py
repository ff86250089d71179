"""Typical release tools: correct ones, and tools with one bug each."""
