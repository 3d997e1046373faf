// The page: buttons, keyboard, captions and the log around a call.
import { Call } from "./phone-call.js";
import { messagePane } from "./phone-messages.js";
import { Voice } from "./phone-voice.js";
import { isolated, keyName, numbersIsolated, readable, word } from "./phone-words.js";

const $ = (id) => document.getElementById(id);
const { webhook, message, inbox, withheld } = document.body.dataset;
const audio = $("sound");
const LOGGED = { key: word("log-key"), error: word("log-error"), ended: word("log-ended") };
const OUTCOMES = {
  answered: word("answered"),
  busy: word("busy"),
  "no-answer": word("no-answer"),
  failed: word("failed"),
};
let call = null;
let clock = 0;
let countdown = 0;

// --- Asking the server

async function post(url, body, signal) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error ?? `${word("unreachable")} (${answer.status})`);
  return told;
}

// --- What a person sees

function make(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
}

function scrolledTo(box) {
  box.scrollTop = box.scrollHeight;
}

function addLine(line) {
  for (const old of $("captions").querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  $("captions").append(line);
  scrolledTo($("captions"));
}

function caption({ text, lang, note }) {
  const line = make("p", "said", text);
  line.dir = "auto";
  if (lang) line.lang = lang;
  line.setAttribute("aria-current", "true");
  addLine(line);
  if (line.matches(":dir(rtl)")) line.textContent = numbersIsolated(text);
  if (note) line.dataset.note = note;
}

function mine(text) {
  addLine(make("p", "mine", text));
}

function log(what, detail, twiml) {
  const item = make("li", what.toLowerCase());
  const time = make("time", "", new Date().toLocaleTimeString("en-GB"));
  const text = Object.assign(make("span", "detail", detail), { dir: "auto" });
  item.append(time, " ", make("b", "", LOGGED[what] ?? what), " ", text);
  if (twiml) {
    const more = document.createElement("details");
    const code = make("pre", "", twiml.replace(/></g, ">\n<"));
    code.tabIndex = 0;
    code.dir = "ltr";
    more.append(make("summary", "", "TwiML"), code);
    item.append(more);
  }
  $("log").append(item);
  scrolledTo($("log-region"));
}

function logWebhook(request, answer) {
  const sent = Object.entries(request.fields)
    .filter(([name, value]) => value && /^(Digits|DialCallStatus|SpeechResult|ErrorCode)$/.test(name))
    .map(([name, value]) => ` ${name}=${value}`);
  log("POST", `${answer.url}${sent.join("")} → ${answer.status}, ${answer.milliseconds} ms`, answer.twiml);
  if (answer.fault) log("error", word("fault", answer.fault));
}

function numberCalled() {
  return $("to").selectedOptions[0].textContent;
}

function status(text, doing = "") {
  $("status").textContent = text;
  $("doing").textContent = doing;
}

function stopCountdown() {
  clearInterval(countdown);
  $("wait").hidden = true;
  if (call) $("doing").textContent = "";
}

function startCountdown(seconds) {
  const end = performance.now() + seconds * 1000;
  const show = () => {
    const left = Math.max(0, (end - performance.now()) / 1000);
    $("doing").textContent = word("listening", { seconds: Math.ceil(left) });
    $("wait-bar").style.inlineSize = `${(100 * left) / seconds}%`;
  };
  clearInterval(countdown);
  countdown = setInterval(show, 250);
  show();
  $("wait").hidden = false;
}

function startClock() {
  const start = performance.now();
  const show = () => {
    const seconds = Math.floor((performance.now() - start) / 1000);
    $("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  show();
  $("clock").hidden = false;
  clock = setInterval(show, 1000);
}

function setBusy(busy) {
  $("call").classList.toggle("end", busy);
  $("call-label").textContent = busy ? word("end") : word("call");
  for (const id of ["from", "to"]) $(id).disabled = busy;
  $("silence").disabled = !busy;
  document.body.classList.toggle("in-call", busy);
}

function showDial(shown) {
  const within = $("dial").contains(document.activeElement);
  $("dial").hidden = !shown;
  if (shown) $("dial").focus();
  else if (within) $("keypad").focus();
}

const tell = {
  caption,
  log,
  webhook: logWebhook,
  connected: () => status(word("connected"), ""),
  speaking: () => {
    $("doing").textContent = word("speaking");
  },
  listening: startCountdown,
  heard: stopCountdown,
  pressed: (key) => mine(word("pressed", { key: keyName(key) })),
  silent: () => mine(word("silent")),
  ringing(number) {
    status(word("ringing", { number }));
    caption({ text: word("choose", { number }) });
    showDial(true);
  },
  dialEnded(outcome) {
    showDial(false);
    status(word("connected"));
    mine(OUTCOMES[outcome]);
  },
  ended(why) {
    stopCountdown();
    clearInterval(clock);
    $("clock").hidden = true;
    showDial(false);
    setBusy(false);
    status(word("ended", { why }), numberCalled());
    log("ended", why);
    call = null;
  },
};

const voice = new Voice({ audio, tell, settings: { fast: () => $("fast").checked } });

// --- What a person does

function toggleCall() {
  if (call) {
    call.end(word("you-ended"));
    return;
  }
  $("captions").replaceChildren();
  status(word("calling"), numberCalled());
  setBusy(true);
  startClock();
  call = new Call({
    ask: (request, signal) => post(webhook, request, signal),
    voice,
    tell,
    from: $("from").value,
    to: $("to").value,
  });
  call.start();
}

function press(key) {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
  call?.press(key);
}

function typedIntoField(target) {
  return target instanceof Element && target.closest("textarea, select, input:not([type=checkbox], [type=range])");
}

// While the sound is off, the words are what a screen reader should speak; otherwise it would talk over them.
function setAnnouncing() {
  $("captions").setAttribute("aria-live", audio.muted || $("fast").checked ? "polite" : "off");
}

$("call").addEventListener("click", toggleCall);
$("silence").addEventListener("click", () => call?.staySilent());
$("keypad").addEventListener("click", (event) => {
  const button = event.target.closest("[data-key]");
  if (button) press(button.dataset.key);
});
$("dial").addEventListener("click", (event) => {
  const outcome = event.target.closest("[data-outcome]")?.dataset.outcome;
  if (outcome) call?.endDial(outcome);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !$("typing").checked) return;
  if (!/^[0-9*#]$/.test(event.key) || typedIntoField(event.target)) return;
  event.preventDefault();
  press(event.key);
});
$("volume").addEventListener("input", () => {
  audio.volume = $("volume").value / 100;
});
$("mute").addEventListener("click", () => {
  audio.muted = !audio.muted;
  $("mute").setAttribute("aria-pressed", String(audio.muted));
  setAnnouncing();
});
$("fast").addEventListener("change", () => {
  setAnnouncing();
  if ($("fast").checked) voice.skip();
});
$("to").addEventListener("change", () => status(word("ready"), numberCalled()));
$("clear").addEventListener("click", () => $("log").replaceChildren());

for (const option of $("to").options) option.textContent = isolated(readable(option.textContent));
$("doing").textContent = numberCalled();
audio.volume = $("volume").value / 100;
setAnnouncing();
messagePane({
  form: $("texting"),
  list: $("messages"),
  field: $("text"),
  error: $("text-error"),
  send: (body) => post(message, body),
  look: (body) => post(inbox, body),
  numbers: () => ({ from: $("from").value, to: $("to").value }),
  withheld,
  log: logWebhook,
});
