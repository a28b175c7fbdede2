"""What an operator is told when something is wrong: one sentence each, with the exit code of `docs/operators.md`.

Each message says what happened, what is kept and what to do; none names a secret, a client or an identifier.
What a stranger's bytes cause is `ProtocolError` and never ends a relay.
"""


class RelayError(Exception):
    """Root of the errors of this package; `str()` of it is the sentence shown."""

    exit_code = 1


class ConfigProblem(RelayError):
    """relay.toml is missing, is not TOML, or has an unknown or unusable key, which the message names."""

    exit_code = 3


class FileProblem(RelayError):
    """A file is missing, readable by others, damaged, or cannot be written."""

    exit_code = 4


class RosterProblem(RelayError):
    """The roster is missing, invalid, expired, or does not name this relay."""

    exit_code = 5


TAKEN_OFF = (
    "The community has taken this relay off its roster; what is stored is kept and nobody asks for it; if it shall go "
    "on, make it anew with sosik-relay init and have its new card added to the roster."
)


class ClockProblem(RelayError):
    """This machine's clock is before the day on which the roster was made."""

    exit_code = 6


class PortTaken(RelayError):
    """The address to listen on is in use, or not one of this machine's."""

    exit_code = 7


class AlreadyRunning(RelayError):
    """Another process runs the relay of this directory."""

    exit_code = 8


class StoreFailed(RelayError):
    """The store cannot commit; nothing that was acknowledged is lost."""

    exit_code = 9


class StoreAway(StoreFailed):
    """The database cannot be reached; the relay waits for it to come back."""


class ClockLeapt(RelayError):
    """This machine's clock is weeks past all that was signed; going by it would erase what cannot be had again."""

    exit_code = 10
