"""Family J: frequency over time."""
