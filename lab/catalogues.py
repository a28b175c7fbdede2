"""Making the catalogues: `python -m lab.catalogues update`, translate, `compile` (docs/translating.md).

Invariant: the template holds every literal that can be shown - arguments of `_`, `N_` and `ngettext`, the sentences of
the errors, and the texts of click that our commands can reach - so that a complete catalogue leaves nothing in English.
Needs babel, which is not needed to run Sosik.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

import client_cli.errors
from client_cli.i18n import DOMAIN, LOCALE_DIR

PACKAGE = Path(client_cli.__file__).parent
TRANSLATED = ("ko", "zh")
# Texts of click that our commands can show.
CLICK_TEXTS: tuple[str | tuple[str, str], ...] = (
    "Aborted!",
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    "Commands",
    "Error: {message}",
    "Examples:",
    "Invalid value for {param_hint}: {message}",
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    "Invalid value: {message}",
    "Missing argument",
    "Missing option",
    "No such command {name!r}.",
    "No such option {name!r}.",
    "Option {name!r} does not take a value.",
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    "Options",
    "Show this message and exit.",
    "Try '{command} {option}' for help.",
    "Usage:",
    "default: {default}",
    "required",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)

Message = str | tuple[str, str]


def _texts(node: ast.AST) -> Iterator[str]:
    """The literals that an argument can be: itself, or either side of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _error_classes() -> set[str]:
    return {name for name, value in vars(client_cli.errors).items() if isinstance(value, type)}


def messages_in(source: str, errors: set[str]) -> Iterator[tuple[Message, int]]:
    """Every message of one module with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            if node.func.id == "ngettext" and len(node.args) == 3:
                one, many = (next(_texts(argument)) for argument in node.args[:2])
                yield (one, many), node.lineno
            elif node.func.id in {"_", "N_"} or node.func.id in errors:
                for text in _texts(node.args[0]):
                    yield text, node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "sentence" for target in targets):
                for text in _texts(node.value):
                    yield text, node.lineno


def template() -> Catalog:
    """The catalogue of everything that can be shown, without translations."""
    found = Catalog(domain=DOMAIN, project="sosik", charset="utf-8", fuzzy=False)
    errors = _error_classes()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE.parent).as_posix()
        for message, _line in messages_in(path.read_text("utf-8"), errors):
            if message:
                found.add(message, locations=[(name, 0)])
    for text in CLICK_TEXTS:
        found.add(text, locations=[("click", 0)])
    return found


def po_path(language: str) -> Path:
    """Where translators work."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue of one language as it is on disk; empty if it has not been begun."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN, project="sosik", charset="utf-8", fuzzy=False)
    with path.open("rb") as stream:
        return pofile.read_po(stream, locale=language, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def update() -> None:
    """Bring every .po file in step with the program; what is no longer used goes."""
    current = template()
    for language in TRANSLATED:
        catalogue = read(language)
        catalogue.update(current, no_fuzzy_matching=True, update_creation_date=False)  # no text, no change
        catalogue.obsolete.clear()
        po_path(language).parent.mkdir(parents=True, exist_ok=True)
        with po_path(language).open("wb") as stream:
            pofile.write_po(stream, catalogue, width=100, sort_output=True, omit_header=False, include_lineno=False)


def compile_all() -> None:
    """Write the .mo files, which the program reads."""
    for language in TRANSLATED:
        po_path(language).with_suffix(".mo").write_bytes(compiled(read(language)))


def main(arguments: list[str]) -> int:
    """`update` or `compile`."""
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case _:
            sys.stderr.write("usage: python -m lab.catalogues update|compile\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
