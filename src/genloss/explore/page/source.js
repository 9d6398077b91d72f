// Who answers the page: the program that serves it, or the positions that an exported file holds?
"use strict";

/** A request that the program understood and refused: what is wrong, and the way out. */
class Refusal extends Error {
  constructor(answer) {
    super(answer.problem ?? "The program refused this view.");
    this.mend = answer.mend ?? "";
  }
}

/** No answer at all: the program has ended. */
class Lost extends Error {}

/** The answer to a request. It may be cut off at its first word or its last: by the page itself, or with the program. */
async function answerOf(address, signal) {
  let response, answer;
  try {
    response = await fetch(address, { signal });
    answer = JSON.parse(await response.text());
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (!response || response.ok) throw new Lost();
  }
  if (!response.ok) throw new Refusal(answer ?? {});
  return answer;
}

/** Why a stream of points did not open: asked once more, as a plain request that ends at its first words. */
async function whyNoStream(address, heard) {
  const leave = new AbortController();
  try {
    const response = await fetch(address, { signal: leave.signal });
    if (response.status === 429) heard.busy();
    else if (response.ok) heard.problem("The simulation broke off.", "Move a control to start it again.");
    else {
      const { problem, mend } = await response.json().catch(() => ({}));
      heard.problem(problem ?? "The simulation could not start.", mend ?? "");
    }
  } catch {
    heard.lost();
  }
  leave.abort();
}

/** Points as they come; returns how to leave. `heard` has points, end, problem, busy and lost. */
function stream(address, heard) {
  const events = new EventSource(address);
  let left = false;
  const leave = () => {
    left = true;
    events.close();
  };
  const on = (kind, tell) =>
    events.addEventListener(kind, (event) => {
      if (!left) tell(JSON.parse(event.data));
    });
  on("points", (points) => heard.points(points));
  on("end", ({ why }) => (leave(), heard.end(why)));
  on("problem", ({ problem, mend }) => (leave(), heard.problem(problem, mend)));
  events.onerror = () => {
    if (left) return;
    leave();
    whyNoStream(address, heard);
  };
  return leave;
}

/** Parts of a query, those that are there. */
const joined = (...parts) => parts.filter(Boolean).join("&");

const theServer = {
  exported: null,
  presets: async () => (await answerOf("api/presets")).presets,
  view: (query, before, signal) =>
    answerOf(`api/view?${joined(query, before && `before=${encodeURIComponent(before)}`)}`, signal),
  points: (query, heard) => stream(`api/simulation?${query}`, heard),
};

/** How far a held view is from the wanted values; the control that was moved last counts most. */
function distance(view, wanted, last) {
  let sum = 0;
  for (const control of view.controls) {
    const asked = wanted.get(control.key);
    if (asked == null) sum += control.moved ? 1e-3 : 0; // taken back: rather where the study has it
    else if (control.kind === "choice") sum += String(control.value) === asked ? 0 : 1e3;
    else sum += gap(control, Number(asked)) * (control.key === last ? 1e2 : 1);
  }
  return sum;
}

/** Between 0 and 1: how far apart two values lie on their slider. */
function gap(control, asked) {
  const [here, there, from, to] = [control.value, asked, control.from, control.to].map((v) => placeOf(control, v));
  return Math.abs(here - there) / (to - from || 1);
}

const SETTINGS = ["preset", "case", "metric", "x"];

/** Held views that show the same preset, case, metric and axis, where any does; else all. What is not named is the first. */
function alike(views, wanted) {
  for (let kept = SETTINGS.length; kept > 0; kept--) {
    const names = SETTINGS.slice(0, kept);
    const same = views.filter((view) => names.every((name) => settingOf(view, name) === (wanted.get(name) ?? usual(view, name))));
    if (same.length) return same;
  }
  return views;
}

/** The case and the metric that are shown where none is named. */
const usual = (view, name) => ({ case: view.cases[0], metric: view.metrics[0] })[name] ?? settingOf(view, name);

const settingOf = (view, name) => String(view[name] ?? "generation");

/** The values that each control has among views, by its key: words, or numbers in their order. */
function movesOf(views) {
  const seen = new Map();
  for (const { key, value } of views.flatMap((view) => view.controls)) seen.set(key, (seen.get(key) ?? new Set()).add(value));
  return new Map([...seen].map(([key, values]) => [key, [...values].sort((one, other) => one - other)]));
}

/** Views computed beforehand: a wanted view is answered by the nearest that is held. */
function theExport(held) {
  const views = Object.values(held.views);
  const presets = Array.isArray(held.presets) ? held.presets : held.presets.presets;
  return {
    exported: held,
    presets: async () => presets,
    view: async (query, before, _signal, last) => {
      const wanted = new URLSearchParams(query);
      if (!wanted.has("preset")) wanted.set("preset", presets[0].name);
      const near = alike(views, wanted).map((view) => [distance(view, wanted, last), view]);
      const found = near.reduce((best, one) => (one[0] < best[0] ? one : best))[1];
      return { ...found, changed: changeSaid(held.views[before], found) };
    },
    moves: (view) => movesOf(alike(views, new URLSearchParams(SETTINGS.map((name) => [name, settingOf(view, name)])))),
    points: (query, heard) => {
      const points = held.points?.[query];
      if (points) heard.points(points);
      heard.end(points ? "These points were computed beforehand." : "");
      return () => {};
    },
  };
}

function sourceOfPage() {
  const block = find("export");
  return block ? theExport(JSON.parse(block.textContent)) : theServer;
}
