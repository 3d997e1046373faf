// The map: parts play in one player, and what is open stays open in another language or pace.

const player = document.getElementById('player');
const sound = document.getElementById('sound');
const playing = document.getElementById('playing');
const silent = document.getElementById('silent');
const tree = document.getElementById('tree');
let current = null;

/* Without this script a part is a link to its sound; with it a button. */
for (const link of document.querySelectorAll('a.play')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'play';
  button.dataset.sound = link.getAttribute('href');
  button.dataset.title = link.dataset.title;
  button.append(...link.childNodes);
  button.setAttribute('aria-pressed', 'false');
  link.replaceWith(button);
}

tree.addEventListener('click', (event) => {
  const button = event.target.closest('button.play');
  if (!button) return;
  if (button === current && !sound.paused) {
    sound.pause();
    return;
  }
  if (button !== current) {
    mark(false);
    current = button;
    sound.src = button.dataset.sound;
    playing.textContent = button.dataset.title;
  }
  silent.hidden = true;
  player.hidden = false;
  sound.play().catch((fault) => {
    if (fault.name !== 'AbortError') complain();
  });
});

function mark(on) {
  current?.setAttribute('aria-pressed', String(on));
}

function complain() {
  mark(false);
  silent.textContent = 'This sound cannot be had now. Try again in a moment.';
  silent.hidden = false;
}

sound.addEventListener('play', () => mark(true));
sound.addEventListener('pause', () => mark(false));
sound.addEventListener('ended', () => mark(false));
sound.addEventListener('error', complain);

/* What is open */

const KEPT = 'desk-open';

function details() {
  return [...tree.querySelectorAll('details.branch')];
}

for (const link of document.querySelectorAll('a[data-keep]')) {
  link.addEventListener('click', () => {
    sessionStorage.setItem(KEPT, JSON.stringify(details().filter((one) => one.open).map((one) => one.id)));
  });
}

for (const id of JSON.parse(sessionStorage.getItem(KEPT) ?? '[]')) {
  document.getElementById(id)?.setAttribute('open', '');
}
sessionStorage.removeItem(KEPT);

function setAll(open) {
  for (const one of tree.querySelectorAll('details')) one.open = open;
}

const all = document.querySelector('.all');
all.hidden = false;
document.getElementById('open-all').addEventListener('click', () => setAll(true));
document.getElementById('close-all').addEventListener('click', () => setAll(false));

/* On paper everything is open. */
let closed = [];
addEventListener('beforeprint', () => {
  closed = [...tree.querySelectorAll('details:not([open])')];
  for (const one of closed) one.open = true;
});
addEventListener('afterprint', () => {
  for (const one of closed) one.open = false;
});
