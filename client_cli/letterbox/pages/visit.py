"""One sitting at the letter box: the pages one has gone through, the open vault, and what a key does.

Invariant: an interface shows `view()` and hands on what was pressed or typed; everything else - the vault, what may be
written, what is erased - is decided by the pages, so that the full screen and the menus cannot differ. Nothing here
makes an exchange or moves a slot. Spec: docs/family.md, The letter box.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, unique
from pathlib import Path

from client_cli import i18n
from client_cli.errors import SosikError
from client_cli.i18n import N_, _
from client_cli.inbox.letters import ErasedLetter
from client_cli.letterbox.pages.blocks import Block, Words
from client_cli.terminal import output
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.seams import Clock, Entropy

__all__ = ["BACK", "HELP", "IDLE_S", "Action", "Ask", "AskKind", "Choice", "Page", "View", "Visit", "ask_page", "menu"]

BACK = "0"
HELP = "?"
IDLE_S = 300.0
"""Without a key for so long the letters are closed."""
GENERAL_HELP = (
    N_("Press the number that stands before what you want."),
    N_("0 goes back; on the first page it closes the program. Your letters stay here."),
    N_(
        "While you type: Enter goes on; a line with 0 alone or an empty one goes back; ? on an empty line is this help."
    ),
    N_("A letter of several lines ends with Esc, or with a line that holds only a full stop ( . )."),
    N_("Arrows and Page Up, Page Down move a long text."),
)


@unique
class AskKind(Enum):
    """What a person is asked to type."""

    LINE = "one line"
    LETTER = "several lines"
    WORDS = "opening words, not shown"


Action = Callable[["Visit"], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """A number key and what it does."""

    key: str
    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Ask:
    """A place to type; `then` gets what was typed, after the page that asked was left."""

    prompt: str
    kind: AskKind
    then: "Callable[[Visit, str], None]"


@dataclass(frozen=True, slots=True)
class View:
    """One page as it stands now. `leave`: what going back does, if not only that. `passing`: it shows what is erased
    after.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    choices: tuple[Choice, ...] = ()
    ask: Ask | None = None
    back: str = ""
    leave: Action | None = None
    help: tuple[str, ...] = ()
    passing: bool = False


Page = Callable[["Visit"], View]


@dataclass
class Visit:
    """The state of one sitting. `first`: the page on which a locked letter box opens again. `erased`: letters that can
    be taken back, the last one last, until the page `erased_on` is left.
    """

    home: Path
    clock: Clock
    entropy: Entropy
    words_fd: int | None = None
    language: str | None = None
    vault: Vault | None = None
    notice: str = ""
    draft: str = ""
    large: bool = False
    ended: bool = False
    first: "Page | None" = None
    touched: float = 0.0
    pages: list[Page] = field(default_factory=list)
    erased: list[ErasedLetter] = field(default_factory=list)
    erased_on: "Page | None" = None

    @property
    def opened(self) -> Vault:
        """The open vault; pages behind the opening words ask for it."""
        if self.vault is None:
            raise RuntimeError("the letters are closed")
        return self.vault

    def now(self) -> float:
        """Unix seconds."""
        return self.clock.now()

    def push(self, page: Page) -> None:
        """Go on to a page."""
        self.draft = ""
        self.pages.append(page)

    def pop(self) -> None:
        """Go back one page."""
        self.draft = ""
        self.pages.pop()
        self.ended = not self.pages
        self._let_go()

    def restart(self, *pages: Page) -> None:
        """Go to these pages and forget the way here."""
        self.draft = ""
        self.pages = list(pages)
        self._let_go()

    def hold(self, letter: ErasedLetter, on: Page) -> None:
        """Hold an erased letter, to be taken back until the page `on` is left."""
        self.erased_on = on
        self.erased.append(letter)

    def _let_go(self) -> None:
        if self.erased_on not in self.pages:
            self.erased.clear()

    def tell(self, template: str, **values: object) -> None:
        """Show one sentence above the choices until the next key."""
        self.notice = output.sentence(template, **values)

    def view(self) -> View:
        """The page as it stands now."""
        try:
            return self.pages[-1](self)
        except SosikError as error:
            self.tell(_(error.msgid), **error.params)
            return View("", back=_("back"))

    def press(self, key: str) -> None:
        """A key on a page: a number, 0 or ?. Other keys do nothing."""
        view = self.view()
        self.notice = ""
        try:
            if key == HELP:
                self.help("")
            elif key == BACK:
                (view.leave or Visit.pop)(self)
            else:
                for choice in view.choices:
                    if choice.key == key:
                        choice.action(self)
        except SosikError as error:
            self.tell(_(error.msgid), **error.params)

    def help(self, typed: str) -> None:
        """Open the help of this page; what was `typed` here stands there again afterwards."""
        self.pages.append(help_page(self.view(), typed))

    def enter(self, text: str) -> None:
        """What was typed on a page that asks; a line with 0 alone goes back. What cannot be taken stands there again,
        to be mended.
        """
        ask = self.view().ask
        if ask is None:
            return
        if ask.kind is not AskKind.LETTER and unicodedata.normalize("NFKC", text).strip() == BACK:
            self.press(BACK)
            return
        self.notice = ""
        before = list(self.pages)
        try:
            self.pop()
            ask.then(self, text)
            self.ended = not self.pages
        except SosikError as error:
            self.pages, self.ended = before, False
            self.draft = "" if ask.kind is AskKind.WORDS else text
            self.tell(_(error.msgid), **error.params)

    def use_vault(self, vault: Vault) -> None:
        """Take an opened vault and the choices that it holds."""
        from client_cli.vault.settings import change_settings, settings

        self.vault = vault
        chosen = settings(vault).language
        if self.language is not None and self.language != chosen:
            chosen = change_settings(vault, language=self.language).language
        i18n.use(chosen)
        with vault.transaction() as tx:
            self.large = tx.get(Key.LARGE_TEXT) == b"1"

    def turn_large(self) -> None:
        """Wider spacing, or usual spacing again; remembered."""
        self.large = not self.large
        with self.opened.transaction() as tx:
            tx.put(Key.LARGE_TEXT, b"1" if self.large else b"0")

    def touch(self) -> None:
        """Somebody is there."""
        self.touched = self.now()

    def idle(self) -> bool:
        """Whether the letters have been open with nobody at the keys for IDLE_S; then lock."""
        return self.vault is not None and self.now() - self.touched >= IDLE_S

    def lock(self) -> None:
        """Close the letters here and in a running `online`; the opening words open them again."""
        from client_cli.vault.lock import request_lock

        confirmed = request_lock(self.home)
        self.close()
        if self.first is not None:
            self.restart(self.first)
        if confirmed:
            self.tell(_("Locked. Your letters open again with the opening words only."))
        else:
            self.tell(_("sosik online has not confirmed yet that it is locked; it will be at its next step."))

    def close(self) -> None:
        """Close the letters."""
        self.erased.clear()
        if self.vault is not None:
            self.vault.close()
            self.vault = None


def help_page(about: View, typed: str) -> Page:
    """What can be done on a page, and the keys that are the same everywhere."""
    texts = [*about.help, *(_(text) for text in GENERAL_HELP)]
    blocks = tuple(block for text in texts for block in (Words(text), Words()))

    def put_back(visit: Visit) -> None:
        visit.pop()
        visit.draft = typed

    return lambda visit: View(_("Help"), blocks, back=_("back"), leave=put_back)


def ask_page(
    title: str, prompt: str, kind: AskKind, then: Callable[[Visit, str], None], *blocks: Block, help: str = ""
) -> Page:
    """A page that asks for one thing to be typed."""
    return lambda visit: View(
        title, tuple(blocks), ask=Ask(prompt, kind, then), back=_("back"), help=(help,) if help else ()
    )


def menu(title: str, blocks: tuple[Block, ...], *answers: tuple[str, Action]) -> Page:
    """A page with a few answers, numbered from 1."""
    choices = tuple(Choice(str(number), label, action) for number, (label, action) in enumerate(answers, start=1))
    return lambda visit: View(title, blocks, choices, back=_("back"))
