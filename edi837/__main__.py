"""`python -m edi837` is `edi837`."""

from edi837.cli import main

main(prog_name="edi837")
