// Which questions can be chosen, and which of them does a search find?
"use strict";

const searched = (preset) => `${preset.title} ${preset.name} ${preset.source}`.toLowerCase();

/** Presets that hold every word of the search. */
function found(presets, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return presets.filter((preset) => words.every((word) => searched(preset).includes(word)));
}

function presetLine(preset, chosen, choose) {
  const link = made("a", {
    href: `?preset=${encodeURIComponent(preset.name)}`,
    "aria-current": preset.name === chosen ? "true" : null,
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(preset.name);
    },
  }, preset.title);
  return made("li", {}, link, ...(preset.source ? [made("span", { class: "note" }, ` ${preset.source}`)] : []));
}

function drawPresets(presets, chosen, choose) {
  const list = found(presets, find("search").value);
  find("presets").replaceChildren(...list.map((preset) => presetLine(preset, chosen, choose)));
  const all = list.length === presets.length;
  say("found", all ? "" : list.length ? `${list.length} of ${presets.length} questions` : "No question holds these words; try fewer.");
}
