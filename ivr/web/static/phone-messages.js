// The message pane: a text goes to the line, its replies come back as a phone shows them.
import { word } from "./phone-words.js";

const LOOK_EVERY = 2000; // Milliseconds between two looks for texts that the line has sent on its own.

function size({ parts, encoding, body }) {
  return word("size", { parts, encoding, characters: [...body].length });
}

export function messagePane({ form, list, field, error, send, look, numbers, withheld, log }) {
  const names = { sent: word("sent"), received: word("received") };
  const cookies = new Map(); // Per number that texts: the carrier keeps a conversation's cookies.

  function bubble(who, body, under) {
    const item = document.createElement("div");
    item.className = `bubble ${who}`;
    const name = Object.assign(document.createElement("span"), { className: "hidden", textContent: `${names[who]}: ` });
    const text = Object.assign(document.createElement("p"), { dir: "auto", textContent: body });
    item.append(name, text);
    if (under) item.append(Object.assign(document.createElement("p"), { className: "size", textContent: under }));
    list.append(item);
    list.scrollTop = list.scrollHeight;
    return text;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { from, to } = numbers();
    const text = field.value.trim();
    error.textContent = "";
    if (!text) return;
    if (from === withheld) {
      error.textContent = word("withheld-text");
      return;
    }
    bubble("sent", text);
    field.value = "";
    try {
      const answer = await send({ text, from, to, cookies: cookies.get(from) ?? {} });
      cookies.set(from, answer.cookies);
      log({ path: "/sms", fields: {} }, answer);
      for (const message of answer.messages) {
        const shown = bubble("received", message.body, size(message));
        if (answer.language) shown.lang = answer.language;
      }
      if (!answer.messages.length) error.textContent = answer.fault ? word("fault", answer.fault) : word("no-reply");
    } catch (failure) {
      error.textContent = word("not-sent", { why: failure.message });
    }
  });

  setInterval(async () => {
    const { from } = numbers();
    if (document.hidden || from === withheld) return;
    const answer = await look({ from }).catch(() => ({ messages: [] }));
    for (const message of answer.messages) bubble("received", message.body, size(message));
  }, LOOK_EVERY);

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
