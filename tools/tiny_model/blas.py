"""Makes MLX multiply fifty times faster on a CPU, where OpenCV's wheel brings an OpenBLAS.

MLX for Linux comes with the reference BLAS. OpenCV, which mlx-vlm needs anyway, brings a fast one
under the same names; whoever loads it first, for all to see, gives it to MLX too. Import this
before `mlx`. Where there is none, all works as before, slowly; on a Mac there is nothing to do.
"""

import ctypes
import importlib.util
from pathlib import Path


def libraries() -> list[str]:
    """Return the files of that BLAS in their order, as `LD_PRELOAD` of a child wants them."""
    spec = importlib.util.find_spec("cv2")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parents[1] / "opencv_python.libs"
    patterns = ("libquadmath*", "libgfortran*", "libopenblas*")  # the last needs the others
    return [str(library) for pattern in patterns for library in folder.glob(pattern)]


for library in libraries():
    ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
