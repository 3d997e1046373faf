// Every word that the page's scripts show, in one place for translators.
export const words = {
  ready: "Ready to call",
  calling: "Calling",
  connected: "Connected",
  call: "Call",
  end: "End call",
  speaking: "Speaking",
  listening: (seconds) => `Waiting for a key: ${seconds} s`,
  ringing: (number) => `Ringing ${number}`,
  neverCalls: (number) => `Ringing ${number} – this phone never really calls`,
  spoken: (number) => `This is where ${number} rings. Choose how the call ends.`,
  ended: (why) => `Call ended. ${why}`,
  youEnded: "You ended it.",
  lineEnded: "The line ended it.",
  unreachable: "The line cannot be reached.",
  applicationError: "We are sorry, an application error has occurred. Goodbye.",
  carriersVoice: "carrier’s own voice",
  noCaption: "(a sound without words beside it)",
  noSound: (url) => `${url} could not be played`,
  pressed: (key) => `You pressed ${{ "*": "star", "#": "hash" }[key] ?? key}`,
  silent: "You stayed silent",
  outcome: {
    answered: "The helpline answered, and later hung up",
    busy: "The number was busy",
    "no-answer": "Nobody answered",
    failed: "The call could not be put through",
  },
  ignoredKey: "nothing waits for a key now",
  gather: (verb) => `up to ${verb.digits ?? "any number of"} key${verb.digits === 1 ? "" : "s"}, ${verb.timeout} s`,
  circle: "The line redirects in a circle.",
  fault: (fault) => `error ${fault.code}: ${fault.text}`,
  twiml: "TwiML",
  mute: "Mute",
  muted: "Sound off",
  sent: "You",
  received: "The line",
  size: (message) =>
    `${message.parts} ${message.parts === 1 ? "part" : "parts"} · ${message.encoding} · ${[...message.body].length} characters`,
  noReply: "The line sent no reply.",
  notSent: "The message was not sent. ",
  withheldText: "A withheld number cannot send a text. Choose another caller.",
};

// A number as people read it: +448088006000 is 0808 800 6000.
export function readable(number) {
  const national = number.startsWith("+44") ? `0${number.slice(3)}` : number;
  if (!/^0\d{10}$/.test(national)) return national;
  const cuts = /^02/.test(national) ? [3, 7] : /^07/.test(national) ? [5, 11] : [4, 7];
  return [national.slice(0, cuts[0]), national.slice(...cuts), national.slice(cuts[1])].filter(Boolean).join(" ");
}
