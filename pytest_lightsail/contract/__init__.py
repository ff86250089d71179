"""Floor 2: documents held against the model and the rules catalogue."""
