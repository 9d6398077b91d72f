// How does a view become the page: its title, controls, plot and words?
"use strict";

/** What the plot shows of the page. */
function sceneOf() {
  const { axes } = page.view;
  const [theory, points] = [page.view.theory.curves, page.points].map((curves) => named(curves, axes.y.label));
  const old = page.old.filter((curve) => theory.length && !theory.some((one) => String(one.y) === String(curve.y)));
  const names = namesOf(theory, points);
  const heights = heightsOf(theory, points, axes.y.log);
  const limits = limitsOf(heights, axes.y.log, page.resting ? page.limits : null);
  if (page.resting) page.limits = limits;
  return { axes, theory, points, old: sameAxes(old), names, limits };
}

/** Old lines are shown only on the axes they belong to. */
function sameAxes(old) {
  const axisOf = (query) => SETTINGS.map((name) => new URLSearchParams(query).get(name)).join();
  return axisOf(page.before) === axisOf(page.view.query) ? old : [];
}

/** How long the curves took. An exported page was not timed. */
function timeSaid({ theory }, scene) {
  if (theory.none || !theory.milliseconds) return "";
  const word = lineWord(scene);
  return `${word[0].toUpperCase()}${word.slice(1)} in ${written(theory.milliseconds, 2)} ms.`;
}

/** Draw everything that the page has. fresh: the view is new, and errors about the one before are taken back. */
function draw(fresh = false) {
  const { view } = page;
  const scene = sceneOf();
  find("title").textContent = view.title;
  document.title = `${view.title} – genloss explore`;
  const preset = page.presets.find((each) => each.name === view.preset);
  const paper = view.source ?? preset?.source;
  say("paper", paper ? `After ${paper}` : "");
  drawControls(movable(view), page.resting ? page.last : null, fresh, move);
  drawChoices(view);
  document.body.classList.toggle("own-rows", view.preset === "table");
  say("height", `↑ ${view.axes.y.label}`);
  say("none", sentence(view.theory.none));
  say("theory-note", sentence(view.theory.note));
  drawScene(scene);
  find("plot").setAttribute("aria-label", plotSaid(view, scene));
  drawLegend(scene, page.replicates);
  drawReader(scene);
  drawTable(scene);
  drawWorkflow(view.workflow);
  drawSentences("forecast", view.answer);
  drawSentences("plan", view.plan);
  drawFixed(view.fixed ?? []);
  say("changed", view.changed);
  say("theory-status", timeSaid(view, scene));
  drawSaves();
}

/** Controls; on an exported page they have the values that are held, and stand still where that is one alone. */
function movable(view) {
  const moves = page.source.moves?.(view);
  const held = (control) => moves.get(control.key) ?? [];
  return moves ? view.controls.map((control) => ({ ...control, held: held(control), fixed: held(control).length < 2 })) : view.controls;
}

/** Lists for case, metric and what runs along the plot. */
function drawChoices(view) {
  const along = settingOf(view, "x");
  const labels = new Map(view.controls.map(({ key, label }) => [key, label]));
  choice("case", "Case", view.cases.map((name) => [name, name]), view.case);
  choice("metric", "Shown", view.metrics.map((name) => [name, name.replaceAll("_", " ")]), view.metric);
  choice("x", "Along the plot", page.source.exported ? [] : view.ways.map((key) => [key, labels.get(key) ?? key]), along);
}

function choice(name, label, pairs, chosen) {
  let select = find(`choose-${name}`);
  if (!select) {
    select = made("select", { id: `choose-${name}`, onchange: (event) => set(name, event.target.value) });
    find("choices").append(made("span", {}, made("label", { for: select.id }, label), select));
  }
  fill(select, pairs, chosen);
  select.parentNode.hidden = pairs.length < 2;
}
