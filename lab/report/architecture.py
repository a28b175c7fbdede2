"""The house as a picture and as tables: `python -m lab.report.architecture` says whether docs/architecture.md and its
picture still fit; `--write` makes them anew.

Rooms and their layers are those that import-linter holds (pyproject.toml), arrows are the imports that grimp finds,
without those that follow from others; what stands beside a room is the docstring of its `__init__.py`.
"""

import ast
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import grimp

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "architecture.md"
PICTURE: Final = ROOT / "docs" / "architecture.svg"
PACKAGES: Final = ("client_cli", "relay", "protocol")

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN, HEAD = 96, 26, 14, 26, 24, 34

Layers = list[list[str]]
Arrows = set[tuple[str, str]]


def layers_of(package: str) -> Layers:
    """Rooms of a package from top to bottom, as its exhaustive contract lists them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == [package])
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def arrows_of(graph: grimp.ImportGraph, package: str) -> Arrows:
    """Pairs (importer, imported) of rooms of one package."""

    def room(module: str) -> str | None:
        parts = module.split(".")
        return parts[1] if parts[0] == package and len(parts) > 1 else None

    pairs = {
        (room(module), room(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {(one, other) for one, other in pairs if one is not None and other is not None and one != other}


def direct(arrows: Arrows) -> Arrows:
    """Arrows that no way over other rooms replaces (the transitive reduction of a graph without cycles)."""
    below: dict[str, set[str]] = {}
    for one, other in arrows:
        below.setdefault(one, set()).add(other)

    def reached(room: str) -> set[str]:
        found: set[str] = set()
        waiting = list(below.get(room, ()))
        while waiting:
            if (at := waiting.pop()) not in found:
                found.add(at)
                waiting += below.get(at, ())
        return found

    return {(a, c) for a, c in arrows if not any(c in reached(b) for b in below[a] if b != c)}


def measured(arrows: Arrows, layers: Layers) -> str:
    """How many rooms, floors and arrows: what a newcomer has to keep in mind."""
    rooms = sum(len(layer) for layer in layers)
    return f"{rooms} rooms and modules on the ground, {len(layers)} floors, {len(arrows)} arrows"


def picture(graph: grimp.ImportGraph) -> str:
    """An SVG of all packages side by side, the highest floor on top."""
    parts: list[str] = []
    left, height = MARGIN, 0
    for package in PACKAGES:
        layers = layers_of(package)
        arrows = arrows_of(graph, package)
        width = max(len(layer) for layer in layers) * (BOX_WIDTH + GAP_X) - GAP_X
        width = max(width, 2 * BOX_WIDTH + GAP_X)
        places: dict[str, tuple[float, float]] = {}
        for floor, layer in enumerate(layers):
            row = len(layer) * (BOX_WIDTH + GAP_X) - GAP_X
            # Floors of one room step from side to side, so that an arrow past a floor does not run through its box.
            slack = width - row
            start = left + (slack * (floor % 3) / 2 if len(layer) == 1 else slack / 2)
            for at, room in enumerate(layer):
                places[room] = (start + at * (BOX_WIDTH + GAP_X), MARGIN + HEAD + floor * (BOX_HEIGHT + GAP_Y))
        parts.append(f'<text class="head" x="{left}" y="{MARGIN + 12}">{package}/</text>')
        parts.append(f'<text class="small" x="{left}" y="{MARGIN + 26}">{measured(arrows, layers)}</text>')
        for one, other in sorted(direct(arrows)):
            if one in places and other in places:
                (x1, y1), (x2, y2) = places[one], places[other]
                parts.append(
                    f'<line x1="{x1 + BOX_WIDTH / 2:g}" y1="{y1 + BOX_HEIGHT:g}" '
                    f'x2="{x2 + BOX_WIDTH / 2:g}" y2="{y2 - 2:g}" marker-end="url(#tip)"/>'
                )
        for room, (x, y) in places.items():
            kind = "room" if (ROOT / package / room / "__init__.py").exists() else "module"
            parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="3"/>')
            parts.append(f'<text x="{x + BOX_WIDTH / 2:g}" y="{y + 17:g}" text-anchor="middle">{escape(room)}</text>')
        height = max(height, MARGIN * 2 + HEAD + len(layers) * (BOX_HEIGHT + GAP_Y))
        left += width + 3 * MARGIN
    style = (
        "text{font:11px sans-serif;fill:#222}.head{font-weight:bold;font-size:13px}.small{font-size:9px;fill:#666}"
        "line{stroke:#999;stroke-width:1}.room{fill:#eef3fa;stroke:#4a6fa5}.module{fill:#fff;stroke:#999}"
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0L6 3L0 6z" fill="#999"/></marker></defs>'
    )
    size = f'width="{left - 2 * MARGIN}" height="{height}" viewBox="0 0 {left - 2 * MARGIN} {height}"'
    back = '<rect width="100%" height="100%" fill="#fff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>{tip}{back}'
    return "\n".join([head, *parts, "</svg>", ""])


def table(package: str) -> str:
    """The rooms of a package from top to bottom: what lives there, who may enter, what never may."""
    lines = ["| room | what lives there | who may enter; what never may |", "|---|---|---|"]
    for layer in layers_of(package):
        for room in layer:
            place = ROOT / package / room
            path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            first, _, rest = said.partition("\n\n")
            others = " ".join(rest.split()) if place.is_dir() else "everything above"
            lines.append(f"| `{room}` | {' '.join(first.split())} | {others} |")
    return "\n".join(lines)


def with_tables(text: str) -> str:
    """Return the document with its tables made anew between their marks."""
    for package in PACKAGES:
        begin, end = f"<!-- rooms: {package} -->\n", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        if not mark:
            raise SystemExit(f"docs/architecture.md has no place for the rooms of {package}")
        text = before + mark + table(package) + "\n" + rest[rest.index(end) :]
    return text


def misfits() -> Mapping[Path, str]:
    """What would be written, for each file that no longer fits the code."""
    text = DOCUMENT.read_text("utf-8")
    wanted = {PICTURE: picture(grimp.build_graph(*PACKAGES)), DOCUMENT: with_tables(text)}
    return {path: new for path, new in wanted.items() if not path.exists() or path.read_text("utf-8") != new}


def main() -> None:
    """Say what no longer fits (exit code 1), or write it."""
    found = misfits()
    if "--write" in sys.argv[1:]:
        for path, text in found.items():
            path.write_text(text, "utf-8")
    for path in found:
        print(f"{'wrote' if '--write' in sys.argv[1:] else 'no longer fits'}: {path.relative_to(ROOT)}")
    if found and "--write" not in sys.argv[1:]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
