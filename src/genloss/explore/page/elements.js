// How is a part of the page made, found and told what to say?
"use strict";

const find = (id) => document.getElementById(id);

/** A new element; `onclick` and the like are listeners, true sets an empty attribute, false and null set none. */
function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Write a text; an empty one hides its element. Unchanged text is left alone, so that no reader hears it twice. */
function say(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

/** Words as a sentence: a capital first, unless the word is the name of a setting, and a full stop last. */
function sentence(words) {
  if (!words) return "";
  const setting = /^\S*[._=(]/.test(words);
  const begun = setting ? words : words[0].toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Fill a select with [value, label] pairs. */
function fill(select, pairs, chosen) {
  const key = JSON.stringify(pairs);
  if (select.dataset.pairs !== key) {
    select.replaceChildren(...pairs.map(([value, label]) => made("option", { value }, label)));
    select.dataset.pairs = key;
  }
  select.value = chosen;
}

/** Hand the browser a file of this text or blob. */
function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  made("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
