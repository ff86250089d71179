"""Show timelines and coverage as text, and mask secrets. No module here imports pytest."""
