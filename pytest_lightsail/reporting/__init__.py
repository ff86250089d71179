"""What happened, made readable. Knows no pytest; the plugin hands the data in."""
