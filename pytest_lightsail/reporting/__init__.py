"""Reports: timelines, coverage, HTML pages and masked text. No module in it imports pytest."""
