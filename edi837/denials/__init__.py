"""What became of the claims: 835 payments matched to 837 lines, and denials traced to the rules that foresaw them.

RULES.md sections 2 and 3 and rulings 18 to 25 are the specification. Everything here is pure: claims, payments and
findings in, values out; `edi837.engines.denials` reads the files.
"""
