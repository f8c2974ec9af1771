"""Takes claims out of a batch: decides which leave it, and cuts the bytes into two batches that are valid again.

Nothing here opens a file: bytes come in as chunks and go out through a function that the caller gives.
"""
