"""Floor 1: what Amazon Lightsail takes and gives, as data. Knows nothing of the floors above."""
