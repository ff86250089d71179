"""Reports: timelines, coverage, HTML pages and masked text.

No module in this package imports pytest.
"""
