"""Every error a person can meet.

Invariant: the class docstring-like `sentence` is what is shown - what happened, what is kept, what to do - and no
secret, address or identifier is ever part of it. `msgid` and `params` are kept apart so that the sentence can be
translated before the names are put in. Spec: docs/protocol.md, Words shown to people.
"""

from enum import IntEnum, unique
from typing import ClassVar

from client_cli.i18n import N_

__all__ = [
    "AlreadyJoined",
    "AlreadyOnline",
    "BackupDamaged",
    "BackupNewer",
    "BackupTooLarge",
    "BundleProblem",
    "CardProblem",
    "ExitCode",
    "FileRefused",
    "KeyUnavailable",
    "LetterEmpty",
    "LetterTooLong",
    "NameProblem",
    "NoBackup",
    "NoSuchLetter",
    "NoSuchPerson",
    "NotJoined",
    "NotReady",
    "ProxyProblem",
    "SosikError",
    "VaultBusy",
    "VaultDamaged",
    "VaultExists",
    "VaultFull",
    "VaultMissing",
    "VaultNewer",
    "VaultRemains",
    "VaultUnwritable",
    "WordsProblem",
    "WrongWords",
]


@unique
class ExitCode(IntEnum):
    """What a script learns from the end of `sosik`; the table of docs/family.md, Exit codes."""

    DONE = 0
    REFUSED = 1
    USAGE = 2  # click's own, for a command line that is not right
    WRONG_WORDS = 3
    NOTHING_SET_UP = 4
    DAMAGED = 5
    BUSY = 6
    ALREADY_ONLINE = 7
    NOT_JOINED = 8
    LOCKED = 9
    NOT_CONFIRMED = 10  # asked, but the running `online` has not answered
    NO_ANSWER = 11  # no post box answered; nothing is lost
    NOT_WRITTEN = 12  # the computer refused to read or write a file
    SOME_MISSING = 13  # a part of a bundle did not come; nothing is lost
    FAULT = 70  # as sysexits.h counts a fault of the program
    INTERRUPTED = 130  # 128 + SIGINT, as shells count it


class SosikError(Exception):
    """Root of the package. `str(error)` is one English sentence; `msgid.format(**params)` gives it in any language."""

    sentence: ClassVar[str] = N_("Something went wrong; nothing was changed.")
    exit_code: ClassVar[ExitCode] = ExitCode.REFUSED

    def __init__(self, msgid: str | None = None, **params: str | int) -> None:
        self.msgid = self.sentence if msgid is None else msgid
        self.params = params
        super().__init__(self.msgid)

    def __str__(self) -> str:
        return self.msgid.format(**self.params)


class WrongWords(SosikError):
    """The opening words do not open the key file."""

    sentence = N_("These are not the opening words; nothing was changed, please try again.")
    exit_code = ExitCode.WRONG_WORDS


class WordsProblem(SosikError):
    """The chosen opening words cannot be used."""

    sentence = N_("The opening words are empty; nothing was made, please choose some.")


class VaultMissing(SosikError):
    """There is no vault in this home."""

    sentence = N_("There is nothing set up here yet; start with: sosik setup")
    exit_code = ExitCode.NOTHING_SET_UP


class VaultExists(SosikError):
    """A vault is already here, it is never overwritten."""

    sentence = N_("Sosik is already set up here; nothing was changed.")


class VaultDamaged(SosikError):
    """The key file or the database cannot be read though the words may be right."""

    sentence = N_(
        "The files of this vault are damaged; nothing was changed, put back a copy of the whole folder if you have one."
    )
    exit_code = ExitCode.DAMAGED


class VaultRemains(VaultDamaged):
    """The key file is gone and the database is not: an interrupted `leave`, or a file lost."""

    sentence = N_(
        "What opens the letters here is gone; nothing was changed, put back a copy of the whole folder, or erase the"
        " rest: sosik leave"
    )


class VaultBusy(SosikError):
    """Another process kept the database for longer than the busy timeout."""

    sentence = N_("Another sosik is busy with the vault; nothing was changed, please try again in a moment.")
    exit_code = ExitCode.BUSY


class AlreadyOnline(SosikError):
    """A second `online` on one vault."""

    sentence = N_("Sosik is already online in another window; nothing was changed, that one goes on.")
    exit_code = ExitCode.ALREADY_ONLINE


class NotJoined(SosikError):
    """The vault has no invitation and no roster yet."""

    sentence = N_(
        "You have not joined a community yet; nothing was changed, use the card your helper gave you: sosik join"
    )
    exit_code = ExitCode.NOT_JOINED


class AlreadyJoined(SosikError):
    """A second invitation, to another community."""

    sentence = N_("You have already joined a community; nothing was changed.")


class CardProblem(SosikError):
    """A card that cannot be used."""

    sentence = N_("This is not a card sosik can use; nothing was changed, please ask for a new one.")


class NameProblem(SosikError):
    """A name that cannot be used for a person."""

    sentence = N_("This name cannot be used; nothing was changed, please choose another one.")


class NoSuchPerson(SosikError):
    """Nobody of this name is in the vault."""

    sentence = N_("There is nobody called {name} here; nothing was changed, see: sosik people")


class NotReady(SosikError):
    """The person is known, but the meeting is not finished, or contact is closed."""

    sentence = N_(
        "You and {name} have not finished meeting; nothing was changed, scan each other's cards first: sosik meet"
    )


class LetterTooLong(SosikError):
    """A letter above the limit of the protocol."""

    sentence = N_("The letter is too long by {over} bytes; nothing was changed, please make two letters of it.")


class LetterEmpty(SosikError):
    """A letter without any text."""

    sentence = N_("The letter is empty; nothing was written.")


class NoSuchLetter(SosikError):
    """A letter number that is not in the vault."""

    sentence = N_("There is no letter with this number; nothing was changed.")


class KeyUnavailable(SosikError):
    """The letters key is not in memory: the vault is locked."""

    sentence = N_("The vault is locked; nothing was changed, open it with your words first.")
    exit_code = ExitCode.LOCKED


class VaultFull(SosikError):
    """The disk would not take what was written."""

    sentence = N_("There is no room left on this disk; nothing was changed, please free some space and try again.")
    exit_code = ExitCode.NOT_WRITTEN


class VaultUnwritable(SosikError):
    """The folder is on a disk that is full in a way SQLite does not tell apart, write-protected, or somebody else's."""

    sentence = N_(
        "Sosik cannot write in that folder; nothing was changed, see that the disk is not full or write-protected and"
        " that the folder is yours."
    )
    exit_code = ExitCode.NOT_WRITTEN


class FileRefused(SosikError):
    """The operating system refused a file for another reason."""

    sentence = N_(
        "This computer refused to read or write a file; what you saw confirmed is kept, look at the disk and the folder"
        " and try again."
    )
    exit_code = ExitCode.NOT_WRITTEN


class VaultNewer(SosikError):
    """The database was written by a newer program."""

    sentence = N_("This vault was written by a newer sosik; nothing was changed, please use that one.")


class ProxyProblem(SosikError):
    """A proxy that cannot be used, or not without looking its name up."""

    sentence = N_("This is not a proxy sosik can use; nothing was changed, give it as numbers: socks5://127.0.0.1:9050")


class BundleProblem(SosikError):
    """A bundle, its answers or its address file cannot be read or written."""

    sentence = N_("This is not a bundle sosik can use; nothing was changed, please ask for another copy.")


class NoBackup(SosikError):
    """A file that is something else."""

    sentence = N_("This file is no backup of Sosik; nothing was made, please look for the right one.")


class BackupDamaged(SosikError):
    """A backup that was cut or changed."""

    sentence = N_("This backup is not whole; nothing was made, please take another copy of the file.")
    exit_code = ExitCode.DAMAGED


class BackupNewer(SosikError):
    """A backup of a newer program."""

    sentence = N_("This backup was written by a newer sosik; nothing was made, please use that one.")


class BackupTooLarge(SosikError):
    """More letters than a backup holds."""

    sentence = N_("There are too many letters for one backup; nothing was written, make one without --letters.")
