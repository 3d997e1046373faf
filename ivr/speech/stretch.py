"""Slower and faster speech at the same pitch, for engines that know one pace.

WSOLA (Verhelst and Roelands 1993): short frames are taken from where the new pace wants them, moved by up to
9 ms to where they continue the last one best, and faded into it. Costs 20 to 30 ms a second of sound.
"""

import math
from itertools import accumulate
from operator import mul

from ivr.dialogue.place import Pace
from ivr.speech.audio import Pcm

# How many times as long as at the normal pace, as between the paces of the embedded engine (106, 146 and 182
# words a minute).
STRETCH = {Pace.SLOW: 1.37, Pace.NORMAL: 1.0, Pace.FAST: 0.8}
_FRAME_SECONDS = 0.02
_SEARCH_SECONDS = 0.009
# Frames are compared at a quarter of the rate, where a voice still has all that decides.
_COARSE = 4


def stretch(pcm: Pcm, factor: float) -> Pcm:
    """The sound `factor` times as long; the very sound if that is 1, or if it is shorter than three frames."""
    frame = round(_FRAME_SECONDS * pcm.rate / _COARSE) * _COARSE
    samples = pcm.samples
    if factor == 1 or len(samples) < 3 * frame:
        return pcm
    match = _Match(
        [sum(samples[at : at + _COARSE]) for at in range(0, len(samples), _COARSE)], frame // _COARSE
    )
    search = round(_SEARCH_SECONDS * pcm.rate / _COARSE)
    rise = [at / frame for at in range(frame)]
    fall = rise[::-1]
    heard, follows, last = samples[:frame], frame, len(samples) - frame
    for turn in range(1, round(last * factor / frame)):
        wanted = min(round(turn * frame / factor), last)
        begin = match.best(follows // _COARSE, wanted // _COARSE, search) * _COARSE
        begin = min(begin, last)
        old, new = samples[follows : follows + frame], samples[begin : begin + frame]
        old.extend([0] * (frame - len(old)))
        faded = map(int, map(sum, zip(map(mul, old, fall), map(mul, new, rise), strict=True)))
        heard.extend(faded)
        follows = begin + frame
    return Pcm(pcm.rate, heard + samples[follows : follows + frame])


class _Match:
    """Finds which frame of a sound goes on best where another ends."""

    def __init__(self, coarse: list[int], frame: int) -> None:
        self._coarse, self._frame = coarse, frame
        self._energy = list(accumulate((one * one for one in coarse), initial=0))

    def best(self, follows: int, wanted: int, search: int) -> int:
        """The start within `search` of `wanted` whose frame is most like the one at `follows`."""
        frame = self._coarse[follows : follows + self._frame]
        starts = range(max(0, wanted - search), min(len(self._coarse) - self._frame, wanted + search) + 1)
        return max(starts, key=lambda start: self._likeness(frame, start), default=wanted)

    def _likeness(self, frame: list[int], start: int) -> float:
        energy = self._energy[start + self._frame] - self._energy[start]
        likeness: int = sum(map(mul, frame, self._coarse[start : start + self._frame]))
        return likeness / math.sqrt(energy + 1)
