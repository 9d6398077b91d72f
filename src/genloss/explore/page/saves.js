// How does a reader keep what is seen: as a study, a picture, numbers, an address?
"use strict";

const saveLinks = new Map(); // name of a link -> the link, whose address changes with the view

const footNow = () => footOf(drawn.scene, page.replicates, page.view.query);
const button = (word, onclick) => made("button", { type: "button", onclick }, word);

function pictureButtons() {
  return [
    button("Picture (PNG)", () => savePng("explore.png", drawn.plot, drawn.scene, page.view.title, footNow())),
    button("Picture (SVG)", () => download("explore.svg", svgOf(drawn.plot, drawn.scene, page.view.title, footNow()), "image/svg+xml")),
  ];
}

/** An exported page has no program behind it: it writes the numbers itself, and no study. */
function exportedButtons() {
  const json = () => JSON.stringify({ query: page.view.query, ...tableOf(drawn.scene) });
  return [
    button("Data (CSV)", () => download("explore.csv", csvOf(tableOf(drawn.scene)), "text/csv")),
    button("Data (JSON)", () => download("explore.json", json(), "application/json")),
  ];
}

function saveLink(name, word) {
  const link = made("a", { class: "button", download: "" }, word);
  saveLinks.set(name, link);
  return link;
}

/** Made once, so that a reader who stands on one of them stays there while points stream in. */
function drawSaves() {
  const { view, source, replicates } = page;
  if (!find("saves").firstChild) {
    const parts = source.exported
      ? [...pictureButtons(), ...exportedButtons()]
      : [saveLink("study.toml", "Save as a study"), ...pictureButtons(), saveLink("data.csv", "Data (CSV)"), saveLink("data.json", "Data (JSON)"), button("Copy the address", copyAddress)];
    find("saves").replaceChildren(...parts);
  }
  if (saveLinks.has("study.toml")) saveLinks.get("study.toml").hidden = view.preset === "table"; // a forecast is no study
  const many = replicates ? `replicates=${replicates}` : "";
  for (const [name, link] of saveLinks) link.href = `api/${name}?${joined(view.query, many)}`;
}

const quoted = (head) => `"${head.replaceAll('"', '""')}"`;
const csvOf = ({ heads, body }) => [heads.map(quoted), ...body].map((line) => line.map((one) => one ?? "").join(",")).join("\r\n");

async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("saved", "The address is copied: whoever opens it with genloss explore sees this plot.");
  } catch {
    say("saved", `The browser does not allow to copy; the address is ${location.href}`);
  }
}
