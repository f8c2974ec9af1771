"""Family I: technical faults of the claim."""
