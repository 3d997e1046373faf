"""Speaks standard input once through espeak-ng and writes raw sound to standard output.

Run as a program, in a process of its own: the library crashes when threads share it, and gives the same bytes
for the same text only in a fresh process. It imports nothing of the project, so it starts in milliseconds.

    espeak_process.py LIBRARY DATA VOICE WORDS_A_MINUTE PITCH_RANGE

Output is 16-bit mono in the machine's byte order at 22,050 samples a second. Exit codes: 0 spoken; 3 the
library or its data cannot be used; 4 no such voice; 5 the text was refused. A sentence on standard error says
more.
"""

import ctypes
import sys

LIBRARY_FAILED, VOICE_UNKNOWN, TEXT_REFUSED = 3, 4, 5
RATE = 22_050

# From espeak-ng's speak_lib.h, API revision 12.
_SYNCHRONOUS, _DONT_EXIT, _UTF8, _BY_CHARACTER = 2, 0x8000, 1, 1
_PARAMETER_RATE, _PARAMETER_PITCH_RANGE = 1, 4
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class RefusedError(Exception):
    """Carries an exit code and the sentence that explains it."""


def speak(text: bytes, library: str, data: str, voice: str, *settings: int) -> bytes:
    """The sound of the text; the settings are words a minute and the range of pitch. Raises `RefusedError`."""
    try:
        espeak = ctypes.CDLL(library)
    except OSError as error:
        raise RefusedError(LIBRARY_FAILED, f"the library cannot be loaded: {error}") from error
    if espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), _DONT_EXIT) != RATE:
        raise RefusedError(LIBRARY_FAILED, f"the library finds no data in {data}")
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise RefusedError(VOICE_UNKNOWN, f"there is no voice {voice!r}")
    heard: list[bytes] = []

    def hear(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int | None) -> int:
        if samples and count > 0:
            heard.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = _CALLBACK(hear)
    espeak.espeak_SetSynthCallback(callback)
    rate, pitch_range = settings
    espeak.espeak_SetParameter(_PARAMETER_RATE, rate, 0)
    espeak.espeak_SetParameter(_PARAMETER_PITCH_RANGE, pitch_range, 0)
    size = ctypes.c_size_t(len(text) + 1)
    if espeak.espeak_Synth(text, size, 0, _BY_CHARACTER, 0, _UTF8, None, None) or espeak.espeak_Synchronize():
        raise RefusedError(TEXT_REFUSED, "the text was refused")
    return b"".join(heard)


def main(arguments: list[str]) -> int:
    library, data, voice, rate, pitch_range = arguments
    try:
        sound = speak(sys.stdin.buffer.read(), library, data, voice, int(rate), int(pitch_range))
    except RefusedError as refusal:
        code, sentence = refusal.args
        print(sentence, file=sys.stderr)
        return int(code)
    sys.stdout.buffer.write(sound)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
