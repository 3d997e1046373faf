// The editor: what a text becomes is shown while it is written, a fault leads to its line, and nothing is lost.
// Without this script the buttons do the same.

const form = document.getElementById('editor');
const text = document.getElementById('text');
const WAIT = 400; // Milliseconds of rest before a text is checked.
const KEPT = form && `desk-edit:${form.elements.path.value}`;

if (form) {
  numberLines();
  keepUnsaved();
  let asked;
  let timer;
  text.addEventListener('input', () => {
    clearTimeout(timer);
    if ('live' in form.dataset) timer = setTimeout(check, WAIT);
  });
  document.getElementById('check').addEventListener('click', (event) => {
    event.preventDefault();
    check();
  });

  /* What it becomes */
  async function check() {
    asked?.abort();
    asked = new AbortController();
    const becomes = document.getElementById('becomes');
    becomes.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(form.dataset.check, { method: 'POST', body: new FormData(form), signal: asked.signal });
      if (!answer.ok || answer.redirected) throw new Error('The desk does not answer. Your text is kept in this browser.');
      becomes.innerHTML = await answer.text();
      document.getElementById('told').textContent = document.getElementById('verdict').textContent;
      markLines();
    } catch (fault) {
      if (fault.name === 'AbortError') return;
      document.getElementById('told').textContent = fault.message;
      document.getElementById('verdict').textContent = fault.message;
    }
    becomes.removeAttribute('aria-busy');
  }

  document.getElementById('becomes').addEventListener('click', (event) => {
    const link = event.target.closest('a[data-line]');
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line));
  });
  const wanted = Number(text.dataset.line);
  if (wanted) goTo(wanted);
}

function goTo(line) {
  const lines = text.value.split('\n');
  const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? '').length);
  const mirrored = document.querySelector(`.mirror > :nth-child(${line})`);
  if (mirrored) mirrored.scrollIntoView({ block: 'center' });
  else text.scrollTop = ((line - 4) / lines.length) * text.scrollHeight;
}

/* Numbers beside the lines: behind the text box lies a copy of it that wraps as it does. */
function numberLines() {
  const sheet = document.getElementById('sheet');
  if (sheet.classList.contains('long')) return;
  const mirror = document.createElement('div');
  mirror.className = 'mirror';
  mirror.setAttribute('aria-hidden', 'true');
  sheet.prepend(mirror);
  sheet.classList.add('numbered');
  const copy = () => {
    const lines = text.value.split('\n');
    while (mirror.childElementCount > lines.length) mirror.lastElementChild.remove();
    lines.forEach((line, at) => {
      const row = mirror.children[at] ?? mirror.appendChild(document.createElement('div'));
      if (row.textContent !== (line || '\u200b')) row.textContent = line || '\u200b';
    });
  };
  text.addEventListener('input', copy);
  copy();
  markLines();
}

function markLines() {
  for (const row of document.querySelectorAll('.mirror > .faulty')) row.classList.remove('faulty');
  for (const link of document.querySelectorAll('#becomes a[data-line]')) {
    document.querySelector(`.mirror > :nth-child(${link.dataset.line})`)?.classList.add('faulty');
  }
}

document.addEventListener('selectionchange', () => {
  if (document.activeElement !== text) return;
  const line = text.value.slice(0, text.selectionStart).split('\n').length;
  document.getElementById('where').textContent = `You are in line ${line}.`;
});

/* A text that was not saved: a login that has run out, or a closed tab, must not lose it. */
function keepUnsaved() {
  const shown = text.value;
  const kept = localStorage.getItem(KEPT);
  const rescue = document.getElementById('rescue');
  if (kept !== null && kept !== shown) rescue.hidden = false;
  else localStorage.removeItem(KEPT);
  document.getElementById('rescue-take').addEventListener('click', () => {
    text.value = kept;
    rescue.hidden = true;
    text.focus();
    text.dispatchEvent(new Event('input'));
  });
  document.getElementById('rescue-drop').addEventListener('click', () => {
    localStorage.removeItem(KEPT);
    rescue.hidden = true;
    text.focus();
  });
  text.addEventListener('input', () => localStorage.setItem(KEPT, text.value));
}
