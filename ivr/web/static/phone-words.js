// The words that the page's scripts show, in the language of the page: ivr/web/labels.py has them all.
const words = JSON.parse(document.getElementById("words").textContent);
const rightToLeft = document.documentElement.dir === "rtl";

// The word of that name with its {values}.
export function word(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, value) => isolated(String(values[value])));
}

// A value in its own order within words that run from right to left: "0808 800 6000" would else be shown backwards.
export function isolated(value) {
  return rightToLeft ? `\u2068${value}\u2069` : value;
}

// The same for each telephone number of a text, whatever the language of the page.
export function numbersIsolated(text) {
  return text.replace(/\+?\d+(?: \d+)+/g, "\u2068$&\u2069");
}

// A key as the line names it.
export function keyName(key) {
  return key === "*" ? word("star") : key === "#" ? word("hash") : key;
}

// A number as people read it: +448088006000 is 0808 800 6000.
export function readable(number) {
  const national = number.startsWith("+44") ? `0${number.slice(3)}` : number;
  if (!/^0\d{10}$/.test(national)) return national;
  const cuts = /^02/.test(national) ? [3, 7] : /^07/.test(national) ? [5, 11] : [4, 7];
  return [national.slice(0, cuts[0]), national.slice(...cuts), national.slice(cuts[1])].filter(Boolean).join(" ");
}
