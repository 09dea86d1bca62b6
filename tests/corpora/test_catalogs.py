"""Parallel text of translation catalogs: rules on small catalogs made here; the real corpus, loaded once."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import polib
import pytest

from tenfold.corpora import MissingDataPackage, catalogs
from tenfold.corpora.catalogs import (
    FAMILIES,
    LANGUAGES,
    ParallelCorpus,
    catalog_files,
    clean_message,
    is_text,
    load_catalogs,
    split_parallel,
)


def lines(text: bytes) -> list[str]:
    return text.decode().split("\n")


@pytest.fixture(scope="module")
def corpus() -> ParallelCorpus:
    return load_catalogs()


def test_the_corpus_is_the_one_that_its_description_states(corpus):
    assert (corpus.fingerprint, corpus.test_messages) == ("b13822f5b1b2e70d", 325)
    assert set(corpus.train) == set(corpus.test) == set(LANGUAGES)


def test_no_test_text_of_any_language_is_training_text_of_any(corpus):
    tested = {line for text in corpus.test.values() for line in lines(text)}
    assert not tested & {line for text in corpus.train.values() for line in lines(text)}


def test_every_language_has_the_same_number_of_test_messages_and_no_training_message_twice(corpus):
    assert {len(lines(text)) for text in corpus.test.values()} == {325}
    for text in corpus.train.values():
        assert len(set(lines(text))) == len(lines(text))


def test_test_messages_of_one_line_mean_the_same(corpus):
    rows = [
        dict(zip(LANGUAGES, row, strict=True)) for row in zip(*map(lines, corpus.test.values()), strict=True)
    ]
    by_german = {row["de"]: row for row in rows}
    assert by_german["Statistikdiagramme"]["fr"] == "Diagrammes statistiques"
    assert by_german["Statistikdiagramme"]["ru"] == "Статистические графики"
    assert by_german["Statistikdiagramme"]["zh_TW"] == "統計圖示"


def test_every_family_has_text_for_a_run_of_a_million_tokens_on_it_alone(corpus):
    for languages in FAMILIES.values():
        assert sum((len(corpus.train[language]) - 1) // 64 for language in languages) >= 2**20 // 64


def test_families_hold_each_of_the_23_languages_once():
    assert list(map(len, FAMILIES.values())) == [6, 6, 6, 2, 3]
    assert len(set(LANGUAGES)) == len(LANGUAGES) == 23


# Splitting


def position(identifier: str) -> float:
    return int(hashlib.sha256(identifier.encode()).hexdigest()[:8], 16) / 2**32


IDENTIFIERS = [f"message {number}" for number in range(600)]
HELD_OUT = sorted((i for i in IDENTIFIERS if position(i) < 1 / 12), key=position)


def messages(*languages: str) -> dict[str, dict[str, str]]:
    return {language: {i: f"{language} {i}" for i in IDENTIFIERS} for language in languages}


def test_a_twelfth_of_the_messages_is_held_out_in_every_language_line_by_line():
    split = split_parallel(messages("de", "fr"))
    assert 30 < len(HELD_OUT) < 70
    for language in ("de", "fr"):
        assert lines(split.test[language]) == [f"{language} {i}" for i in HELD_OUT]
        rest = sorted(set(IDENTIFIERS) - set(HELD_OUT), key=position)
        assert lines(split.train[language]) == [f"{language} {i}" for i in rest]
    assert split.test_messages == len(HELD_OUT)


def test_a_message_missing_in_one_language_is_training_text_in_the_others():
    given = messages("de", "fr")
    del given["fr"][HELD_OUT[0]]
    split = split_parallel(given)
    assert f"de {HELD_OUT[0]}" in lines(split.train["de"])
    assert [len(lines(text)) for text in split.test.values()] == [len(HELD_OUT) - 1] * 2


def test_the_order_in_which_messages_are_read_does_not_matter():
    given = messages("de", "fr")
    turned = {language: dict(reversed(texts.items())) for language, texts in given.items()}
    assert split_parallel(turned) == split_parallel(given)


def test_training_text_that_is_test_text_in_any_language_is_dropped():
    given = messages("nb", "da")
    trained = next(i for i in IDENTIFIERS if i not in HELD_OUT)
    given["da"][trained] = given["nb"][HELD_OUT[3]]
    train = split_parallel(given).train
    assert given["nb"][HELD_OUT[3]] not in lines(train["da"])
    assert len(lines(train["da"])) == len(lines(train["nb"])) - 1


def test_a_text_that_comes_twice_is_kept_once_in_its_language_and_kept_in_the_other():
    given = messages("nb", "da")
    first, second, third = [i for i in IDENTIFIERS if i not in HELD_OUT][:3]
    given["nb"][first] = given["nb"][second] = given["da"][third] = "samme tekst"
    train = split_parallel(given).train
    assert [lines(train[language]).count("samme tekst") for language in ("nb", "da")] == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: replace(c, train=c.train | {"de": c.train["de"] + b"!"}),
        lambda c: replace(c, test=c.test | {"fr": c.test["fr"][:-1]}),
        lambda c: replace(c, train={"de": c.train["fr"], "fr": c.train["de"]}),
        lambda c: replace(c, train=c.test, test=c.train),
    ],
    ids=["a byte more", "a byte less", "languages exchanged", "parts exchanged"],
)
def test_fingerprint_changes_with_the_text(change):
    split = split_parallel(messages("de", "fr"))
    assert change(split).fingerprint != split.fingerprint
    assert split_parallel(messages("de", "fr")).fingerprint == split.fingerprint


# Cleaning


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Zu %s gehörend", "Zu gehörend"),
        ("%(count)d Dateien", "Dateien"),
        ("%(total).2f Euro", "Euro"),
        ("%1$s von %2$d Seiten", "von Seiten"),
        ("Höhe %-5.2f Meter", "Höhe Meter"),
        ("Datei {name} fehlt", "Datei fehlt"),
        ("Datei {} fehlt", "Datei fehlt"),
        ("Datei ${name} fehlt", "Datei fehlt"),
        ("Datei %{name} fehlt", "Datei fehlt"),
        ("ein <b class='x'>fettes</b> Wort", "ein fettes Wort"),
        ("Zeile<br/>", "Zeile"),
        ("Fische &amp; Vögel&#160;", "Fische Vögel"),
        ("Siehe https://example.org/a?b=1 hier", "Siehe hier"),
        ("_Datei öf_fnen", "Datei öffnen"),
        ("50% aller, 50 % der Seiten", "50% aller, 50 % der Seiten"),
        ("zwei\n  Zeilen\t", "zwei Zeilen"),
        ("e\u0301te\u0301", "été"),
        ("un\u200bsichtbar", "unsichtbar"),
    ],
)
def test_placeholders_and_markup_go_and_words_stay(text, cleaned):
    assert clean_message(text) == cleaned


@pytest.mark.parametrize("text", ["", "a", "1234", "a1", "2 x", "...", "a - b - c", "12:30 h"])
def test_signs_and_single_letters_are_no_text(text):
    assert not is_text(text)


@pytest.mark.parametrize("text", ["ja", "是的", "да", "ab12", "Größe: 12", "ne…"])
def test_two_letters_that_are_half_of_the_characters_are_text(text):
    assert is_text(text)


# Reading


@pytest.fixture
def package(tmp_path, monkeypatch) -> Callable[..., None]:
    """package(name, {path: catalog}) installs a package with these catalogs, None being an empty file."""

    def install(name: str, files: dict[str, polib.POFile | None]) -> None:
        for path, catalog in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            if catalog is not None:
                catalog.save_as_mofile(str(file))
        information = tmp_path / f"{name}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (information / "RECORD").write_text("".join(f"{name}/{path},,\n" for path in files))

    monkeypatch.syspath_prepend(tmp_path)
    return install


def catalog(*entries: polib.POEntry, **translations: str) -> polib.POFile:
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    made.extend([*entries, *(polib.POEntry(msgid=i, msgstr=text) for i, text in translations.items())])
    return made


def compiled(folder: str, name: str = "django", locale: str = "locale") -> str:
    return f"{locale}/{folder}/LC_MESSAGES/{name}.mo"


@pytest.fixture
def read(package, monkeypatch) -> Callable[..., list[str]]:
    """The German messages that are read from packages of one catalog each."""

    def read_german(*made: polib.POFile) -> list[str]:
        names = [f"toy{number}" for number in range(len(made))]
        for name, one in zip(names, made, strict=True):
            package(name, {compiled("de"): one})
        monkeypatch.setattr(catalogs, "PACKAGES", tuple(names))
        text = load_catalogs.__wrapped__().train["de"]
        return sorted(lines(text)) if text else []

    return read_german


def test_translations_are_read_cleaned(read):
    assert read(catalog(**{"Delete %s": "%s löschen", "_File": "_Datei"})) == ["Datei", "löschen"]


def test_of_a_plural_the_first_form_is_read(read):
    plural = polib.POEntry(
        msgid="%d file", msgid_plural="%d files", msgstr_plural={0: "%d Datei", 1: "%d Dateien"}
    )
    assert read(catalog(plural)) == ["Datei"]


def test_untranslated_messages_are_left_out(read):
    made = catalog(Gramps="Gramps", Empty="", **{"<b>Wagtail</b>": "<i>Wagtail</i>", "Yes": "Ja"})
    assert read(made) == ["Ja"]


def test_fuzzy_messages_are_out_because_compiling_a_catalog_drops_them(read):
    assert read(catalog(polib.POEntry(msgid="Open", msgstr="Geschlossen", flags=["fuzzy"]), Yes="Ja")) == [
        "Ja"
    ]


def test_messages_that_are_no_text_are_left_out(read):
    assert read(catalog(time="%H:%M", number="12,5", Yes="Ja")) == ["Ja"]


def test_of_a_message_in_two_packages_the_first_named_counts(read):
    assert read(catalog(Search="Suche"), catalog(Search="Suchen", Yes="Ja")) == ["Ja", "Suche"]


def test_messages_translated_into_every_language_are_held_out_and_others_are_not(package, monkeypatch):
    held_out, kept = HELD_OUT[0], next(i for i in IDENTIFIERS if i not in HELD_OUT)
    alone = HELD_OUT[1]
    files = {
        compiled(language): catalog(**{held_out: f"probe {language}", kept: f"text {language}"})
        for language in LANGUAGES
    }
    package(
        "toy", files | {compiled("de"): catalog(**{held_out: "probe de", kept: "text de", alone: "allein"})}
    )
    monkeypatch.setattr(catalogs, "PACKAGES", ("toy",))
    split = load_catalogs.__wrapped__()
    assert {language: lines(text) for language, text in split.test.items()} == {
        language: [f"probe {language.replace('_', '')}"] for language in LANGUAGES
    }
    assert set(lines(split.train["de"])) == {"text de", "allein"}
    assert lines(split.train["fi"]) == ["text fi"]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        (compiled("de"), "de"),
        (compiled("de_DE"), "de"),
        (compiled("pt"), "pt_PT"),
        (compiled("pt_BR"), "pt_BR"),
        (compiled("zh_Hans"), "zh_CN"),
        (compiled("zh_Hant"), "zh_TW"),
        (compiled("zh_HK"), "zh_HK"),
        (compiled("nb_NO"), "nb"),
        (compiled("no", "plone", "locales"), "nb"),
        (compiled("cs_CZ"), "cs"),
    ],
)
def test_folders_are_known_by_the_languages_they_hold(path, language, package):
    package("toy", {path: catalog(Yes="Ja")})
    assert [found for found, _ in catalog_files("toy")] == [language]


@pytest.mark.parametrize(
    "path",
    [compiled("en"), compiled("de_AT"), compiled("de").replace(".mo", ".po"), "locale/de/django.mo"],
    ids=["English", "a variant", "not compiled", "another folder"],
)
def test_other_files_are_not_read(path, package):
    package("toy", {path: None})
    assert list(catalog_files("toy")) == []


def test_catalogs_come_in_order_of_path(package):
    package("toy", {compiled("fr", "b"): None, compiled("de"): None, compiled("fr", "a"): None})
    assert [(found, file.stem) for found, file in catalog_files("toy")] == [
        ("de", "django"), ("fr", "a"), ("fr", "b"),
    ]  # fmt: skip


def test_a_missing_package_is_named_with_the_remedy():
    with pytest.raises(MissingDataPackage, match=r"'no-such-package' is not installed.*make setup"):
        list(catalog_files("no-such-package"))


def test_a_file_that_is_no_compiled_catalog_is_an_error(package, monkeypatch, tmp_path):
    package("toy", {compiled("de"): None})
    (tmp_path / "toy" / compiled("de")).write_text('msgid "Yes"\nmsgstr "Ja"\n')
    monkeypatch.setattr(catalogs, "PACKAGES", ("toy",))
    with pytest.raises(OSError, match="Invalid mo file"):
        load_catalogs.__wrapped__()
