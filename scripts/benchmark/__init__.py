"""What scripts/bench.py measures: the budget, the stages of a check, and other packages on the same files."""
