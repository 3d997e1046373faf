"""What every sound must pass before a caller hears it. Each check is one rule with the harm it prevents."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from unicodedata import category

from ivr.dialogue.place import Pace
from ivr.speech.audio import Pcm, decode, sounding
from ivr.speech.engine import Utterance
from ivr.text.spoken import pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Enough for the highest tone of a key, 1,633 Hz, and a fifth of the work of the full rate.
_TONE_RATE = 4_000
_LOW, _HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
# 25.5 ms: a receiver must accept a tone of 40 ms (ITU-T Q.24), and bins of 39 Hz keep 697 and 770 Hz apart.
_BLOCK = 102
_QUIET = 200**2 * _BLOCK
# The share of a block's energy in a key's two tones: 1 for a key, at most .48 in 14 languages' speech.
_TONE_SHARE = 0.6
_WAVES = [
    [wave(math.tau * tone * at / _TONE_RATE) for tone in _LOW + _HIGH for wave in (math.cos, math.sin)]
    for at in range(_BLOCK)
]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sound: the id of the check, and a sentence for an operator."""

    id: str
    text: str


@dataclass(frozen=True)
class Sound:
    """A decoded sound beside what it should say."""

    mp3: bytes
    pcm: Pcm
    utterance: Utterance

    @cached_property
    def edges(self) -> tuple[float, float]:
        """The seconds of silence before and after the speech."""
        start, end = sounding(self.pcm)
        return start / self.pcm.rate, (len(self.pcm.samples) - end) / self.pcm.rate

    @cached_property
    def pauses(self) -> tuple[float, float, float]:
        """The seconds of pause that the text asks for: before, within and after the speech."""
        said, after = pieces(self.utterance.spoken)
        return (said[0][0] if said else 0.0), sum(pause for pause, _ in said[1:]), after


Rule = Callable[[Sound], str | None]


def check_length(sound: Sound) -> str | None:
    """A text cut at an odd character, or spelled out letter by letter because its script is strange.

    Pauses left out, 14 languages took .08 to .14 s a letter or vowel mark at the normal pace, a strange
    script .85 and more; a digit is a whole word.
    """
    signs = sum(category(sign)[0] in "LMN" for sign in sound.utterance.spoken)
    digits = sum(sign.isdecimal() for sign in sound.utterance.spoken)
    speech = sound.pcm.seconds - sum(sound.edges) - sound.pauses[1]
    slower = {Pace.SLOW: 1.4, Pace.NORMAL: 1.0, Pace.FAST: 0.8}[sound.utterance.pace]
    shortest, longest = 0.03 * slower * signs, (0.2 * signs + 0.6 * digits + 1.0) * slower
    if shortest <= speech <= longest:
        return None
    return f"The text of {signs} letters takes {speech:.1f} s; {shortest:.1f} to {longest:.1f} s is right."


def check_peak(sound: Sound) -> str | None:
    """A sound that is too quiet for a noisy kitchen, or so loud that a telephone distorts it."""
    if 18_000 <= sound.pcm.peak <= 30_000:
        return None
    return f"Its peak is {sound.pcm.peak}; 18000 to 30000 is right."


def check_loudness(sound: Sound) -> str | None:
    """One click at full level over whispered speech passes the peak check; its mean level gives it away."""
    samples = sound.pcm.wave.astype("f8")
    mean = math.sqrt((samples * samples).sum() / max(1, len(samples)))
    seconds = max(0.1, sound.pcm.seconds - sum(sound.edges) - sound.pauses[1])
    mean *= math.sqrt(sound.pcm.seconds / seconds)
    if 1_200 <= mean <= 9_000:
        return None
    return f"Its mean level while it speaks is {mean:.0f}; 1200 to 9000 is right."


def check_clipping(sound: Sound) -> str | None:
    """Speech cut off at full scale crackles, and consonants are lost first."""
    if sound.pcm.peak < 32_767:
        return None
    clipped = sound.pcm.samples.count(32_767) + sound.pcm.samples.count(-32_768)
    return f"{clipped} samples are at full scale."


def check_edges(sound: Sound) -> str | None:
    """Silence that the text does not ask for: the caller thinks the line is dead and hangs up."""
    before, after = sound.edges
    if before <= sound.pauses[0] + 0.2 and after <= sound.pauses[2] + 0.25:
        return None
    return f"It starts with {before:.2f} s and ends with {after:.2f} s of silence."


def check_tones(sound: Sound) -> str | None:
    """A tone inside a sound presses its own key: the caller is taken to a place they did not choose."""
    key = find_key(decode(sound.mp3, _TONE_RATE))
    return f"It holds the tone of the key {key}." if key else None


CHECKS: dict[str, Rule] = {
    "sound-length": check_length,
    "sound-peak": check_peak,
    "sound-loudness": check_loudness,
    "sound-clipping": check_clipping,
    "sound-edges": check_edges,
    "sound-tones": check_tones,
}


def check(mp3: bytes, utterance: Utterance) -> list[Fault]:
    """Everything that is wrong with a sound; an undecodable one has that single fault, `sound-decodes`."""
    try:
        sound = Sound(mp3, decode(mp3), utterance)
    except ValueError as error:
        return [Fault("sound-decodes", f"{error}.")]
    found = ((id, rule(sound)) for id, rule in CHECKS.items())
    return [Fault(id, text) for id, text in found if text]


def find_key(pcm: Pcm) -> str | None:
    """The key whose tone of 51 ms or more is in a sound at 4,000 samples a second.

    Blocks side by side find a candidate; it must also hold half a block earlier or later: 38 ms.
    """
    half = _BLOCK // 2
    keys, between = _keys_in(pcm.wave), _keys_in(pcm.wave[half:])
    for at, key in enumerate(keys):
        if key and key in between[max(0, at - 1) : at + 1]:
            return key
    return None


def _keys_in(wave: "NDArray[np.int16]") -> list[str]:
    """The key that each whole block holds; an empty text where it holds none."""
    import numpy as np  # noqa: PLC0415 - as in Pcm.wave

    blocks = wave[: len(wave) // _BLOCK * _BLOCK].reshape(-1, _BLOCK).astype("f8")
    energies = (blocks * blocks).sum(axis=1)
    # What each tone adds to the energy of a block: two points of its Fourier transform, Goertzel's result. `einsum` and
    # not `@`, which for this little work keeps every processor busy.
    points = np.einsum("bt,tw->bw", blocks, _WAVES).reshape(-1, len(_LOW + _HIGH), 2)
    powers = (points**2).sum(axis=2) * 2 / _BLOCK
    keys = [""] * len(blocks)
    for at in (energies >= _QUIET).nonzero()[0]:
        shares = powers[at] / energies[at]
        low, high = shares[: len(_LOW)], shares[len(_LOW) :]
        # A receiver forgives 8 dB between the two tones, which leaves the weaker one .14 of the energy.
        if min(low.max(), high.max()) >= 0.1 and low.max() + high.max() >= _TONE_SHARE:
            keys[at] = _KEYS[low.argmax()][high.argmax()]
    return keys
