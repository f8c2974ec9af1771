"""Family B: NCCI pairs and modifiers 25 and 59."""
