"""What Amazon Lightsail takes and gives, as data. Knows nothing of the floors above."""
