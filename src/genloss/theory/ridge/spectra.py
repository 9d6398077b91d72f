"""How is a sum over a spectrum done without listing its eigenvalues? By nodes with multiplicities.

Every formula needs only sums over i of smooth functions of log s_i, once with weight 1 (degrees of
freedom) and once with weight power_i = s_i w0_i^2 (signal). Gauss nodes for these two discrete
measures, on panels one e-fold of s wide, give both to about 1e-13 whatever the number of eigenvalues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_range, checked_spectrum, guarded
from genloss.theory.ridge.bins import binned

__all__ = ["Nodes", "PowerLaw", "Spectrum", "compress"]

_ORDER = 8  # Gauss nodes a panel
_PANEL = 1.0  # width of a panel in log s
_WIDE_PANEL, _WIDE_ORDER = 3.5, 16  # the same for chains, where a node costs more
_LONG = 20_000  # eigenvalues from which narrow bins come first
_LISTED = 20_000_000  # eigenvalues that may be formed: 160 MB


@dataclass(frozen=True, slots=True)
class PowerLaw:
    r"""A sequence a_j = scale j^-exponent, j = 1..count: a spectrum, or coefficients beside one.

    exponent: any finite number (>= 0 for a spectrum, which descends). count: 1 to 9e15, never
    formed as a list. scale: not 0.

    >>> PowerLaw(2.0, count=3).listed().tolist()
    [1.0, 0.25, 0.1111111111111111]
    """

    exponent: float
    count: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        checked_one("PowerLaw.exponent", self.exponent, lowest=-np.inf, meaning="a finite exponent")
        checked_range(
            "PowerLaw.count", self.count, lowest=1, highest=2**53, meaning="a whole number up to 9e15", whole=True
        )
        if not np.isfinite(self.scale) or self.scale == 0:
            raise Problem("PowerLaw.scale", f"{self.scale} is not a scale", "give a finite number that is not 0")

    def at(self, index: ArrayLike) -> Array:
        """Return a_j at `index` j, which may lie between whole numbers."""
        return np.asarray(self.scale * np.asarray(index, dtype=float) ** -self.exponent)

    def listed(self) -> Array:
        """Return all values, if they are few enough to be listed."""
        if self.count > _LISTED:
            raise Problem(
                "PowerLaw.count",
                f"{self.count} values are too many to be used with a plain list",
                "give spectrum and coefficients both as PowerLaw of this count",
            )
        return self.at(np.arange(1, self.count + 1))


@dataclass(frozen=True, slots=True)
class Nodes:
    """A spectrum as a weighted list: sum_i f(s_i) = sum_k multiplicity_k f(values_k).

    values: (nodes,). multiplicity: (nodes,), >= 0, not always whole; 0 for nodes that carry signal
    only. power: (nodes,) or None: sum_i power_i f(s_i) = sum_k power_k f(values_k). dim: number of
    eigenvalues above 0. index: j of each node of a `PowerLaw`, else None.
    """

    values: Array
    multiplicity: Array
    dim: float
    power: Array | None = None
    index: Array | None = None


Spectrum = ArrayLike | PowerLaw | Nodes


def nodes_of(spectrum: Spectrum, *, positive: bool = False) -> Nodes:
    """Return any spectrum as nodes; a list of eigenvalues stays as it is, each with multiplicity 1."""
    if isinstance(spectrum, Nodes):
        return spectrum
    if isinstance(spectrum, PowerLaw):
        return _power_law_nodes(spectrum)
    eigenvalues = checked_spectrum(spectrum, positive=positive)
    return Nodes(eigenvalues, np.ones(eigenvalues.size), float(np.count_nonzero(eigenvalues)))


def signal_on(spectrum: Spectrum, coefficients: ArrayLike | PowerLaw) -> tuple[Nodes, Array]:
    """Return the nodes of a spectrum of positive eigenvalues, and the signal's power s w0^2 on each.

    coefficients: w0 in the eigenbasis, one per eigenvalue or one number for all, or a `PowerLaw` of
    the same count. Errors: `Problem` naming spectrum or coefficients.
    """
    nodes, (truth,) = values_on(spectrum, coefficients=coefficients)
    return nodes, nodes.multiplicity * nodes.values * truth**2


def values_on(spectrum: Spectrum, **named: ArrayLike | PowerLaw) -> tuple[Nodes, list[Array]]:
    """Return the nodes of a spectrum of positive eigenvalues, and each named quantity on them.

    A quantity is one number for all directions, one per eigenvalue (or node), or a `PowerLaw` of the
    same count. Errors: `Problem` naming the spectrum or the quantity.
    """
    if isinstance(spectrum, PowerLaw) and any(
        not isinstance(values, PowerLaw) and np.size(values) > 1 for values in named.values()
    ):
        spectrum = spectrum.listed()
    nodes = nodes_of(spectrum, positive=True)
    return nodes, [_values_on(nodes, name, values) for name, values in named.items()]


def _values_on(nodes: Nodes, name: str, values: ArrayLike | PowerLaw) -> Array:
    if isinstance(values, PowerLaw):
        if values.count != nodes.dim or (nodes.index is None and nodes.values.size != nodes.dim):
            raise Problem(
                name,
                f"a power law of {values.count} values beside {nodes.dim:g} eigenvalues on {nodes.values.size} nodes",
                "give both the same count, and the spectrum as PowerLaw or as a list",
            )
        return values.at(nodes.index) if nodes.index is not None else values.listed()
    array = as_numbers(name, values, "numbers, one per eigenvalue, or one for all")
    if array.ndim > 1 or (array.ndim == 1 and array.size not in (1, nodes.values.size)):
        raise Problem(
            name,
            f"shape {array.shape} beside {nodes.values.size} eigenvalues",
            "give one number per eigenvalue, or one number for all",
        )
    if not np.all(np.isfinite(array)):
        raise Problem(name, "a value that is not finite", "give finite numbers")
    return np.broadcast_to(array, nodes.values.shape)


@guarded
def compress(spectrum: Spectrum, power: ArrayLike | None = None) -> Nodes:
    r"""Replace a long spectrum by a few hundred nodes that sum alike.

    .. math:: \sum_i f(s_i) = \sum_k m_k f(z_k), \qquad \sum_i p_i f(s_i) = \sum_k q_k f(z_k)

    spectrum: eigenvalues >= 0, (dim,), in any order. power: None, or s_i w0_i^2, (dim,), >= 0; it
    gets nodes of its own, of multiplicity 0. Returns `Nodes`, accepted wherever a spectrum is; its
    `.power` goes to the `..._of_power` forms. Panels one e-fold wide carry 8 Gauss nodes of the
    discrete measure (Lanczos in log s); panels of at most 8 eigenvalues are kept as they are. Of more
    than 20,000 eigenvalues bins a 1024th of an e-fold wide are replaced by two nodes each before that.

    Status: exact to 1e-12 relative for sums of (s/(s+kappa))^a (kappa/(s+kappa))^b with a, b <= 4
    and any kappa, to 1e-9 for a <= 40 (chains of 20 fits) and kappa <= s_1 / 100.
    Source: Golub and Welsch (1969) for Gauss nodes from a tridiagonal matrix; docs/theory/regression.md.
    Checked by tests/unit/test_theory_spectra.py against exact sums.

    >>> nodes = compress(np.arange(1.0, 100001.0) ** -2)
    >>> nodes.values.size < 250, round(float(nodes.multiplicity.sum()), 6)
    (True, 100000.0)
    """
    if isinstance(spectrum, PowerLaw | Nodes):
        return nodes_of(spectrum)
    eigenvalues = checked_spectrum(spectrum)
    descends = bool((eigenvalues[1:] <= eigenvalues[:-1]).all())
    order = slice(None) if descends else np.argsort(eigenvalues)[::-1]
    sorted_values = eigenvalues[order]
    positive = int(np.count_nonzero(sorted_values))
    values, multiplicity = _gauss(sorted_values[:positive], None)
    if power is None:
        return Nodes(values, multiplicity, float(positive))
    signal = checked_range("power", power, lowest=0, meaning="the signal's power s w0^2 per direction")
    if signal.shape != eigenvalues.shape:
        raise Problem(
            "power", f"shape {signal.shape} beside {eigenvalues.size} eigenvalues", "give one power per eigenvalue"
        )
    signal = signal[order]
    carried, weight = _gauss(sorted_values[:positive], signal[:positive])
    if signal[positive:].any():  # signal along directions in which inputs do not vary
        carried, weight = np.append(carried, 0.0), np.append(weight, signal[positive:].sum())
    return Nodes(
        np.concatenate([values, carried]),
        np.concatenate([multiplicity, np.zeros(carried.size)]),
        float(positive),
        np.concatenate([np.zeros(values.size), weight]),
    )


def wide_nodes(values: Array, multiplicity: Array) -> tuple[Array, Array]:
    """Return fewer nodes than `compress` does, ascending, and their multiplicities: 16 on panels 3.5 e-folds wide.

    values: above 0, ascending; multiplicity: above 0. Sums of functions that are at most 1 where s is turned by up to a
    right angle in the complex plane, as all products of s / (s + kappa) and kappa / (s + kappa) are, are missed by
    about 2 (2.24)^-32 = 1e-11, and by 1e-13 in what was looked at. Checked by tests/unit/test_long_chains.py.
    """
    nodes, weights = _gauss(values[::-1], multiplicity[::-1], _WIDE_PANEL, _WIDE_ORDER)
    order = np.argsort(nodes)
    return nodes[order], weights[order]


def _gauss(descending: Array, weight: Array | None, panel: float = _PANEL, order: int = _ORDER) -> tuple[Array, Array]:
    """Gauss nodes and weights of a discrete measure on positive values, panel by panel. weight: None for 1 each."""
    if weight is not None:
        kept = weight > 0
        descending, weight = descending[kept], weight[kept]
    if descending.size == 0:
        return np.empty(0), np.empty(0)
    if descending.size > _LONG:
        descending, weight = binned(descending, weight)
    depth, weight = np.log(descending), np.ones(descending.size) if weight is None else weight
    panels = np.floor((depth[0] - depth) / panel)
    starts = np.flatnonzero(np.r_[True, np.diff(panels) > 0])
    parts = [_panel(depth[a:b], weight[a:b], order) for a, b in zip(starts, np.r_[starts[1:], depth.size], strict=True)]
    return np.exp(np.concatenate([p[0] for p in parts])), np.concatenate([p[1] for p in parts])


def _panel(depth: Array, weight: Array, order: int) -> tuple[Array, Array]:
    """Gauss nodes of one panel: eigenvalues of the Lanczos matrix of multiplication by depth."""
    if depth[0] - depth[-1] <= 1e-15 * abs(depth[0]):
        return depth[:1], np.array([weight.sum()])
    if depth.size <= order:
        return depth, weight
    middle, half = (depth[0] + depth[-1]) / 2, (depth[0] - depth[-1]) / 2
    x, total = (depth - middle) / half, weight.sum()
    basis = [np.sqrt(weight / total)]
    diagonal, off = np.zeros(order), np.zeros(order - 1)
    for k in range(order):
        diagonal[k] = (x * basis[k] ** 2).sum()
        if k + 1 == order:
            break
        following = x * basis[k]
        for _ in range(2):  # twice is enough
            for vector in basis:
                following = following - (vector @ following) * vector
        off[k] = np.linalg.norm(following)
        if off[k] < 1e-13:  # fewer distinct eigenvalues than nodes
            diagonal, off = diagonal[: k + 1], off[:k]
            break
        basis.append(following / off[k])
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    return middle + half * nodes, total * vectors[0] ** 2


def _power_law_nodes(law: PowerLaw) -> Nodes:
    """Gauss nodes for sums over whole numbers 1..count, on panels narrow enough for j^-exponent.

    On N consecutive whole numbers the orthogonal polynomials are the discrete Chebyshev ones, whose
    recurrence is known, so a panel costs the same whatever N.
    """
    if law.scale < 0 or law.exponent < 0 or law.at(law.count) < 1e-300:
        raise Problem(
            "spectrum",
            f"a power law of exponent {law.exponent:g} and scale {law.scale:g} down to {law.at(law.count):g}",
            "give an exponent >= 0, a scale > 0, and eigenvalues above 1e-300",
        )
    ratio = np.exp(min(0.5, _PANEL / (2 * max(law.exponent, 1e-9))))
    first, edges = 1, [1]
    while first <= law.count:
        first = min(max(first + _ORDER, int(first * ratio)), law.count + 1)
        edges.append(first)
    starts, ends = np.array(edges[:-1], dtype=float), np.array(edges[1:], dtype=float)  # ends are exclusive
    counts = ends - starts
    listed = counts <= _ORDER
    short = [np.arange(a, b) for a, b in zip(starts[listed], ends[listed], strict=True)]
    many = counts[~listed]
    matrices = np.zeros((many.size, _ORDER, _ORDER))
    n = np.arange(1, _ORDER)
    off = np.sqrt(n**2 * (1 - (n / many[:, None]) ** 2) / (4 * n**2 - 1))
    matrices[:, n, n - 1] = matrices[:, n - 1, n] = off
    nodes, vectors = np.linalg.eigh(matrices)
    middle = (starts[~listed] + ends[~listed] - 1) / 2
    long = middle[:, None] + many[:, None] / 2 * nodes
    index = np.concatenate([*short, long.ravel()])
    multiplicity = np.concatenate(
        [*(np.ones(part.size) for part in short), (many[:, None] * vectors[:, 0] ** 2).ravel()]
    )
    return Nodes(law.at(index), multiplicity, float(law.count), index=index)


def __dir__() -> list[str]:
    return sorted(__all__)
