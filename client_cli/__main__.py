"""Start of `sosik`: language, then the command, then one sentence for whatever went wrong.

Invariant: a person never sees a traceback for something that the program foresees; the exit codes are those of
docs/family.md, Exit codes.
"""

import os
import sys

INTERRUPTED = 130  # 128 + SIGINT, as shells count it


def main() -> None:
    """Run one command and end the process with its exit code."""
    from client_cli import i18n

    i18n.use(i18n.language_of(os.environ))
    i18n.use_for_click()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # an old terminal shows question marks instead of ending the program
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    import click

    from client_cli import terminal
    from client_cli.cli import sosik
    from client_cli.errors import SosikError
    from client_cli.i18n import _

    try:
        result = sosik.main(arguments, prog_name="sosik", standalone_mode=False)
    except SosikError as error:
        terminal.warn(_(error.msgid), **error.params)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        terminal.warn(_("Stopped; nothing that you did not see confirmed was changed."))
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; end quietly
        return 1
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
