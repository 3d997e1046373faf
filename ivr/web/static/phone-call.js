// A call: follows the line's TwiML verb by verb, as the carrier would, and tells the page what happens.
import { isolated, readable, word } from "./phone-words.js";

const MOST_REDIRECTS = 40;
const FALLBACK = "/voice/fallback";
// What the carrier says where a line answers with nothing that it can use: always this, and in English.
const CARRIER_GIVES_UP = "We are sorry, an application error has occurred. Goodbye.";

export class Call {
  // ask(request) sends a webhook; voice speaks (play, say); tell gets each thing that a person should see.
  constructor({ ask, voice, tell, from, to }) {
    Object.assign(this, { ask, voice, tell, from, to });
    this.id = `CA${Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("")}`;
    this.life = new AbortController();
    this.keys = [];
    this.redirects = 0;
  }

  get over() {
    return this.life.signal.aborted;
  }

  async start() {
    try {
      await this.fetch("/voice", { CallStatus: "ringing" });
      if (!this.over) this.tell.connected();
      while (!this.over) await this.follow(this.verbs.shift() ?? { verb: "Hangup", implied: true });
    } catch (error) {
      if (!this.over) this.end(word("unreachable"));
      if (error?.name !== "AbortError") this.tell.log("error", String(error?.message ?? error));
    }
  }

  end(why) {
    if (this.over) return;
    this.life.abort();
    this.tell.ended(why);
  }

  press(key) {
    if (this.over) return;
    this.tell.pressed(key);
    this.redirects = 0;
    if (this.deaf) {
      this.tell.log("key", word("ignored-key", { key }));
      return;
    }
    this.keys.push(key);
    this.interrupt?.();
  }

  // Silence now: what is being said is cut short and the wait counts as over.
  staySilent() {
    if (!this.gathering) return;
    this.tell.silent();
    this.keys.push(null);
    this.interrupt?.();
  }

  endDial(outcome) {
    this.dialled?.(outcome);
  }

  async follow(verb) {
    switch (verb.verb) {
      case "Say":
      case "Play":
        return this.alone(verb);
      case "Gather":
        return this.gather(verb);
      case "Redirect":
        this.tell.log("Redirect", verb.url);
        if (++this.redirects > MOST_REDIRECTS) throw new Error(word("circle"));
        return this.fetch(verb.url, {});
      case "Dial":
        return this.dial(verb);
      case "Hangup":
        if (!verb.implied) this.tell.log("Hangup", "");
        return this.end(word("line-ended"));
      default:
        throw new Error(verb.verb);
    }
  }

  // A sound outside a Gather: keys do nothing until it has ended.
  async alone(verb) {
    this.deaf = true;
    await this.hear(verb, this.life.signal);
    this.deaf = false;
  }

  async hear(verb, signal) {
    this.tell.log(verb.verb, verb.url ?? `${verb.text} (${word("carriers-voice")})`);
    await (verb.verb === "Play" ? this.voice.play(verb, signal) : this.voice.say(verb, signal));
    this.life.signal.throwIfAborted();
  }

  async gather(verb) {
    this.tell.log("Gather", word(verb.digits ? "gather" : "gather-any", { digits: verb.digits, seconds: verb.timeout }));
    this.gathering = true;
    this.voice.prepare(verb.nested);
    for (const sound of verb.nested) {
      if (this.keys.length) break;
      await this.hearUntilKey(sound);
    }
    let digits = "";
    let finished = "";
    while (digits.length !== verb.digits) {
      const key = await this.nextKey(verb.timeout);
      if (key === null) break;
      if (verb.finish.includes(key)) {
        finished = key;
        break;
      }
      digits += key;
    }
    this.gathering = false;
    if (digits || verb.empty === "action") {
      await this.fetch(verb.action, { Digits: digits, FinishedOnKey: finished, msg: "Gather End" });
    }
  }

  async hearUntilKey(sound) {
    const stop = new AbortController();
    this.interrupt = () => stop.abort();
    await this.hear(sound, AbortSignal.any([stop.signal, this.life.signal]));
    this.interrupt = undefined;
  }

  // The next key, or null after `seconds` of silence.
  async nextKey(seconds) {
    if (!this.keys.length) {
      this.tell.listening(seconds);
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, seconds * 1000);
        this.interrupt = resolve;
        const hungUp = () => reject(this.life.signal.reason);
        this.life.signal.addEventListener("abort", hungUp, { once: true });
        this.stopWaiting = () => {
          clearTimeout(timer);
          this.life.signal.removeEventListener("abort", hungUp);
        };
      }).finally(() => {
        this.stopWaiting();
        this.interrupt = undefined;
        this.tell.heard();
      });
    }
    return this.keys.shift() ?? null;
  }

  async dial(verb) {
    const number = readable(verb.number);
    this.tell.log("Dial", isolated(verb.number));
    this.keys = [];
    this.deaf = true;
    this.tell.ringing(number);
    const outcome = await new Promise((resolve, reject) => {
      this.dialled = resolve;
      this.life.signal.addEventListener("abort", () => reject(this.life.signal.reason), { once: true });
    });
    this.dialled = undefined;
    this.deaf = false;
    this.tell.dialEnded(outcome);
    const spent = outcome === "answered" ? { DialCallDuration: "60" } : {};
    if (verb.action) await this.fetch(verb.action, { DialCallStatus: outcome, ...spent });
  }

  // The next document, from the fallback where the first cannot be used.
  async fetch(path, fields) {
    const request = { path, fields, call: this.id, from: this.from, to: this.to };
    let answer = await this.asked(request);
    if (answer.fault) {
      const failure = { ErrorCode: String(answer.fault.code), ErrorUrl: answer.url };
      answer = await this.asked({ ...request, path: FALLBACK, fields: { ...fields, ...failure } });
    }
    if (answer.fault) {
      this.tell.caption({ text: CARRIER_GIVES_UP, lang: "en", note: word("carriers-voice") });
      this.end(word("broken"));
      return;
    }
    this.verbs = answer.verbs;
    this.voice.at(answer);
  }

  async asked(request) {
    const answer = await this.ask(request, this.life.signal);
    this.tell.webhook(request, answer);
    this.life.signal.throwIfAborted();
    return answer;
  }
}
