def find_starts(
    buffer: bytes,
    start: int,
    stop: int,
    limit: int,
    starts: list[int],
    levels: list[bytes | None],
    members: list[bytes],
    notable: list[int],
    element: bytes,
    component: bytes,
    terminator: bytes,
    padding: bytes,
    codes: bytes | None,
    /,
) -> int: ...
def count_starts(
    buffer: bytes, start: int, end: int, element: bytes, terminator: bytes, padding: bytes, /
) -> tuple[int, int]: ...
