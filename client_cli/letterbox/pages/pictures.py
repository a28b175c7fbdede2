"""Pictures as coloured half blocks for a page.

Invariant: only pixels come out, whatever came in; a picture that cannot be opened is no picture. docs/family.md,
Pictures.
"""

from client_cli.letterbox.pages.blocks import Colour, Pixels

__all__ = ["FACE_COLUMNS", "LIST_COLUMNS", "PICTURE_COLUMNS", "pixels_of"]

FACE_COLUMNS = 20  # beside a person's letters
LIST_COLUMNS = 8  # beside a name in the list of people
PICTURE_COLUMNS = 56  # a picture that was sent


def pixels_of(body: bytes | None, columns: int) -> Pixels | None:
    """A picture body as half blocks, `columns` wide at most; None for no picture, or one that does not open."""
    if body is None:
        return None
    from client_cli.content.pictures import PictureUnreadable, open_picture

    try:
        picture = open_picture(body)
    except PictureUnreadable:
        return None
    columns = max(1, min(columns, picture.width))
    high = max(1, round(picture.height * columns / picture.width / 2))
    raw = picture.image().resize((columns, 2 * high)).tobytes()

    def at(column: int, line: int) -> Colour:
        place = 3 * (line * columns + column)
        return raw[place], raw[place + 1], raw[place + 2]

    return tuple(
        tuple((at(column, 2 * row), at(column, 2 * row + 1)) for column in range(columns)) for row in range(high)
    )
