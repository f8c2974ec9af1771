"""Family C: units and charges."""
