"""Floor 5: what happened, made readable. Knows no pytest; the plugin hands the data in."""
