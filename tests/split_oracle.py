"""A split of its own, by plain reading: a whole file becomes a tree, and each side is written from that tree.

It knows files whose envelope is whole. The product, which cuts bytes as they stream by, is compared with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

BLANKS = b"\r\n\t "
LEVELS = (b"20", b"22", b"23")


@dataclass
class Piece:
    """One segment with what stands behind it up to the next."""

    raw: bytes
    offset: int
    element: bytes
    terminator: bytes

    @property
    def elements(self) -> list[bytes]:
        return self.raw.split(self.terminator, 1)[0].split(self.element)

    @property
    def tag(self) -> bytes:
        return self.elements[0]

    def changed(self, **elements: bytes) -> bytes:
        """The segment with other elements, by number (e2=...)."""
        text, terminator, blanks = self.raw.partition(self.terminator)
        parts = text.split(self.element)
        for name, value in elements.items():
            number = int(name[1:])
            parts += [b""] * (number + 1 - len(parts))
            parts[number] = value
        return self.element.join(parts) + terminator + blanks


@dataclass
class Loop:
    """An HL loop, a transaction set's header (no HL), or the envelope around them."""

    opening: Piece | None
    own: list[Piece] = field(default_factory=list)
    claims: list[list[Piece]] = field(default_factory=list)
    children: list[Loop] = field(default_factory=list)
    closing: Piece | None = None
    foreign: bool = False

    def every_claim(self) -> Iterator[list[Piece]]:
        yield from self.claims
        for child in self.children:
            yield from child.every_claim()


def pieces(data: bytes) -> list[Piece]:
    """The segments of a file, with nothing of it left out but what stands outside interchanges."""
    found: list[Piece] = []
    start = data.find(b"ISA")
    while start >= 0:
        element = data[start + 3 : start + 4]
        last = start + 3
        for _ in range(15):
            last = data.index(element, last + 1)
        terminator = data[last + 2 : last + 3]
        blanks = BLANKS.replace(terminator, b"")
        while True:
            end = data.index(terminator, start) + 1
            # An empty segment belongs to the one before.
            while end < len(data) and (data[end : end + 1] in blanks or data[end : end + 1] == terminator):
                end += 1
            found.append(Piece(data[start:end], start, element, terminator))
            start = end
            if found[-1].tag == b"IEA":
                break
        start = data.find(b"ISA", start)
    return found


def tree(data: bytes) -> list[Loop]:
    """The interchanges of a file, with functional groups, transaction sets and HL loops in them."""
    roots: list[Loop] = []
    path: list[Loop] = []
    version = b""
    for piece in pieces(data):
        tag = piece.tag
        if path and path[-1].foreign and tag != b"SE":
            path[-1].own.append(piece)
        elif tag in (b"ISA", b"GS", b"ST"):
            loop = Loop(piece)
            (path[-1].children if tag != b"ISA" else roots).append(loop)
            path.append(loop)
            if tag == b"GS":
                version = piece.elements[8] if len(piece.elements) > 8 else b""
            elif tag == b"ST":
                loop.foreign = piece.elements[1] != b"837" or not version.startswith(b"005010X222")
        elif tag in (b"SE", b"GE", b"IEA"):
            while path[-1].opening.tag == b"HL":
                path.pop()
            path.pop().closing = piece
        elif tag == b"HL":
            level = LEVELS.index(piece.elements[3])
            while path[-1].opening.tag == b"HL" and LEVELS.index(path[-1].opening.elements[3]) >= level:
                path.pop()
            loop = Loop(piece)
            path[-1].children.append(loop)
            path.append(loop)
        elif tag == b"CLM":
            path[-1].claims.append([piece])
        elif path[-1].claims:
            path[-1].claims[-1].append(piece)
        else:
            path[-1].own.append(piece)
    return roots


class Side:
    """Writes one side of the trees of some files."""

    def __init__(self, held: Collection[int], is_held: bool, control_number: int | None = None) -> None:
        self.held = held
        self.is_held = is_held
        self.control_number = control_number
        self.claims: list[bytes] = []

    def wants(self, claim: list[Piece]) -> bool:
        return (claim[0].offset in self.held) is self.is_held

    def stays(self, loop: Loop) -> bool:
        """Whether it is written: for its claims, and on the clean side also where it never had one that is held."""
        if any(map(self.wants, loop.every_claim())):
            return True
        if self.is_held:
            return False
        beside = loop.foreign or (loop.opening.tag == b"ISA" and bool(loop.own))
        return beside or not any(loop.every_claim()) or any(map(self.stays, loop.children))

    def interchange(self, loop: Loop) -> bytes:
        if not self.stays(loop):
            return b""
        control = loop.opening.elements[13]
        if self.control_number is not None:
            control = b"%09d" % self.control_number
            self.control_number += 1
        groups = [self.group(child) for child in loop.children if self.stays(child)]
        beside = b"" if self.is_held else b"".join(piece.raw for piece in loop.own)
        closing = self.closed(loop, len(groups), control)
        return loop.opening.changed(e13=control) + beside + b"".join(groups) + closing

    def group(self, loop: Loop) -> bytes:
        sets = [self.transaction(child) for child in loop.children if self.stays(child)]
        return loop.opening.raw + b"".join(sets) + self.closed(loop, len(sets), loop.opening.elements[6])

    def transaction(self, loop: Loop) -> bytes:
        if loop.foreign:
            return loop.opening.raw + b"".join(piece.raw for piece in loop.own) + loop.closing.raw
        self.number = 0
        written = [loop.opening.raw, *self.inside(loop)]
        for child in loop.children:
            written += self.loop(child, b"")
        return b"".join(written) + self.closed(loop, len(written) + 1, loop.opening.elements[2])

    def inside(self, loop: Loop) -> list[bytes]:
        """The loop's own segments and claims."""
        written = [piece.raw for piece in loop.own]
        for claim in loop.claims:
            if self.wants(claim):
                self.claims.append(b"".join(piece.raw for piece in claim))
                written += [piece.raw for piece in claim]
        return written

    def loop(self, loop: Loop, parent: bytes) -> list[bytes]:
        if not self.stays(loop):
            return []
        self.number += 1
        number = b"%d" % self.number
        children = [child for child in loop.children if self.stays(child)]
        written = [loop.opening.changed(e1=number, e2=parent, e4=b"1" if children else b"0"), *self.inside(loop)]
        for child in children:
            written += self.loop(child, number)
        return written

    def closed(self, loop: Loop, count: int, control: bytes) -> bytes:
        """The closing segment: as it was where it is right."""
        stated = loop.closing.elements
        elements = {}
        if stated[1].lstrip(b"0") != b"%d" % count:
            elements["e1"] = b"%d" % count
        if stated[2:3] != [control]:
            elements["e2"] = control
        return loop.closing.changed(**elements)


def split(data: bytes, held: Collection[int], control_number: int | None = None) -> tuple[bytes, bytes]:
    """The clean and the held side of a file, by the byte offsets of the CLM segments that are held."""
    roots = tree(data)
    clean, kept = Side(held, False), Side(held, True, control_number)
    return b"".join(map(clean.interchange, roots)), b"".join(map(kept.interchange, roots))


def claims(data: bytes) -> list[bytes]:
    """The bytes of every claim of a file, in order."""
    side = Side((), False)
    for root in tree(data):
        side.interchange(root)
    return side.claims
