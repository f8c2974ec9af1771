"""X12 bytes in, slices of whole segments out; knows interchanges and transaction sets, but no claim.

Nothing here does I/O: bytes are fed in chunks of any size, and the answer does not depend on the chunks.
"""
