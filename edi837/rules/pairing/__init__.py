"""Family A: administration and drug, present and matched."""
