"""What Amazon Lightsail takes and gives, as data. It does not import the packages above it."""
