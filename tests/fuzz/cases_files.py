"""Targets that come in files and as text: pictures, codes, bundles, addresses, cards of relays, names and letters."""

import atexit
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

import base45

from client_cli.cards import qr
from client_cli.content import pictures
from client_cli.content.pictures import PictureProblem, PictureUnreadable, make_picture, open_picture
from client_cli.courier import bundle_file, paper
from client_cli.errors import BundleProblem, CardProblem
from client_cli.terminal.layout import columns, wrap
from client_cli.terminal.sanitiser import sanitise
from protocol.people.card_name import check_name, fit_name
from protocol.people.question import normalise_answer
from protocol.primitives.kdf import derive
from protocol.sizes import REQUEST_BYTES
from relay.home.card import parse_card, sign_card
from tests.fuzz.cases_people import as_text
from tests.fuzz.target import Case, Finding, Target, fitted, same

_SHOWN_WIDTH = 20
_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ADDRESS = b"sosik post box 1\nhttps://relay.example/x\n" + b"00" * 32 + b"\n"


@cache
def folder_of_this_process() -> Path:
    """A folder of this process, gone with it."""
    path = Path(tempfile.mkdtemp(prefix="sosik-fuzz-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def from_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of files as a function of what is in the file."""

    def feed(data: bytes) -> object:
        path = folder_of_this_process() / "file"
        path.write_bytes(data)
        return read(path)

    return feed


def webp(data: bytes) -> bytes:
    """first byte u8 | width u16 | height u16 | frame: a file whose outer form is right, for the decoder to judge."""
    width, height = (int.from_bytes(data[at : at + 2], "little") % (pictures.SIDE + 1) for at in (1, 3))
    frame = bytes([data[0] & 0xFE if data else 0x10]) + fitted(data[5:7], 2) + b"\x9d\x01\x2a"
    frame += width.to_bytes(2, "little") + height.to_bytes(2, "little") + data[7:]
    padded = frame + bytes(len(frame) % 2)
    size = (len(padded) + 12).to_bytes(4, "little")
    return b"RIFF" + size + b"WEBPVP8 " + len(frame).to_bytes(4, "little") + padded


def _picture(body: bytes) -> object:
    picture = open_picture(body)
    if len(picture.pixels) != 3 * picture.width * picture.height or max(picture.width, picture.height) > pictures.SIDE:
        raise Finding("a picture of another size than it says")
    return picture


def _pictures() -> Iterable[bytes]:
    from PIL import Image

    for size, quality in (((1, 1), 10), ((16, 9), 1), ((33, 40), 60)):
        out = BytesIO()
        Image.radial_gradient("L").resize(size).convert("RGB").save(out, "WEBP", quality=quality)
        file = out.getvalue()
        yield file[20:23] + file[26:30] + file[30:]


def _unframed(inside: bytes) -> bytes:
    """What `webp` takes, from tag 3 | sizes 4 | rest."""
    return inside[:1] + inside[3:7] + inside[1:3] + inside[7:]


def _source_files() -> Iterable[bytes]:
    from PIL import Image

    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        out = BytesIO()
        Image.radial_gradient("L").resize((9, 7)).convert("RGB").save(out, kind)
        yield out.getvalue()


def _code_files() -> Iterable[bytes]:
    out = BytesIO()
    qr.picture("SOSIK1:X", 2).save(out, "PNG")
    return [out.getvalue()]


def _frames(data: bytes) -> object:
    """count u8 | numbers | part: frames of a sheet, whose checksum is right."""
    count = data[0] % 21 if data else 0
    content = data[1 + count :]
    whole = fitted(content, REQUEST_BYTES) if count % 2 else content[:3000]
    head = derive(b"sosik checksum", whole, size=4).hex().upper()
    parts = [whole[at : at + paper.FRAME_BYTES] for at in range(0, len(whole), paper.FRAME_BYTES)] or [b""]
    texts = [
        f"SOSIKB:{head}:{number % 32}/{len(parts)}:{base45.b45encode(parts[number % len(parts)]).decode('ascii')}"
        for number in (data[1 : 1 + count] or range(1, 6))
    ]
    return paper.join_frames([*texts, as_text(content[:40])])


def _whole_sheet() -> bytes:
    return "\n".join(paper.frames_of([bytes(REQUEST_BYTES)])).encode()


def _relay_card(data: bytes) -> object:
    """The text of a URL, on a signed card of a relay."""
    secret = bytes(32)
    card = sign_card(as_text(data), bytes([9]) + bytes(31), bytes(32), bytes(32), secret)
    return same(parse_card, lambda found: sign_card(found.url, found.door, found.door_kem, found.tls_pin, secret), card)


def _shown(data: bytes) -> object:
    """lines u8 | text: what reaches a terminal holds nothing that acts on one, and fits."""
    text = as_text(data[1:])
    clean = sanitise(text, lines=bool(data[:1]) and data[0] % 2 == 1)
    if any(unicodedata.category(one) in _NEVER_SHOWN and one != "\n" for one in clean):
        raise Finding("a character that acts on a terminal")
    if sanitise(clean, lines=True) != clean:
        raise Finding("what was made clean is changed again")
    for line in wrap(clean, _SHOWN_WIDTH):
        if columns(line) > _SHOWN_WIDTH:
            raise Finding("a line is wider than it may be")
    return clean


def _name(data: bytes) -> object:
    name = fit_name(as_text(data))
    check_name(name)
    return name


def _normalised(data: bytes) -> object:
    once = normalise_answer(as_text(data))
    if normalise_answer(once) != once:
        raise Finding("an answer has two forms")
    return once


PICTURE = Target(
    "picture",
    (
        Case(
            "pictures.open_picture",
            lambda data: _picture(webp(data)),
            lambda: map(_unframed, _pictures()),
            (PictureUnreadable,),
        ),
        Case(
            "pictures.open_picture",
            _picture,
            lambda: [webp(_unframed(inside)) for inside in _pictures()],
            (PictureUnreadable,),
        ),
        Case("pictures.make_picture", from_file(make_picture), _source_files, (PictureProblem,)),
        Case("qrcodes.read_texts", from_file(qr.read_texts), _code_files, (CardProblem,)),
    ),
)
BUNDLE = Target(
    "bundle",
    (
        Case(
            "bundlefile.read_bundle",
            from_file(bundle_file.read_bundle),
            lambda: [b"", bytes(2 * REQUEST_BYTES + 5)],
            (BundleProblem,),
        ),
        Case(
            "bundlefile.read_answers", from_file(bundle_file.read_answers), lambda: [b"", bytes(8192)], (BundleProblem,)
        ),
        Case("bundlefile.read_address", from_file(bundle_file.read_address), lambda: [_ADDRESS], (BundleProblem,)),
        Case("bundlesheet.join_frames", _frames, lambda: [b"\5\1\2\3\4\5", b"\1\1", b"\0"], (BundleProblem,)),
        Case(
            "bundlesheet.join_frames",
            lambda data: paper.join_frames(as_text(data).split("\n")),
            lambda: [b"SOSIKB:00000000:1/1:", _whole_sheet()],
            (BundleProblem,),
        ),
        Case("card.parse_card", _relay_card, lambda: [b"https://relay.example/x"]),
        Case(
            "card.parse_card",
            parse_card,
            lambda: [sign_card("https://relay.example/x", bytes(32), bytes(32), bytes(32), bytes(32))],
        ),
    ),
)
TEXT = Target(
    "text",
    (
        Case(
            "terminal.sanitise",
            _shown,
            lambda: [b"\1" + text.encode() for text in ("가족 소식\r\n둘째", "e\u0301" * 9, "\x1b[31m", "\u202e")],
            (),
        ),
        Case(
            "people.card_name.fit_name",
            _name,
            lambda: ["어머니".encode(), b" a\nb ", "\u1100\u1161\u11a8".encode()],
            (),
        ),
        Case(
            "people.question.normalise_answer",
            _normalised,
            lambda: ["고구마, 군고구마!".encode(), "ẞ ﬁ Ⅳ".encode()],
            (),
        ),
    ),
)
