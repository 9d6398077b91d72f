#!/usr/bin/env bash
# CountVectorizer cuts words at vowel signs: of five Hindi words one piece is left.
#
# Guess:    the default token pattern, (?u)\b\w\w+\b, is Unicode aware, so words of any script that stand between blanks
#           are tokens, as they are in English.
# Version:  scikit-learn 1.9.1, Python 3.11 and later.
# Seen:     \w has no combining marks, and in Devanagari, in vocalized Arabic and Hebrew, and in decomposed Latin text
#           (NFD) a mark stands inside nearly every word. Words are cut there, and pieces of one letter are dropped:
#           five Hindi words leave one piece of one, two Vietnamese words in NFD leave three pieces.
# Matters:  counts of distinct words, entropy of words and lost words, by which the diversity of made text is measured
#           generation after generation, are of pieces that are not words, and differ between NFC and NFD of one text.
# Instead:  split words by the Unicode rules (UAX 29) and give them as `analyzer=`; normalize (NFC) first.
# Output:   Hindi            5 words, 1 tokens: ['पढ']                                              (2026-11-28)
#           Arabic           2 words, 2 tokens: ['اب', 'يد']
#           Vietnamese, NFC  2 words, 2 tokens: ['tiếng', 'việt']
#           Vietnamese, NFD  2 words, 3 tokens: ['tie', 'ng', 'vie']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
PYTHONIOENCODING=utf-8 "$folder/venv/bin/python" - <<'EOF'
import unicodedata

from sklearn.feature_extraction.text import CountVectorizer

texts = {
    "Hindi": "हिन्दी में लिखी किताबें पढ़ी",
    "Arabic": "كِتَابٌ جَدِيدٌ",
    "Vietnamese, NFC": unicodedata.normalize("NFC", "tiếng Việt"),
    "Vietnamese, NFD": unicodedata.normalize("NFD", "tiếng Việt"),
}
tokens = {name: CountVectorizer().build_analyzer()(text) for name, text in texts.items()}
for name, text in texts.items():
    print(f"{name:16s} {len(text.split())} words, {len(tokens[name])} tokens: {tokens[name]}")

assert len(tokens["Hindi"]) == 1, "Hindi words are no longer cut"
assert not set(tokens["Arabic"]) & set(texts["Arabic"].split()), "Arabic words are no longer cut"
assert len(tokens["Vietnamese, NFC"]) == 2, "composed Latin letters are cut now"
assert len(tokens["Vietnamese, NFD"]) == 3, "decomposed Latin letters are no longer cut"
EOF
