// What does the page say in words: the legend, what changed, what runs, the numbers as a table?
"use strict";

const STATUS = {
  exact: "theory, exact",
  asymptotic: "theory for many rows and features",
  bound: "theory, a bound",
  simulation: "forecast, by simulation",
};

/** A small picture of a curve's line and mark. */
function swatch(at, line, point) {
  const svg = (tag, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const parts = line ? [svg("line", { x1: 0, y1: 7, x2: 34, y2: 7, stroke: "currentColor", "stroke-width": 2.5, "stroke-dasharray": DASHES[at % DASHES.length].join(" ") })] : [];
  if (point) parts.push(svg("path", { d: markPath(MARKS[at % MARKS.length], 17, 7, 4.2), fill: "currentColor" }));
  return svg("svg", { class: `swatch color-${at % COLORS}`, viewBox: "0 0 34 14", "aria-hidden": "true" }, ...parts);
}

/** A mark as a path of SVG. */
function markPath(mark, x, y, size) {
  if (mark === "circle") return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
  return `M${cornersOf(mark, size).map(([right, down]) => `${(x + right).toFixed(1)} ${(y + down).toFixed(1)}`).join("L")}z`;
}

/** What a line is called: a forecast of the reader's own rows is a simulation itself. */
const lineWord = ({ theory }) => (theory.some((curve) => curve.status === "simulation") ? "forecast" : "theory");

/** What stands for what: [name, how it is known, has a line, has points]. */
function legendOf({ theory, points, names }) {
  return names.map((name) => {
    const curve = theory.find((each) => each.label === name);
    const many = points.some((each) => each.label === name);
    const kinds = [curve && (STATUS[curve.status] ?? curve.status), many && "simulated"].filter(Boolean);
    return [name, kinds.join("; "), Boolean(curve), many];
  });
}

/** Sentences on areas, points and faint lines, as far as there are any. */
function keyOf(scene, replicates) {
  const sentences = [];
  if (scene.theory.some((curve) => curve.allowance && areaOf(curve))) sentences.push("Shaded: how far theory may be off at these sizes.");
  if (scene.theory.some((curve) => !curve.allowance && areaOf(curve))) sentences.push(lineWord(scene) === "forecast" ? "Shaded: where 95 of 100 simulated chains lie." : "Shaded: the band around the line, from its low to its high end.");
  if (scene.points.length) sentences.push(`Points: means of ${replicates} replicates. Bars: 95 % error bars (1.96 standard errors up and down).`);
  if (scene.old.length) sentences.push(`Dotted gray: ${lineWord(scene)} before the last change.`);
  return sentences.join(" ");
}

function drawLegend(scene, replicates) {
  const lines = legendOf(scene).map(([name, how, line, point]) =>
    made("li", {}, swatch(scene.names.indexOf(name), line, point), made("span", {}, name, made("span", { class: "note" }, ` (${how})`))));
  find("legend").replaceChildren(made("ul", {}, ...lines), made("p", { class: "note" }, keyOf(scene, replicates)));
}

/** What a shaded area is at one place; nothing where its ends are written like the value itself. */
function rangeSaid(value, low, high, word) {
  if (low === "–" || (low === value && high === value)) return "";
  return ` (${word === "forecast" ? "95 of 100 chains" : "may be off"}: ${low} to ${high})`;
}

/** One curve of a row in words. */
function cellSaid(name, { theory, low, high, mean, error }, word) {
  const parts = [];
  if (finite(theory)) parts.push(`${word} ${written(theory)}${rangeSaid(written(theory), written(low), written(high), word)}`);
  if (finite(mean)) parts.push(`simulated ${written(mean)}${finite(error) ? ` ± ${written(BAR * error, 2)}` : ""}`);
  return `${name}: ${parts.join(", ")}`;
}

function rowSaid(row, { axes, word }) {
  return `${axes.x.label} ${written(row.x)}. ${Object.entries(row.cells).map(([name, cell]) => cellSaid(name, cell, word)).join(". ")}.`;
}

let plotted = { rows: [], axes: null, word: "" }; // what the slider under the plot reads

function drawReader(scene) {
  plotted = { rows: rowsOf(scene.theory, scene.points), axes: scene.axes, word: lineWord(scene) };
  const reader = find("reader");
  const last = plotted.rows.length - 1;
  const atEnd = Number(reader.value) >= Number(reader.max);
  reader.max = Math.max(0, last);
  if (atEnd) reader.value = last;
  readOut();
}

/** Say the values at the slider's place. */
function readOut() {
  const reader = find("reader");
  const row = plotted.rows[Number(reader.value)];
  const said = row ? rowSaid(row, plotted) : "";
  find("reading").textContent = said;
  reader.setAttribute("aria-valuetext", said);
}

/** The pointer is over the plot at x: the slider follows. */
function pointed(x) {
  const at = plotted.rows.findIndex((row) => row.x === x);
  if (at < 0) return;
  find("reader").value = at;
  readOut();
}

const PARTS = [["theory", "theory"], ["low", "low"], ["high", "high"], ["mean", "simulated mean"], ["error", "standard error"]];

/** Heads and rows of the numbers, for the table and for files of an exported page. */
function tableOf(scene) {
  const { theory, points, names, axes } = scene;
  const rows = rowsOf(theory, points);
  const columns = names.flatMap((name) => PARTS.filter(([part]) => rows.some((row) => finite(row.cells[name]?.[part]))).map(([part, word]) => ({ name, part, word })));
  return {
    heads: [axes.x.label, ...columns.map(({ name, word }) => `${name}: ${word === "theory" ? lineWord(scene) : word}`)],
    body: rows.map((row) => [row.x, ...columns.map(({ name, part }) => row.cells[name]?.[part] ?? null)]),
  };
}

function drawTable(scene) {
  if (!find("numbers").open) return;
  const { heads, body } = tableOf(scene);
  const line = (cells) => made("tr", {}, made("th", { scope: "row" }, written(cells[0])), ...cells.slice(1).map((one) => made("td", {}, one == null ? "" : written(one, 4))));
  find("table").replaceChildren(
    made("caption", {}, scene.axes.y.label),
    made("thead", {}, made("tr", {}, ...heads.map((head) => made("th", { scope: "col" }, head)))),
    made("tbody", {}, ...body.map(line)));
}

let pictured = ""; // the picture of the workflow that stands there

/** The picture of the workflow and its words. It is parsed as a picture: a script in it does not run. */
function drawWorkflow(workflow) {
  if (workflow.svg !== pictured) {
    const parsed = workflow.svg && new DOMParser().parseFromString(workflow.svg, "image/svg+xml").documentElement;
    if (parsed) parsed.setAttribute("width", `${parsed.viewBox.baseVal.width / 14}em`); // its letters are as large as the page's
    find("workflow").replaceChildren(...(parsed ? [document.importNode(parsed, true)] : []));
    pictured = workflow.svg;
  }
  find("words").replaceChildren(...workflow.words.map((sentence) => made("li", {}, sentence)));
}

/** Sentences of a forecast or a plan, where there are any. */
function drawSentences(id, sentences = []) {
  find(id).hidden = !sentences.length;
  find(`${id}-words`).replaceChildren(...sentences.map((words) => made("p", {}, words)));
}

/** What of the study stands still, and why. */
function drawFixed(fixed) {
  find("fixed").hidden = !fixed.length;
  find("fixed-words").replaceChildren(...fixed.map(({ key, why }) => made("li", {}, made("code", {}, key), `: ${why}`)));
}

/** A sentence for the label of the plot: what it shows, for readers who do not see it. */
function plotSaid(view, scene) {
  const names = scene.names.join(", ") || "nothing yet";
  return `Plot of ${view.axes.y.label} against ${view.axes.x.label}: ${names}. The numbers stand in the table below.`;
}
