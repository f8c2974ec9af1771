"""837P claims: from regions of a transaction set to units, and from units to `Claim` values.

A unit is one subscriber loop with everything below it (or whatever begins at another HL that is no patient): the
smallest piece that can be read on its own once its billing provider's loop is known.
"""
