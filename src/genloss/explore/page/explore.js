// What happens when the reader moves something? The newest view is asked for and drawn; at rest a simulation starts.
"use strict";

const REST = 300; // milliseconds without a move until a simulation starts
const TURN = 2000; // milliseconds until a simulation that found no turn asks again
const PATIENCE = 250; // milliseconds that a newer view waits for an older one before it takes its place

const page = {
  source: sourceOfPage(), presets: [], wanted: new URLSearchParams(location.search), view: null,
  points: [], replicates: 0, leave: () => {}, stopped: false,
  old: [], before: "", limits: null, last: null, resting: null, asked: null, waiting: false,
};

/** Ask for the wanted view. One request at most is on its way; what is wanted meanwhile is asked for after it. */
async function ask() {
  if (page.asked) {
    page.waiting = true;
    if (performance.now() - page.asked.since > PATIENCE) page.asked.control.abort();
    return;
  }
  const [control, query] = [new AbortController(), page.wanted.toString()];
  page.asked = { control, since: performance.now() };
  const slow = setTimeout(() => computing(true), page.view?.slow ? 0 : 150);
  try {
    answered(await page.source.view(query, page.before, control.signal, page.last), query);
  } catch (error) {
    failed(error);
  } finally {
    clearTimeout(slow);
    computing(false);
    page.asked = null;
  }
  if (page.waiting) {
    page.waiting = false;
    return ask();
  }
  settle();
}

/** Say that a view takes a while; what stands there meanwhile is pale. */
function computing(yes) {
  find("plot-region").classList.toggle("busy", yes);
  if (yes) say("theory-status", "Computing theory …");
}

/** A view came: it is drawn, and unless something newer is wanted it becomes the page's address. */
function answered(view, query) {
  page.view = view;
  say("lost", "");
  say("trouble", "");
  if (page.wanted.toString() === query) {
    page.wanted = new URLSearchParams(view.query);
    if (!page.source.exported) history.replaceState(null, "", view.query ? `?${view.query}` : location.pathname);
  }
  draw(true);
}

/** Errors are said beside the control that was moved, the last good picture stays. */
function failed(error) {
  if (error.name === "AbortError") return;
  if (error instanceof Lost) return lost();
  if (!(error instanceof Refusal)) throw error;
  const said = `${sentence(error.message)} ${sentence(error.mend)}`.trim();
  if (!page.waiting && page.view) page.wanted = new URLSearchParams(page.view.query);
  if (page.view && page.last && refuse(page.last, said)) return;
  say("trouble", said);
  if (!page.view) find("trouble").append(" ", made("a", { href: location.pathname }, "Start with the first question."));
}

function lost() {
  page.leave();
  say("simulation-status", "");
  find("pause").hidden = true;
  say("lost", "The program that serves this page has ended; start it again with genloss explore.");
  find("lost").append(" ", made("button", { type: "button", onclick: () => ask() }, "Try again"));
}

/** A control has a new value; null takes it back to the study's. */
function move(key, text) {
  if (text == null) page.wanted.delete(key);
  else page.wanted.set(key, text);
  page.last = key;
  refuse(key, "");
  changedView();
}

/** Another case, metric or axis. */
function set(name, value) {
  page.wanted.set(name, value);
  page.last = null;
  changedView();
}

/** Another question: a new step in the browser's history. */
function choose(name) {
  page.wanted = new URLSearchParams({ preset: name });
  if (!page.source.exported) history.pushState(null, "", `?${page.wanted}`);
  find("chooser").open = false;
  find("chooser").querySelector("summary").focus();
  anew();
}

/** A whole new state: nothing of the view before is kept. */
function anew() {
  page.last = null;
  forget();
  page.before = "";
  page.old = [];
  ask();
}

/** The simulation belongs to a view that is left. */
function forget() {
  page.leave();
  [page.points, page.replicates, page.stopped, page.limits] = [[], 0, false, null];
  clearTimeout(page.resting);
  page.resting = setTimeout(() => {
    page.resting = null;
    settle();
  }, REST);
}

function changedView() {
  if (page.view && !(page.resting && page.before)) {
    page.before = page.view.query;
    page.old = page.view.theory.curves;
  }
  const limits = page.limits;
  forget();
  page.limits = limits;
  find("changed").setAttribute("aria-busy", "true"); // what changed is read out at rest, not on the way
  say("ended", "");
  ask();
}

/** Nothing moves and nothing is on its way: the axes fit again, and the simulation starts. */
function settle() {
  if (page.resting || page.asked || !page.view || !find("lost").hidden) return;
  find("changed").setAttribute("aria-busy", "false");
  page.limits = null;
  draw();
  simulate();
}

function simulate() {
  page.leave();
  const { simulation, query } = page.view;
  find("pause").hidden = true;
  if (!simulation.possible) return say("simulation-status", sentence(simulation.why_not ?? "this cannot be simulated here"));
  if (page.stopped) return;
  say("simulation-status", "Simulation starts …");
  find("pause").hidden = Boolean(page.source.exported);
  page.leave = page.source.points(query, heard(query));
}

/** What to do with what a stream says. */
function heard(query) {
  const end = (status, said) => {
    find("pause").hidden = true;
    say("simulation-status", status);
    say("ended", sentence(said));
  };
  return {
    points: ({ replicates, curves }) => {
      if (query !== page.view.query) return;
      [page.points, page.replicates] = [curves, replicates];
      say("simulation-status", `Simulated: ${replicates} replicates.`);
      draw();
    },
    end: (why) => end(page.replicates ? `Simulated: ${page.replicates} replicates.` : "", why),
    busy: () => {
      say("simulation-status", "The machine simulates for other pages; this one waits its turn.");
      const again = setTimeout(simulate, TURN);
      page.leave = () => clearTimeout(again);
    },
    problem: (problem, mend) => end("", `${sentence(problem)} ${sentence(mend)}`),
    lost,
  };
}

function pause() {
  page.leave();
  page.stopped = true;
  find("pause").hidden = true;
  say("simulation-status", `Stopped at ${page.replicates} replicates; move a control to simulate again.`);
}

/** Dark or light: as the machine says, until the reader chooses. */
function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  const dark = (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  find("theme").textContent = dark ? "Light page" : "Dark page";
  find("theme").onclick = () => theme(dark ? "light" : "dark");
  known.clear();
  if (page.view) draw();
}

async function start() {
  const held = page.source.exported;
  if (held) say("mark", `This page holds ${Object.keys(held.views).length} positions that were computed beforehand; a slider moves between them. Made by ${held.made}.`);
  theme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
  find("search").addEventListener("input", () => drawPresets(page.presets, page.view?.preset, choose));
  find("chooser").addEventListener("toggle", () => find("chooser").open && drawPresets(page.presets, page.view?.preset, choose));
  find("controls").addEventListener("submit", (event) => event.preventDefault());
  find("reader").addEventListener("input", readOut);
  find("numbers").addEventListener("toggle", () => page.view && drawTable(drawn.scene));
  find("pause").addEventListener("click", pause);
  addEventListener("popstate", () => {
    page.wanted = new URLSearchParams(location.search);
    anew();
  });
  new ResizeObserver(() => page.view && drawScene(drawn.scene)).observe(find("plot"));
  try {
    page.presets = await page.source.presets();
  } catch (error) {
    failed(error);
  }
  find("chooser").hidden = page.presets.length < 2;
  forget();
  ask();
}

start();
