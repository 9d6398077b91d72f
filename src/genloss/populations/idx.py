"""What is in an IDX file, the format of MNIST? Read and written here, plain or gzip."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.ordinary import ordinary

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Third byte of the file, and the big-endian type of the numbers that it stands for."""


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if they are gzip (told by the bytes, not by the name)."""
    try:
        content = ordinary(path).read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Problem(str(path), f"not a whole gzip file ({error})", "get the file again") from error
    except FileNotFoundError as error:
        raise Problem(str(path), "no such file", "give the path of a file that is there") from error
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", "give the path of a file") from error


def decode(content: bytes, *, where: str) -> NDArray[np.generic]:
    """Return the array in the bytes of an IDX file; `where` names the file in problems.

    Four bytes: 0, 0, type, number of axes; then the axes' lengths as big-endian 32-bit numbers;
    then the values, the last axis fastest.

    >>> decode(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]), where="labels").tolist()
    [5, 6]
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES or content[3] == 0:
        begins = content[:4].hex(" ") or "nothing"
        raise Problem(where, f"not an IDX file: it begins with {begins}", "give an IDX file, e.g. of MNIST")
    axes, kind = content[3], np.dtype(TYPES[content[2]])
    start = 4 + 4 * axes
    if len(content) < start:
        raise Problem(where, f"{len(content)} bytes, fewer than the {start} of its own header", "get the file again")
    shape = struct.unpack(f">{axes}I", content[4:start])
    expected = start + kind.itemsize * int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise Problem(
            where,
            f"{len(content):,} bytes, but its header says {' x '.join(map(str, shape))}, which takes {expected:,}",
            "get the file again",
        )
    return np.frombuffer(content, kind, offset=start).reshape(shape)


def encode(array: NDArray[np.uint8]) -> bytes:
    """Return the bytes of the IDX file of an array of bytes.

    >>> decode(encode(np.array([[1, 2]], dtype=np.uint8)), where="images").tolist()
    [[1, 2]]
    """
    return bytes([0, 0, 0x08, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
