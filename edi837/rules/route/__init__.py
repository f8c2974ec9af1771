"""Family F: route of the drug and administration code."""
