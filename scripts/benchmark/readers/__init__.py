"""How each package reads claims and payments, by its own documentation; `run.py` runs one in its environment."""
