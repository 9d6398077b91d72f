"""What capacity and source do kernels have on MNIST? Beside the published exponents; prints a dated table.

Run: .venv/bin/python verification/mnist.py > verification/mnist.txt (about two minutes; needs the data set mnist)
Published (arXiv 2402.07712): capacity and source 1.65 and .097 for the RBF kernel, 1.2 and .15 for the polynomial one;
ranges of the fit are not said there, so that several are tried.
"""

import datetime
import platform
from pathlib import Path

import numpy as np

from genloss.models import KernelRidge
from genloss.populations import Places, data_pool
from genloss.theory.ridge.kernel import pool_spectrum
from genloss.theory.ridge.scaling import fit_power_law

PUBLISHED = {"rbf": (1.65, 0.097), "polynomial": (1.2, 0.15)}
MODELS = {"rbf": KernelRidge(1e-3, "rbf", 1e-4), "polynomial": KernelRidge(1e-3, "polynomial", 1e-3, 5, 1.0)}
RANGES = ((3, 100), (10, 300), (30, 1000), (10, 1000))


def main():
    """Print."""
    places = Places(cache=Path.home() / ".cache" / "genloss")
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; 4,000 images of MNIST")
    pool = data_pool("mnist", target="parity", noise=1.0, held_out=1000, rows=4000, seed=48, places=places)
    for name, model in MODELS.items():
        values, power = pool_spectrum(pool, model)
        print(f"{name}: published capacity {PUBLISHED[name][0]}, source {PUBLISHED[name][1]}")
        order = np.argsort(values)[::-1]
        for first, last in RANGES:
            fit = fit_power_law(values[order], power[order], first=first, last=last)
            (low, high), (below, above) = fit.capacity_interval, fit.source_interval
            print(
                f"   ranks {first:>2} to {last:>4}: capacity {fit.capacity:.2f} [{low:.2f}, {high:.2f}], "
                f"source {fit.source:.3f} [{below:.3f}, {above:.3f}]"
            )


if __name__ == "__main__":
    main()
