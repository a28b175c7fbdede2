"""Start of `sosik`: language, then the command, then one sentence for whatever went wrong.

Invariant: a person never sees a traceback for something that the program foresees; the exit codes are those of
Spec: docs/family.md, Exit codes.
"""

import errno
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import click


def main() -> None:
    """Run one command and end the process with its exit code."""
    from client_cli import i18n
    from client_cli.seams import forbid_core_dumps

    forbid_core_dumps()
    i18n.use(i18n.language_of(os.environ))
    i18n.use_for_click()
    if sys.stdout is None or sys.stderr is None:  # started with one of them closed: what is said goes nowhere
        silent = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # open until the process ends
        sys.stdout, sys.stderr = sys.stdout or silent, sys.stderr or silent
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # an old terminal shows question marks instead of ending the program
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    import click

    from client_cli.cli import sosik
    from client_cli.errors import ExitCode, SosikError
    from client_cli.i18n import _

    try:
        result = sosik.main(arguments, prog_name="sosik", standalone_mode=False)
    except SosikError as error:
        _warn(_(error.msgid), **error.params)
        return error.exit_code
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        _warn(_("Stopped. What you saw confirmed is done; the rest may not be."))
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _silence(sys.stdout)  # the reader has gone; end quietly
        return 1
    except OSError as error:
        _silence(sys.stdout)
        _warn(_(_sentence(error)))
        return ExitCode.NOT_WRITTEN
    except Exception as fault:
        if sys.flags.dev_mode:
            raise
        _silence(sys.stdout)
        _warn(
            _(
                "Sosik has a fault of its own; what you saw confirmed is kept. Please show this line to your"
                " helper: {fault}"
            ),
            fault=f"{type(fault).__name__}, {_place(fault)}",
        )
        return ExitCode.FAULT
    return result if isinstance(result, int) else 0


def _warn(template: str, **values: object) -> None:
    """Say a sentence; where not even that can be written, a log on a full disk perhaps, the exit code says it alone."""
    from client_cli.terminal import output as terminal

    try:
        terminal.warn(template, **values)
    except OSError:
        _silence(sys.stderr)


def _show(error: "click.ClickException") -> None:
    from client_cli.terminal.output import fold
    from client_cli.terminal.sanitiser import sanitise

    said = io.StringIO()
    error.show(said)
    try:
        sys.stderr.write(fold(sanitise(said.getvalue(), lines=True), sys.stderr))  # it repeats what was typed or pasted
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere, so that the end of the process does not fail on it again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _sentence(error: OSError) -> str:
    from client_cli.errors import FileRefused, VaultFull, VaultUnwritable

    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return VaultFull.sentence
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return VaultUnwritable.sentence
        case _:
            return FileRefused.sentence


def _place(fault: Exception) -> str:
    """Module and line of ours where it happened; no values, which could be private."""
    place = "?"
    trace = fault.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", "?"))
        if name.split(".")[0] in {"client_cli", "protocol"}:
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    main()
