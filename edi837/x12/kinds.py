"""What a transaction set is, by ST01 and its implementation guide: to say what a reader of another kind skips."""

from __future__ import annotations

_GUIDES = {
    "005010X223": "institutional claims (837I)",
    "005010X224": "dental claims (837D)",
    "005010X298": "post-adjudication claims data (837)",
}
_KINDS = {
    "835": "a remittance (835)",
    "837": "claims (837)",
    "999": "an acknowledgement (999)",
    "997": "an acknowledgement (997)",
    "277": "claim status (277)",
    "276": "a claim status request (276)",
    "270": "an eligibility inquiry (270)",
    "271": "an eligibility response (271)",
    "278": "an authorization request (278)",
    "834": "an enrollment (834)",
    "820": "a premium payment (820)",
}


def described(kind: str, version: str, wanted: str, guide: str) -> str:
    """What a transaction set is, in a few words, which is not of the wanted kind (ST01) and guide (005010X222)."""
    what = _GUIDES.get(version[:10]) if kind == "837" else None
    if what is None and kind != wanted:
        what = _KINDS.get(kind)
    if what is None:
        shown = kind if kind.isalnum() and len(kind) <= 3 else "without a valid ST01"
        what = f"a transaction set {shown} of an implementation guide other than {guide}"
    return what
