// The list of files: what is typed narrows it at once. Without this script the button does.

const find = document.getElementById('find');
const files = [...document.querySelectorAll('.file')];

find.addEventListener('input', () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const file of files) file.hidden = !words.every((word) => file.dataset.words.includes(word));
  for (const group of document.querySelectorAll('.files')) group.hidden = !group.querySelector('.file:not([hidden])');
  const shown = files.filter((file) => !file.hidden).length;
  document.getElementById('found').textContent = words.length ? `${shown} found.` : '';
});
