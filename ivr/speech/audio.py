"""Sound as numbers: trimming, joining with exact pauses, one level, MP3 and back."""

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import lameenc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 22_050
BITS_A_SECOND = 48_000
PEAK = 23_000
# Part of every key. Raise the last number when this module changes what a sound is like.
FORMAT = f"mp3 {BITS_A_SECOND} {RATE} mono peak {PEAK} join 1"

# Quieter than this share of the peak (-46 dB) is silence, not a weak consonant.
_SILENT_SHARE = 0.005
# What stays around a sound, so that its first and last consonants are whole.
EDGE_SECONDS = 0.03
# 0 is best, 9 fastest. At 5, a second of speech costs 2.4 ms and the result is transparent for a telephone.
_QUALITY = 5


@dataclass(frozen=True)
class Pcm:
    """Mono sound: `rate` samples a second, each 16-bit signed."""

    rate: int
    samples: "array[int]"

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    @property
    def wave(self) -> "NDArray[np.int16]":
        """The samples for reckoning with all of them at once; nothing is copied."""
        import numpy as np  # noqa: PLC0415 - here: 25 MB, and a web worker that has its sounds makes none

        return np.asarray(self.samples)

    @cached_property
    def peak(self) -> int:
        """The largest sample, sign left out; 0 for an empty sound."""
        return max(int(self.wave.max()), -int(self.wave.min())) if self.samples else 0


def sounding(pcm: Pcm) -> tuple[int, int]:
    """Where the sound that is not silence starts and ends, in samples; (0, 0) if there is none."""
    limit = max(1, round(pcm.peak * _SILENT_SHARE))
    wave = pcm.wave
    loud = ((wave > limit) | (wave < -limit)).nonzero()[0]
    return (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, 0)


def trim(pcm: Pcm) -> Pcm:
    """The sound with exactly `EDGE_SECONDS` of near silence at both ends; empty if it was all silence."""
    start, end = sounding(pcm)
    if start == end:
        return Pcm(pcm.rate, array("h"))
    edge = round(EDGE_SECONDS * pcm.rate)
    front, back = max(0, start - edge), min(len(pcm.samples), end + edge)
    padded = _silence(edge - (start - front)) + pcm.samples[front:back] + _silence(edge - (back - end))
    return Pcm(pcm.rate, padded)


def join(pieces: Sequence[tuple[float, Pcm]], seconds_after: float) -> Pcm:
    """Trimmed pieces one after another, each with the seconds of pause before it, then a last pause.

    A pause is measured from sound to sound, so the edges count towards it. Raises `ValueError` where rates
    differ.
    """
    rate = pieces[0][1].rate
    joined = array("h")
    for at, (pause, pcm) in enumerate(pieces):
        if pcm.rate != rate:
            raise ValueError(f"pieces at {rate} and at {pcm.rate} samples a second")
        edges = EDGE_SECONDS * (2 if at else 0)
        joined += _silence(round((pause - edges) * rate)) + pcm.samples
    return Pcm(rate, joined + _silence(round(seconds_after * rate)))


def normalise(pcm: Pcm) -> Pcm:
    """The sound at the level where its peak is `PEAK`, which leaves 3 dB for what MP3 adds."""
    gain = (PEAK << 16) // max(1, pcm.peak)
    return Pcm(pcm.rate, array("h", (pcm.wave.astype("i8") * gain >> 16).astype("i2").tobytes()))


def encode_mp3(pcm: Pcm) -> bytes:
    """The sound as MP3 of constant rate; the same samples give the same bytes."""
    encoder = lameenc.Encoder()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(pcm.rate)
    encoder.set_out_sample_rate(RATE)
    encoder.set_bit_rate(BITS_A_SECOND // 1000)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    samples = pcm.samples
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return bytes(encoder.encode(samples.tobytes()) + encoder.flush())


def decode(mp3: bytes, rate: int = RATE) -> Pcm:
    """The sound of an MP3, filtered and resampled to `rate`. Raises `ValueError` if it is none."""
    import miniaudio  # noqa: PLC0415 - here, since it loads numpy

    try:
        found = miniaudio.decode(mp3, miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=rate)
    except miniaudio.MiniaudioError as error:
        raise ValueError(f"the sound does not decode: {error}") from error
    return Pcm(rate, found.samples)


def mp3_seconds(size: int) -> float:
    """How long an MP3 of ours lasts, from its size in bytes; at most 0.1 s more than what was said."""
    return size * 8 / BITS_A_SECOND


def _silence(samples: int) -> "array[int]":
    return array("h", bytes(2 * max(0, samples)))
