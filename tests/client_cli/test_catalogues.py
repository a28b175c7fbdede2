"""Catalogues: complete, in step, with the words for people and without those that are never shown."""

import re
import string
from collections.abc import Iterator

import pytest

from client_cli import i18n
from client_cli.commands.help import PLACEHOLDERS
from client_cli.terminal.particles import PAIRS
from lab import catalogues

EVERY_LANGUAGE = [*catalogues.TRANSLATED, "en"]
# Words that are never shown (docs/translating.md, Words).
NEVER = {
    "en": r"\b(server|keys?|verif\w*|encrypt\w*|decrypt\w*|upload\w*|drop\w*|secrets?|forever)\b"
    r"|\b(safe\w*|secur\w*|anonym\w*)\b|\brelays?\b",
    "ko": r"메시지|서버|패스워드|비밀번호|인증|탈북|남조선|브로커|암호|업로드"
    r"|안전|익명|영원히|중계|릴레이|(^|\s)키(를|가|는|로|\s|$)",
    "zh": r"服务器|密钥|验证|认证|加密|解密|上传|密码|安全|匿名|永久|永远|脱北|中介|消息|中继|邮箱",
}
GLOSSARY = {  # docs/translating.md, Words
    "met in person": "직접 만나 확인함",
    "answered": "질문으로 확인함",
    "not confirmed": "아직 확인 안 됨",
    "Opening words: ": "여는 말: ",
    "paused": "잠시 멈춤",
}


def translations(language: str) -> Iterator[tuple[str, str]]:
    """Every text with its translation, plural forms one by one."""
    source = catalogues.template() if language == "en" else catalogues.read(language)
    for message in source:
        if not message.id:
            continue
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        translated = message.string or ""
        shown = texts if language == "en" else [translated] if isinstance(translated, str) else list(translated)
        for index, text in enumerate(shown):
            yield texts[min(index, len(texts) - 1)], text


def fields(text: str) -> set[str]:
    return {name.split("!")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_catalogue_is_complete(language: str) -> None:
    wanted = {message.id for message in catalogues.template() if message.id}
    assert {message.id for message in catalogues.read(language) if message.id} == wanted
    assert not [text for text, translated in translations(language) if not translated.strip()]


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_compiled_catalogue_is_in_step(language: str) -> None:
    path = catalogues.po_path(language).with_suffix(".mo")
    assert path.read_bytes() == catalogues.compiled(catalogues.read(language))


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_translations_have_the_same_values_to_put_in(language: str) -> None:
    wrong = [text for text, translated in translations(language) if fields(text) != fields(translated)]
    assert not wrong


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_words_never_shown_are_not_shown(language: str) -> None:
    shown = [re.sub(r"{\w+}", "", text) for _, text in translations(language)]  # the name of a value is not shown
    wrong = [text for text in shown if re.search(NEVER[language], text, re.IGNORECASE)]
    assert not wrong


def test_korean_uses_the_words_of_the_glossary() -> None:
    shown = dict(translations("ko"))
    assert {text: shown[text] for text in GLOSSARY} == GLOSSARY


def test_no_english_placeholder_is_left_in_a_translation() -> None:
    placeholder = re.compile(rf"(?<![-\w])(?:{'|'.join(PLACEHOLDERS - {'IN'})}|PICTURE)(?!\w)")
    for language in catalogues.TRANSLATED:
        assert not [text for _, text in translations(language) if placeholder.search(text)]


def test_no_title_follows_a_name_that_somebody_chose() -> None:
    """Nobody calls a daughter 딸 님, or writes 딸께."""
    assert not [text for _, text in translations("ko") if re.search(r"}\W*(님|께)", text)]


def test_a_particle_behind_a_value_names_both_forms() -> None:
    """What follows a name depends on its last sound, so no translation can write it out."""
    ends = "|".join(sorted({form for pair in PAIRS for form in pair.split("/")}, key=len, reverse=True))
    written = re.compile(rf"{{\w+}}[’”\"']?(?:{ends})(?![가-힣])|\((?:{ends}|으|이)\)")
    assert not [text for _, text in translations("ko") if written.search(text)]
    for language in EVERY_LANGUAGE:
        wanted = set(PAIRS) if language == "ko" else set()
        specs = {spec for _, text in translations(language) for _, _, spec, _ in string.Formatter().parse(text) if spec}
        assert specs <= wanted


def test_texts_that_click_fills_in_have_no_particles() -> None:
    of_click = {one for text in catalogues.CLICK_TEXTS for one in ((text,) if isinstance(text, str) else text)}
    shown = [translated for text, translated in translations("ko") if text in of_click]
    assert shown
    assert not [text for text in shown if any(pair in text for pair in PAIRS)]


@pytest.mark.parametrize(
    ("language", "others"), [("ko", r"닿|(?<!들어)(?<!나)와 있"), ("zh", r"送达|(?<!发)送到|[还没已]到(?!达)|到于")]
)
def test_there_is_one_word_for_arrived(language: str, others: str) -> None:
    """도착, 到达: another word would be read as another state. A post box is reached, which is no arrival."""
    reached = re.compile("우편함|信箱")
    wrong = [text for _, text in translations(language) if re.search(others, text) and not reached.search(text)]
    assert not wrong


def test_command_lines_in_translations_are_unchanged() -> None:
    command = re.compile(r"sosik (?:setup|join|meet|write|read|people|online)(?: --[a-z]+)?")
    for language in catalogues.TRANSLATED:
        for text, translated in translations(language):
            assert sorted(command.findall(text)) == sorted(command.findall(translated)), text


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANGUAGE": "fr:ko:en", "LANG": "en_US.UTF-8"}, "ko"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_language_before_the_vault_opens_is_that_of_the_environment(environ: dict[str, str], language: str) -> None:
    assert i18n.language_of(environ) == language
