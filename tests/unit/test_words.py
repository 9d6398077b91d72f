"""Are the words of a text found in any script, by the Unicode rules, and is a word one word however it is spelled?"""

import unicodedata

import numpy as np
import pytest

from genloss import Problem
from genloss.populations import Places
from genloss.populations.text import tokens, words
from genloss.study.spec.text_data import text_of

SCRIPTS = {
    "Latin": ("L’été, naïve cafés: 12 Äpfel, Straße!", ("l'été", "naïve", "cafés", "äpfel", "strasse")),
    "Vietnamese": ("Việt Nam đẹp.", ("việt", "nam", "đẹp")),
    "Greek": ("Ὁ ἄνθρωπος — φύσει.", ("ὁ", "ἄνθρωποσ", "φύσει")),  # the final sigma is folded
    "Cyrillic": ("Мой дядя, самых; честных.", ("мой", "дядя", "самых", "честных")),
    "Arabic": ("بِسْمِ اللَّهِ، الرَّحْمَنِ", ("بِسْمِ", "اللَّهِ", "الرَّحْمَنِ")),
    "Hebrew": ('בְּרֵאשִׁית בָּרָא; צה"ל', ("בְּרֵאשִׁית", "בָּרָא", 'צה"ל')),
    "Devanagari": ("सभी मनुष्यों को। गौरव", ("सभी", "मनुष्यों", "को", "गौरव")),
    "Thai": ("ภาษาไทยง่ายมาก", ("ภาษา", "ไทย", "ง่าย", "มาก")),
    "Chinese": ("我爱北京，天安门。", ("我", "爱", "北京", "天安门")),
    "Japanese": ("カタカナと東京。", ("カタカナ", "と", "東京")),
    "Korean": ("한국어 단어, 둘.", ("한국어", "단어", "둘")),
}


def composed(found):
    return tuple(unicodedata.normalize("NFC", word) for word in found)


@pytest.mark.parametrize("script", SCRIPTS)
def test_words_of_a_script(script):
    text, expected = SCRIPTS[script]
    assert words(text) == composed(expected)
    assert words(unicodedata.normalize("NFD", text)) == words(text)  # letters and marks apart are the same words
    assert words(text.upper()) == words(text)


def test_what_is_a_word():
    assert words("") == ()
    assert words("12 + 3.14 = ?!") == ()
    assert words("Aaron's rod -- 'quoted' day-spring x2y e.g. snake_case") == (
        "aaron's", "rod", "quoted", "day", "spring", "x2y", "e.g", "snake_case",
    )  # fmt: skip
    assert tokens("naïve x2y") == ("na", "ve", "x", "y")  # the rule of the catalog's English texts is another


@pytest.mark.parametrize("script", ["Cyrillic", "Arabic", "Devanagari", "Thai", "Chinese"])
def test_a_study_reads_a_text_of_any_script(script, tmp_path):
    text, expected = SCRIPTS[script]
    path = tmp_path / "mine.txt"
    path.write_text(f"{text}\n" * 60, encoding="utf-8")
    population = {"kind": "text", "file": str(path), "held_out": 0.1, "sha256": None}
    read = text_of(population, Places())
    assert read.vocabulary == len(set(expected))
    assert read.real.size + read.held_out.size == 60 * len(expected)
    assert np.array_equal(read.real[: len(expected)], read.real[len(expected) : 2 * len(expected)])
    short = tmp_path / "short.txt"
    short.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=f"{len(expected)} words"):
        text_of({**population, "file": str(short)}, Places())
