"""Reports: timelines, coverage, HTML pages and masked text. Nothing here imports pytest."""
