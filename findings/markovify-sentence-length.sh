#!/usr/bin/env bash
# markovify: sentences grow with every generation that is trained on made ones.
#
# Guess:    a Markov chain fitted to sentences makes sentences of the same mean length (the chain itself does: ends are
#           drawn in proportion to how often they were seen).
# Version:  markovify 0.9.4.
# Seen:     `make_sentence` throws away sentences that overlap too much with the ones it was trained on (at most 70 % or 15
#           words in a row), and short sentences do so most often. The mean length rises by about 7 % a generation while
#           97 % of the sentences are distinct, so that counts of distinct sentences show nothing.
# Matters:  in a loop of language models on made text this is a selection of the sampler, not a loss of the model; the two
#           are told apart by sentence length alone.
# Instead:  make_sentence(test_output=False) for the law of the chain itself.
# Output:   words a sentence by generation: 15.2 16.8 18.7 19.7 21.3 21.8 22.8   distinct 97%   (2026-11-28; 6 chains)
#           with test_output=False:         15.2 15.2 15.3 15.5 15.6 15.9 16.1   (the last +- 0.4)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet markovify==0.9.4
"$folder/venv/bin/python" - <<'EOF'
import random
import re
import statistics
from pydoc_data.topics import topics  # the language reference: text that every Python has

import markovify

text = " ".join(re.sub(r"\s+", " ", topic) for topic in topics.values())
real = [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text) if 3 <= len(s.split()) <= 40]
real = [s for s in real if not re.search(r"[\"'()\[\]]", s)]


def lengths(seed, **how):
    random.seed(seed)
    sentences, seen = real, []
    for _ in range(7):
        seen.append(statistics.mean(len(s.split()) for s in sentences))
        model = markovify.NewlineText("\n".join(sentences))
        made = []
        while len(made) < len(real):
            made += [s for s in [model.make_sentence(**how)] if s]
        sentences = made
    return seen, len(set(sentences)) / len(sentences)


plain = [lengths(seed) for seed in range(6)]
chain = [lengths(seed, test_output=False)[0] for seed in range(6)]
grown = [statistics.mean(seen[g] for seen, _ in plain) for g in range(7)]
same = [statistics.mean(seen[g] for seen in chain) for g in range(7)]
error = statistics.stdev(seen[-1] for seen in chain) / 6**0.5
distinct = statistics.mean(share for _, share in plain)
print("words a sentence by generation:", " ".join(f"{mean:.1f}" for mean in grown), f"  distinct {distinct:.0%}")
print("with test_output=False:        ", " ".join(f"{mean:.1f}" for mean in same), f"  (the last +- {error:.1f})")
assert grown[-1] > 1.3 * grown[0], "sentences no longer grow"
assert distinct > 0.9, "sentences are no longer distinct"
assert abs(same[-1] - same[0]) < 4.5 * error, "the chain itself changes the length now"
EOF
