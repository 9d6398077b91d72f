"""What does ridge regression on synthetic labels do when every row is drawn? Plain numpy, no theory, no engine.

Every function draws all inputs and labels with a numpy generator and returns excess risks with the
replicates last. A penalty of 0 is the pseudo-inverse. Fits are lists of blocks (rows, origin, noise,
weight), origin -1 for the truth or the index of an earlier fit: the reader's own words, not the library's.
"""

import numpy as np


def ridge(inputs, labels, penalty, weights=None):
    """Minimize (1/T) sum weights (labels - inputs w)^2 + penalty |w|^2."""
    rows, dim = inputs.shape
    if weights is not None:
        root = np.sqrt(weights)
        inputs, labels = inputs * root[:, None], (labels.T * root).T
    if penalty == 0 and abs(rows - dim) < 5:
        return np.linalg.lstsq(inputs, labels, rcond=None)[0]
    if rows < dim:
        return inputs.T @ np.linalg.solve(inputs @ inputs.T + penalty * rows * np.eye(rows), labels)
    return np.linalg.solve(inputs.T @ inputs + penalty * rows * np.eye(dim), inputs.T @ labels)


def mixtures(spectrum, truth, fits, penalties, *, replicates, rng):
    """Risks (fits, replicates) of fits to blocks of fresh rows."""
    risks = np.empty((len(fits), replicates))
    for replicate in range(replicates):
        models = []
        for fit, penalty in zip(fits, penalties, strict=True):
            inputs, labels, weights = [], [], []
            for rows, origin, noise, weight in fit:
                x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
                teacher = truth if origin == -1 else models[origin]
                inputs.append(x)
                labels.append(x @ teacher + noise * rng.standard_normal(rows))
                weights.append(np.full(rows, weight))
            weight = np.concatenate(weights)
            same = np.all(weight == 1)
            models.append(ridge(np.vstack(inputs), np.concatenate(labels), penalty, None if same else weight))
        risks[:, replicate] = [spectrum @ (w - truth) ** 2 for w in models]
    return risks


def chain(rows, noise, generations, predictor):
    """Fits of a replaced chain and, after it, one predictor (rows, noise) per generation."""
    fits = [[(rows, n - 1 if n else -1, noise, 1.0)] for n in range(generations)]
    return fits + [[(predictor[0], n - 1 if n else -1, predictor[1], 1.0)] for n in range(generations + 1)]


def same_inputs(spectrum, truth, *, rows, noise, generations, predictor, replicates, rng):
    """Risks (generations + 1, replicates) of predictor (rows, noise, penalty) after fits on one set of inputs."""
    risks = np.empty((generations + 1, replicates))
    for replicate in range(replicates):
        x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
        inverse, model = np.linalg.pinv(x), truth
        for n in range(generations + 1):
            fresh = rng.standard_normal((predictor[0], spectrum.size)) * np.sqrt(spectrum)
            found = ridge(fresh, fresh @ model + predictor[1] * rng.standard_normal(predictor[0]), predictor[2])
            risks[n, replicate] = spectrum @ (found - truth) ** 2
            model = inverse @ (x @ model + noise * rng.standard_normal(rows))
    return risks


def accumulated(spectrum, truth, *, rows, noise, replicates, rng):
    """Risks (generations + 1, replicates) of least squares on all batches so far, old labels kept."""
    risks = np.empty((len(rows), replicates))
    for replicate in range(replicates):
        model, inputs, labels = truth, np.empty((0, spectrum.size)), np.empty(0)
        for n, (count, sigma) in enumerate(zip(rows, noise, strict=True)):
            x = rng.standard_normal((count, spectrum.size)) * np.sqrt(spectrum)
            inputs = np.vstack([inputs, x])
            labels = np.concatenate([labels, x @ model + sigma * rng.standard_normal(count)])
            model = ridge(inputs, labels, 0.0)
            risks[n, replicate] = spectrum @ (model - truth) ** 2
    return risks


def shifted(spectrum, signal, shift, *, noise, rows, synthetic, penalty, features, replicates, rng):
    """Risks (2, replicates), with and without the shift, of one fit to rows of which `synthetic` are shifted."""
    risks = np.empty((2, replicates))
    for replicate in range(replicates):
        truth = rng.standard_normal(spectrum.size) * np.sqrt(signal)
        delta = rng.standard_normal(spectrum.size) * np.sqrt(shift)
        x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
        clean = x @ truth + noise * rng.standard_normal(rows)
        moved = clean + np.r_[x[:synthetic] @ delta, np.zeros(rows - synthetic)]
        if features is None:
            found = ridge(x, np.stack([moved, clean], axis=1), penalty)
        else:
            project = rng.standard_normal((features, spectrum.size)) / np.sqrt(features)
            found = project.T @ ridge(x @ project.T, np.stack([moved, clean], axis=1), penalty)
        risks[:, replicate] = spectrum @ (found - truth[:, None]) ** 2
    return risks


def relabeled(spectrum, truth, *, noise, rows, penalty, real_weight, generations, replicates, rng):
    """Risks (replicates,) after `generations` relabelings of one set of inputs by blends."""
    risks = np.empty(replicates)
    for replicate in range(replicates):
        x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
        solve = ridge(x, np.eye(rows), penalty)
        model = solve @ (x @ truth + noise * rng.standard_normal(rows))
        for _ in range(generations):
            real, old = (x @ w + noise * rng.standard_normal(rows) for w in (truth, model))
            model = solve @ (real_weight * real + (1 - real_weight) * old)
        risks[replicate] = spectrum @ (model - truth) ** 2
    return risks
