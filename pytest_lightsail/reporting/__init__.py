"""Show timelines and coverage as text, and mask secrets, without importing pytest."""
