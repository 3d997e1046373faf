"""Speaks texts through Piper, one after another, until standard input ends.

Run as a program, in a process of its own: a web worker then never holds Piper's runtime (numpy and onnxruntime,
100 MB and more), its GPL-3 code stays at arm's length, and a model that crashes takes nothing with it. Unlike
espeak-ng's it lives on, as a voice takes a second to load. It imports nothing of the project.

A request is a line of JSON: {"model": path, "text": ..., "pace": how many times as long as the voice's own pace}.
The answer is a line of JSON and, after {"rate": samples a second, "bytes": n}, n bytes of 16-bit mono sound in the
machine's byte order; {"fault": sentence} instead where this text or voice cannot be spoken. Exit code 3: Piper is
not installed.
"""

import json
import os
import sys
from typing import Any, BinaryIO

NOT_INSTALLED = 3
# Between two sentences of one text, at the normal pace; Piper itself leaves some 0.1 s of its own.
SENTENCE_SECONDS = 0.3

try:
    import numpy
    from onnxruntime import InferenceSession, SessionOptions
    from piper import PiperVoice, SynthesisConfig
    from piper.config import PiperConfig
except ImportError as fault:
    print(fault, file=sys.stderr)
    sys.exit(NOT_INSTALLED)


def load(model: str) -> PiperVoice:
    """The voice, computed by one thread: sums then come out alike however many processors there are."""
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with open(f"{model}.json", encoding="utf-8") as file:
        config = PiperConfig.from_dict(json.load(file))
    session = InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    return PiperVoice(session=session, config=config)


def speak(voice: PiperVoice, text: str, pace: float) -> bytes:
    """The sound of the text, without the noise that makes Piper say each text a little differently every time."""
    settings = SynthesisConfig(
        length_scale=voice.config.length_scale * pace,
        noise_scale=0.0,
        noise_w_scale=0.0,
        normalize_audio=False,
    )
    pause = bytes(2 * round(SENTENCE_SECONDS * pace * voice.config.sample_rate))
    heard = []
    for chunk in voice.synthesize(text, settings):
        # A voice may overshoot full scale; it is brought back whole instead of being cut, which crackles.
        samples = chunk.audio_float_array / max(
            1.0, float(numpy.abs(chunk.audio_float_array).max(initial=0.0))
        )
        heard.append((samples * 32_767).astype(numpy.int16).tobytes())
    return pause.join(heard)


def main(answers: BinaryIO) -> None:
    loaded: tuple[str, PiperVoice] | None = None
    for line in sys.stdin.buffer:
        request: dict[str, Any] = json.loads(line)
        sound = b""
        try:
            # One voice at a time: texts come language by language, and each takes 100 MB and more.
            if loaded is None or loaded[0] != request["model"]:
                loaded = None
                loaded = request["model"], load(request["model"])
            sound = speak(loaded[1], request["text"], request["pace"])
            answer: dict[str, Any] = {"rate": loaded[1].config.sample_rate, "bytes": len(sound)}
        except Exception as fault:  # whatever a strange voice makes Piper raise concerns this text only
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        answers.write(json.dumps(answer).encode() + b"\n" + sound)
        answers.flush()


if __name__ == "__main__":
    # What a library prints must not get among the answers.
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    main(own)
