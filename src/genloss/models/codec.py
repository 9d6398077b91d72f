"""A lossy codec as a model: a generation is the images of the one before, compressed and opened again.

"Generation loss" in the first sense of the word: a copy of a copy. A fit keeps its images; to sample is to re-encode
them, each once in random order before any is taken again.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, is_from, shown
from genloss.models.ends import LARGEST

FORMATS = ("JPEG", "WebP")
_OF_BYTES = 255.0


@dataclass(frozen=True)
class Codec:
    """Images through JPEG or WebP (of Pillow) at a quality from 1 to 100, or one drawn for each image from (low, high).

    shift: by how many pixels, at most, the picture is moved under the grid of blocks before it is compressed, and moved
    back afterwards, each image by its own draw: what happens where a picture is cropped or set anew. At the same grid
    a second compression at the same quality loses next to nothing. highest: what a white pixel has, 255 or e.g. 1.0.

    Rows are images: an array (rows, height, width) or (rows, height, width, 3).

    >>> image = np.random.default_rng(0).integers(0, 256, size=(1, 16, 16)).astype(float)
    >>> copy = Codec("JPEG", quality=30).fit(image, None, np.random.default_rng(0)).sample(1, np.random.default_rng(0))
    >>> copy.shape, bool(np.abs(copy - image).mean() > 5)
    ((1, 16, 16), True)
    """

    format: str = "JPEG"
    quality: int | tuple[int, int] = 75
    shift: int = 0
    highest: float = _OF_BYTES

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise Problem("format", shown(self.format), f"give {' or '.join(FORMATS)}")
        low, high = self._qualities
        if not (isinstance(low, int) and isinstance(high, int) and 1 <= low <= high <= 100):
            raise Problem("quality", shown(self.quality), "give a whole number from 1 to 100, or (low, high) of such")
        if isinstance(self.shift, bool) or not isinstance(self.shift, int) or not 0 <= self.shift <= 64:
            raise Problem("shift", shown(self.shift), "give a whole number of pixels from 0 to 64")
        if not is_from(self.highest, 1 / LARGEST, LARGEST):
            raise Problem("highest", shown(self.highest), "give the value of a white pixel, e.g. 255 or 1.0")

    @property
    def _qualities(self) -> tuple[Any, Any]:
        return self.quality if isinstance(self.quality, tuple) and len(self.quality) == 2 else (self.quality,) * 2

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> CodecFit:
        """Keep the images. Errors: `Problem` for rows that are no images, and for weights."""
        del rng, start
        if weights is not None:
            found = "a codec copies images, and this workflow weighs them"
            raise Problem("workflow", found, "give a workflow without real_weight or decay")
        images = np.asarray(data)
        if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3) or images.dtype.kind not in "iuf":
            found = f"an array of shape {images.shape} and type {images.dtype}, which are no images"
            raise Problem("population", found, "give (rows, height, width), or (rows, height, width, 3) for colors")
        if images.size and not (images.min() >= 0 and images.max() <= self.highest):
            found = f"pixels from {images.min():g} to {images.max():g}, and highest is {self.highest:g}"
            raise Problem("population", found, f"give Codec(highest={images.max():g}), or pixels from 0 on")
        if images.size and self.highest == _OF_BYTES and 0 < images.max() <= 1:
            found = f"pixels up to {images.max():g}, and highest is 255: all of them would be black or next to it"
            raise Problem("population", found, f"give {_with_ones(self)}, or pixels from 0 to 255")
        return CodecFit(self, images)


@dataclass(frozen=True, eq=False)
class CodecFit:
    """Images that are re-encoded when they are asked for."""

    codec: Codec
    images: NDArray[Any]

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[Any]:
        """Re-encode images: all of them once, in random order, before any a second time."""
        if count and not len(self.images):
            raise Problem("population", "no images, and copies are asked for", "give one image or more")
        rounds = -(-count // max(1, len(self.images)))
        order = np.concatenate([rng.permutation(len(self.images)) for _ in range(rounds)] or [np.empty(0, dtype=int)])
        copies = [_copied(self.images[place], self.codec, rng) for place in order[:count]]
        return np.stack(copies) if copies else self.images[:0]


def _with_ones(codec: Codec) -> str:
    """Write the codec for pixels from 0 to 1."""
    shift = f", shift={codec.shift}" if codec.shift else ""
    return f"Codec({codec.format!r}, {codec.quality!r}{shift}, highest=1.0)"


def _copied(image: NDArray[Any], codec: Codec, rng: np.random.Generator) -> NDArray[Any]:
    """Compress one image and open it again."""
    from PIL import Image

    low, high = codec._qualities
    quality = int(rng.integers(low, high + 1))
    down, right = (int(each) for each in rng.integers(0, codec.shift + 1, size=2))
    around = ((down, 0), (right, 0), (0, 0))[: image.ndim]
    moved = np.pad(np.round(np.asarray(image, dtype=float) * (255.0 / codec.highest)).astype(np.uint8), around, "edge")
    held = io.BytesIO()
    Image.fromarray(moved).save(held, format=codec.format, quality=quality)
    with Image.open(held) as opened:
        back = np.asarray(opened.convert("L" if image.ndim == 2 else "RGB"), dtype=float)
    whole = back[down:, right:] * (codec.highest / 255.0)
    return np.asarray(np.round(whole) if image.dtype.kind in "iu" else whole, dtype=image.dtype)
