"""The exceptions of the library: each is a mistake of the caller, never a fault of an X12 file.

What is wrong with a file is a value (`edi837.diagnostics.Diagnostic` or `edi837.model.Finding`).
"""


class Edi837Error(Exception):
    """The base of every exception that the library raises on purpose; its text is one line for a person."""


class SettingsError(Edi837Error):
    """A settings file or option that cannot be used: unknown key, unknown rule, wrong type."""


class RuleDefinitionError(Edi837Error):
    """A rule module that breaks the form of a rule: wrong code, missing docstring section, duplicate id."""


class SourceError(Edi837Error):
    """An input that cannot be read at all: missing file, folder without X12 files, broken archive."""


class ReportError(Edi837Error):
    """A report that cannot be made here: there is no room for what it has to keep aside."""
