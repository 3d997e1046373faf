// How far the publishing is, asked for again and again until it has ended.

const EVERY = 1000; // Milliseconds.
const work = document.getElementById('work');

async function look() {
  try {
    const answer = await fetch(work.dataset.far);
    if (answer.ok && !answer.redirected) work.innerHTML = await answer.text();
  } catch {
    // The line may be starting anew; the next look tells.
  }
  const ended = work.querySelector('[data-ended]');
  if (ended) document.getElementById('told').textContent = ended.textContent;
  else setTimeout(look, EVERY);
}

if (!work.querySelector('[data-ended]')) setTimeout(look, EVERY);
