"""Made-up 837P claim batches with a truth file: the parts behind ``scripts/generate_batch.py``.

An independent source of truth: nothing here imports ``edi837`` or reads its tables. The facts a claim
needs to be clean (units per NDC unit, covered diagnoses, who may be given a drug) are in ``formulary.py``.
"""
