"""A bigram model of words as a command: python bigram_text.py TRAIN OUT ROWS SEED. The standard library is enough.

TRAIN and OUT are JSON Lines with one text a line, {"text": ...}. A text begins with the first word of some text that
was seen; each next word is one that followed the word before, as often as it did; it ends where such a text ended.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict

LONGEST = 200  # words of a text


def main(train, out, rows, seed):
    """Fit the texts of a file, and write as many new ones as are asked for."""
    draw = random.Random(int(seed))
    following = defaultdict(list)
    with open(train, encoding="utf-8") as file:
        for line in file:
            words = json.loads(line)["text"].split()
            for before, word in zip(["", *words], [*words, ""], strict=True):
                following[before].append(word)
    with open(out, "w", encoding="utf-8") as file:
        for _ in range(int(rows)):
            words = [draw.choice(following[""])]
            while words[-1] and len(words) < LONGEST:
                words.append(draw.choice(following[words[-1]]))
            file.write(json.dumps({"text": " ".join(word for word in words if word)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
