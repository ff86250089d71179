"""Consumer contracts: what code uses of the API, recorded from its tests and checked against releases."""
