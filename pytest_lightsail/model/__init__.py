"""What Amazon Lightsail takes and gives, as data. It imports no package above it."""
