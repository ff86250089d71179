"""Documents held against the model and the rules catalogue."""
