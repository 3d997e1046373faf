"""What a person recorded, as even as the line's other sounds: cut to the speech, at their loudness, without clicks."""

import math
from array import array
from operator import mul

from ivr.speech import audio
from ivr.speech.audio import PEAK, Pcm
from ivr.speech.engine import SpeechError

# The mean level while it speaks: parts of this line by espeak-ng, at their peak of 23,000, have 2,650 to 2,990.
LOUDNESS = 3_000
_KNEE = 15_000  # Above this, peaks are bent down instead of being cut off.
_MOST_GAIN = 40.0  # 32 dB; what needs more is lost in its own noise.
_BLOCK_SECONDS = 0.02
# Quieter than this share of the loud blocks (-26 dB) is the room, not the speaker.
_ROOM_SHARE = 0.05
# So much is kept around the speech for a breathed consonant, in blocks, and so many in a row are no click.
_BEFORE, _AFTER, _NO_CLICK = 5, 8, 3
# The pole of a filter of first order: 1 - 2 pi 35 / 22,050.
_RUMBLE = 0.99
# MP3 may take 5 % of it, and the check wants 18,000.
_LEAST_PEAK = 20_000
_FULL_SCALE, _FULL_SHARE = 31_800, 0.002


def level(pcm: Pcm) -> Pcm:
    """The speech in a recording at the line's own loudness, trimmed. Raises `SpeechError` where it is no use."""
    length = len(pcm.samples)
    full = sum(abs(sample) >= _FULL_SCALE for sample in pcm.samples)
    if full > _FULL_SHARE * length:
        raise SpeechError(
            "It is overdriven. Record it again, further from the microphone or at a lower level."
        )
    samples = _without_rumble(pcm.samples)
    block = round(_BLOCK_SECONDS * pcm.rate)
    means = [_mean(samples[at : at + block]) for at in range(0, length, block)]
    loud = sorted(means)[len(means) * 9 // 10] if means else 0.0
    speech = [at for at, mean in enumerate(means) if mean > loud * _ROOM_SHARE]
    there = set(speech)
    spoken = [at for at in speech if all(at + more in there for more in range(_NO_CLICK))]
    mean = math.sqrt(sum(means[at] ** 2 for at in speech) / len(speech)) if speech else 0.0
    if not spoken or mean * _MOST_GAIN < LOUDNESS:
        raise SpeechError("It is silent, or far too quiet. Record it again, closer to the microphone.")
    begin = max(0, spoken[0] - _BEFORE) * block
    end = min(length, (spoken[-1] + _NO_CLICK + _AFTER) * block)
    heard = _fade([sample * LOUDNESS / mean for sample in samples[begin:end]], block)
    bent = Pcm(pcm.rate, array("h", map(_bend, heard)))
    return audio.trim(with_peak(bent))


def with_peak(pcm: Pcm) -> Pcm:
    """The sound, louder where a voice without peaks, or their loss in stretching, would fail the check of its peak."""
    return audio.normalise(pcm) if pcm.peak < _LEAST_PEAK else pcm


def _without_rumble(samples: "array[int]") -> list[float]:
    """The sound above some 35 Hz: what is below is wind, a knock on the table or a sound card's offset."""
    heard = []
    last, level = (samples[0] if samples else 0), 0.0
    for sample in samples:
        level = sample - last + _RUMBLE * level
        last = sample
        heard.append(level)
    return heard


def _mean(samples: list[float]) -> float:
    return math.sqrt(sum(map(mul, samples, samples)) / len(samples))


def _fade(samples: list[float], block: int) -> list[float]:
    for at in range(min(block, len(samples) // 2)):
        samples[at] *= at / block
        samples[-1 - at] *= at / block
    return samples


def _bend(sample: float) -> int:
    over = abs(sample) - _KNEE
    if over <= 0:
        return round(sample)
    room = PEAK - _KNEE
    return round(math.copysign(_KNEE + room * math.tanh(over / room), sample))
