"""What a researcher writes today for accumulated rows: stack them all, a new pseudo-inverse for every generation."""

import numpy as np


def risks(spectrum, truth, *, rows, generations, noise, rng):
    """Excess risks of one replicate, (generations,); least squares on all rows so far, old labels kept."""
    inputs, labels = np.empty((0, spectrum.size)), np.empty(0)
    found, teacher = np.empty(generations), truth
    for g in range(generations):
        x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
        inputs = np.vstack([inputs, x])
        labels = np.concatenate([labels, x @ teacher + noise * rng.standard_normal(rows)])
        teacher = np.linalg.pinv(inputs) @ labels
        found[g] = spectrum @ (teacher - truth) ** 2
    return found
