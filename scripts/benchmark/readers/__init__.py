"""How each package reads claims and payments, by its own documentation; `run.py` runs one of them in its environment."""
