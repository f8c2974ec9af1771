"""Family H: modifiers of drug policy."""
