"""What setup.cfg cannot say: what a wheel holds as machine code.

mypyc makes it of the sources as they are, which stay in the wheel; what goes through every byte is written in C, beside
the Python that says what it does. An editable install holds none of it, so that what is edited is what runs; where
there is no C compiler a wheel holds none either, and is only slower.
"""

from __future__ import annotations

import sys

from setuptools import Extension, setup

COMPILED = [
    "edi837/claims/elements.py",
    "edi837/claims/lines.py",
    "edi837/claims/locate.py",
    "edi837/claims/parse.py",
    "edi837/denials/adjudication.py",
    "edi837/denials/attribute.py",
    "edi837/denials/decide.py",
    "edi837/denials/match.py",
    "edi837/denials/numbers.py",
    "edi837/denials/rows.py",
    "edi837/denials/sent.py",
    "edi837/engine.py",
    "edi837/engines/denials.py",
    "edi837/marking.py",
    "edi837/plan.py",
    "edi837/remits/claims.py",
    "edi837/remits/parse.py",
    "edi837/remits/segments.py",
    "edi837/remits/services.py",
    "edi837/rules/coverage.py",
    "edi837/rules/diagnoses.py",
    "edi837/rules/encounter.py",
    "edi837/rules/encounter_features.py",
    "edi837/rules/features.py",
    "edi837/x12/body.py",
    "edi837/x12/envelope.py",
]
"""Where runs spend their time, so far as mypyc knows what to do with it (tests/test_build.py says what it does not)."""

WRITTEN_IN_C = [
    Extension(
        f"edi837.{name.replace('/', '.')}",
        [f"edi837/{name}.c"],
        depends=["edi837/x12/_segments.h"],
        extra_compile_args=["-O3"],
    )
    for name in ("claims/_search", "remits/_cut", "x12/_search")
]


def build_wheel() -> None:
    """Builds it with machine code, or without where that cannot be made."""
    try:
        from mypyc.build import mypycify

        options = ["--config-file=", "--ignore-missing-imports"]
        compiled = mypycify([*options, *COMPILED], group_name="edi837", debug_level="0")
        setup(ext_modules=[*compiled, *WRITTEN_IN_C])
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the sources run without
        print(f"edi837: could not be compiled, the wheel is pure Python: {error}", file=sys.stderr)
        setup()


if "bdist_wheel" in sys.argv:
    build_wheel()
else:
    setup()
