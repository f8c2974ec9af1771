"""Family E: diagnoses and their pointers."""
