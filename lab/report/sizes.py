"""The tables of docs/protocol.md that are made from code: `python -m lab.report.sizes` prints them, `--write` puts them
there.

Spec: docs/protocol.md, Sizes; Network constants.
"""

import sys
from pathlib import Path

import msgspec

from protocol import sizes
from protocol.board import log, page
from protocol.community import descriptor
from protocol.community.constants import Constants
from protocol.letters import letter
from protocol.profile import Profile
from protocol.routes.frames import batch_bytes
from protocol.streams import cell, stream

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


def sizes_table() -> str:
    """Return the table of derived sizes."""
    c = sizes
    rows: list[tuple[str, int, str]] = [
        ("cell", c.CELL_BYTES, f"{c.AEAD_OVERHEAD} + message {cell.MESSAGE_BYTES}"),
        ("ratchet message", cell.MESSAGE_BYTES, f"{cell.RATCHET_OVERHEAD} + content {cell.CONTENT_BYTES}"),
        ("fragment of a letter", letter.FRAGMENT_BYTES, f"content {cell.CONTENT_BYTES} - acks, floors, heads"),
        ("cells of the longest letter", letter.MAX_PARTS, f"{letter.MAX_LETTER_BYTES} byte body"),
        ("deposit: layer of S", c.DEPOSIT_STORE_LAYER_BYTES, f"1 + {c.HOLE_BYTES} + {c.CELL_BYTES}"),
        ("deposit: box for S", c.DEPOSIT_STORE_BOX_BYTES, f"{c.DEPOSIT_STORE_LAYER_BYTES} + {c.BOX_OVERHEAD}"),
        (
            "deposit: box for M",
            c.DEPOSIT_MIDDLE_BOX_BYTES,
            f"{c.FORWARD_HEAD_BYTES} + {c.DEPOSIT_STORE_BOX_BYTES} + {c.BOX_OVERHEAD}",
        ),
        (
            "packet field (deposit: box for E, or discard)",
            c.PACKET_FIELD_BYTES,
            f"{c.FORWARD_HEAD_BYTES} + {c.DEPOSIT_MIDDLE_BOX_BYTES} + {c.BOX_OVERHEAD}",
        ),
        ("fetch: layer of S", c.FETCH_STORE_LAYER_BYTES, f"1 + {c.TAKE_BYTES} + {c.REPLY_KEY_BYTES}"),
        ("fetch: box for S", c.FETCH_STORE_BOX_BYTES, f"{c.FETCH_STORE_LAYER_BYTES} + {c.BOX_OVERHEAD}"),
        (
            "fetch: box for M",
            c.FETCH_MIDDLE_BOX_BYTES,
            f"{c.FORWARD_FETCH_HEAD_BYTES} + {c.FETCH_STORE_BOX_BYTES} + {c.BOX_OVERHEAD}",
        ),
        (
            "fetch field (fetch: box for E, or discard)",
            c.FETCH_FIELD_BYTES,
            f"{c.FORWARD_FETCH_HEAD_BYTES} + {c.FETCH_MIDDLE_BOX_BYTES} + {c.BOX_OVERHEAD}",
        ),
        ("reply of S", c.STORE_REPLY_BYTES, f"1 + {c.CELL_BYTES} + {c.AEAD_OVERHEAD}"),
        ("reply from M", c.MIDDLE_REPLY_BYTES, f"{c.STORE_REPLY_BYTES} + {c.AEAD_OVERHEAD}"),
        ("reply on the shelf", c.SHELF_REPLY_BYTES, f"{c.MIDDLE_REPLY_BYTES} + {c.AEAD_OVERHEAD}"),
        (
            "request",
            c.REQUEST_BYTES,
            f"{c.HYBRID_OVERHEAD} + {c.REQUEST_PLAIN_BYTES}, of which {c.REQUEST_USED_BYTES} used",
        ),
        ("sync", c.SYNC_EXCHANGES * c.REQUEST_BYTES, f"{c.SYNC_EXCHANGES} requests"),
        *(
            (
                f"response, {profile.name.lower()}",
                c.RESPONSE_BYTES[profile],
                f"{c.AEAD_OVERHEAD} + {c.RESPONSE_HEAD_BYTES} + stretch {c.STRETCH_BYTES[profile]}",
            )
            for profile in Profile
        ),
        ("frame", c.FRAME_BYTES, f"{c.FRAME_BYTES - c.FRAME_BODY_BYTES} + {c.FRAME_BODY_BYTES}"),
        ("batch of one frame", batch_bytes(1), f"{c.BATCH_OVERHEAD} + {c.FRAME_BYTES}"),
        (
            "largest batch",
            batch_bytes(c.MAX_BATCH_FRAMES),
            f"{c.BATCH_OVERHEAD} + {c.MAX_BATCH_FRAMES} × {c.FRAME_BYTES}",
        ),
        ("acknowledgement", c.LINK_ACK_BYTES, "fixed"),
        ("chunk of a piece", c.PIECE_CHUNK_BYTES, f"{c.FRAME_BODY_BYTES} - {c.PIECE_HEAD_BYTES}"),
        ("page of 1000 tags", page.PAGE_HEADER_BYTES + page.set_bytes(1000), "7 + ceil(22 × 1000 / 8)"),
        ("largest page", log.BODY_BYTES_MAX[log.EntryKind.PAGE], "20000 tags"),
        ("descriptor", descriptor.DESCRIPTOR_BYTES, "fixed"),
        ("ticket", c.PASS_BYTES, "fixed"),
        ("epochs a stream keeps by default", stream.DEFAULT_RETAINED, "14 days of retention, epochs of 7"),
    ]
    lines = ["| what | bytes | made of |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {size} | {made} |" for what, size, made in rows)])


def constants_table() -> str:
    """Return the table of roster constants with their defaults and reasons."""
    lines = ["| constant | default | why it is bounded, or what it is |", "|---|---|---|"]
    defaults = Constants()
    for field in msgspec.inspect.type_info(Constants).fields:  # type: ignore[attr-defined] # a struct's type has fields
        reason = (
            (field.type.extra_json_schema or {}).get("description", "")
            if hasattr(field.type, "extra_json_schema")
            else ""
        )
        lines.append(f"| {field.name} | {getattr(defaults, field.name)} | {reason} |")
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """Return the document with both tables as the code makes them."""
    for name, table in (("sizes", sizes_table()), ("constants", constants_table())):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table}\n{end}{after}"
    return text


def main() -> None:
    """Print the tables, or write them."""
    if sys.argv[1:] == ["--write"]:
        DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(sizes_table(), constants_table(), sep="\n\n")


if __name__ == "__main__":
    main()
