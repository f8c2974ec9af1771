"""Conformance: whether claims and remittances keep the form of their implementation guide (TR3), judged by pyx12.

`outline` cuts a file into stretches that can be judged apart from each other, `judge` has pyx12 judge one of them,
`findings` puts the faults into words and places, `acknowledge` makes a 999 of them. Bytes in, values out.
"""
