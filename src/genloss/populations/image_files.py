"""How do four IDX files become images, and how does the network give them?"""

from __future__ import annotations

import numpy as np

from genloss.errors import impossible
from genloss.populations.forms import Images, Loaded
from genloss.populations.idx import decode, encode
from genloss.populations.places import FileSet, Found

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""The files of MNIST and of the sets made in its image, in the order in which they are kept."""


def images_of(wanted: FileSet, found: Found) -> Loaded:
    """Decode training images, training labels, test images, test labels."""
    arrays = [
        decode(content, where=f"{found.where}: {name}") for content, name in zip(found.contents, NAMES, strict=True)
    ]
    pixels, classes, test_pixels, test_classes = arrays
    images = Images(
        pixels.reshape(len(pixels), -1),
        classes.astype(np.int64),
        test_pixels.reshape(len(test_pixels), -1),
        test_classes.astype(np.int64),
    )
    return Loaded(images, wanted.sha256, found.where)


def fetch_mnist() -> tuple[bytes, ...]:
    """Get MNIST from openml.org by scikit-learn, as the contents of the four IDX files.

    OpenML keeps the 60,000 training and then the 10,000 test images in their order, so that the
    files written from them are the original ones, byte by byte; the caller checks that.
    """
    from sklearn.datasets import fetch_openml

    pixels, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, cache=False)
    if np.shape(pixels) != (70_000, 784):
        impossible(f"OpenML gave MNIST in the shape {np.shape(pixels)}")
    images, classes = np.asarray(pixels, dtype=np.uint8).reshape(-1, 28, 28), np.asarray(labels, dtype=np.uint8)
    train, test = slice(0, 60_000), slice(60_000, None)
    return tuple(encode(part) for part in (images[train], classes[train], images[test], classes[test]))
