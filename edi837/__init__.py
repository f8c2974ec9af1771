"""Checks X12 837P injection claims (CPT 96372) before they are sent, and explains their denials afterwards."""

__version__ = "0.1.0"
