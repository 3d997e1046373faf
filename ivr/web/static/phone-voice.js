// What is heard: the line's sounds, the browser's own voice for Say, and the words of both.
import { word } from "./phone-words.js";

const WORDS_A_SECOND = 2.5;

export class Voice {
  constructor({ audio, tell, settings }) {
    Object.assign(this, { audio, tell, settings, language: "" });
    this.texts = new Map();
  }

  // The language of a document, for its captions: what the line says, or what stands in its address.
  at(answer) {
    this.language = answer.language || /^\/voice\/([a-z]{2,3}(?:-[A-Za-z]+)?)(?:[/?]|$)/.exec(answer.url)?.[1] || "";
  }

  // The carrier fetches all of a Gather's sounds before the first is heard; so do we, and their words.
  prepare(verbs) {
    for (const verb of verbs) {
      if (verb.verb !== "Play") continue;
      this.caption(verb.url);
      if (!this.settings.fast()) fetch(verb.url).catch(() => undefined);
    }
  }

  caption(url) {
    if (!this.texts.has(url)) this.texts.set(url, this.fetchCaption(url));
    return this.texts.get(url);
  }

  async fetchCaption(url) {
    try {
      const answer = await fetch(url.replace(/\.mp3$/, ".txt"));
      if (answer.ok) return { text: (await answer.text()).trim(), lang: answer.headers.get("Content-Language") };
    } catch {
      // Offline or gone: the sound may play all the same, from the browser's store.
    }
    this.texts.delete(url);
    return { text: word("no-caption"), lang: document.documentElement.lang };
  }

  async play(verb, signal) {
    const { text, lang } = await this.caption(verb.url);
    if (signal.aborted) return;
    this.tell.caption({ text, lang: lang || this.language });
    if (this.settings.fast()) return;
    this.tell.speaking();
    const { audio } = this;
    audio.src = verb.url;
    await new Promise((resolve) => {
      const failed = () => {
        if (!signal.aborted) this.tell.log("error", word("no-sound", { sound: verb.url }));
        resolve();
      };
      audio.onended = resolve;
      this.stop = resolve;
      audio.onerror = failed;
      signal.addEventListener("abort", resolve, { once: true });
      audio.play().catch(failed);
    });
    audio.onended = audio.onerror = null;
    audio.pause();
  }

  // Leaves what is being said now: fast mode was switched on.
  skip() {
    this.stop?.();
  }

  async say(verb, signal) {
    const lang = verb.language || this.language;
    this.tell.caption({ text: verb.text, lang, note: word("carriers-voice") });
    if (this.settings.fast()) return;
    this.tell.speaking();
    const seconds = verb.text.split(/\s+/).length / WORDS_A_SECOND;
    const voice = this.ownVoice(lang);
    await new Promise((resolve) => {
      this.stop = resolve;
      signal.addEventListener("abort", resolve, { once: true });
      setTimeout(resolve, (voice ? 3 * seconds + 5 : seconds) * 1000);
      if (!voice) return;
      const utterance = Object.assign(new SpeechSynthesisUtterance(verb.text), {
        voice,
        lang: voice.lang,
        volume: this.audio.muted ? 0 : this.audio.volume,
        onend: resolve,
        onerror: resolve,
      });
      speechSynthesis.speak(utterance);
    });
    globalThis.speechSynthesis?.cancel();
  }

  // A voice of the browser that speaks the language; no other ever reads it.
  ownVoice(lang) {
    const wanted = lang.toLowerCase().split("-")[0] || "en";
    const voices = globalThis.speechSynthesis?.getVoices() ?? [];
    return voices.find((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === wanted);
  }
}
