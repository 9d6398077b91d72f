// How does a reader move what can be moved? A slider and a field for a number, a list for a choice.
"use strict";

const rows = new Map(); // key of a control -> its row on the page
const idOf = (key) => `control-${key.replaceAll(".", "-")}`;
const shape = (control) => JSON.stringify([control.kind, control.group, control.label, control.says]);

/** Draw all controls; `move(key, text)` hears of a new value, null means: as the study has it. A fresh view takes errors back. */
function drawControls(controls, held, fresh, move) {
  const names = controls.map((control) => `${control.key}|${shape(control)}`).join("\n");
  const form = find("controls");
  if (form.dataset.names !== names) arrange(form, controls, move);
  form.dataset.names = names;
  for (const control of controls) refresh(rows.get(control.key), control, held, fresh);
}

/** Put rows into their groups; rows that stay keep their elements, and the reader keeps the focus. */
function arrange(form, controls, move) {
  const focused = document.activeElement;
  const old = new Map(rows);
  rows.clear();
  for (const control of controls) {
    const row = old.get(control.key);
    rows.set(control.key, row && row.shape === shape(control) ? row : newRow(control, move));
  }
  const groups = [...new Set([...controls].sort(byTable).map((control) => control.group))];
  form.replaceChildren(...groups.map((group) => groupOf(group, controls.filter((each) => each.group === group))));
  if (form.contains(focused)) focused.focus({ preventScroll: true });
}

const TABLES = ["population", "workflow", "generations", "generator", "predictor"];
const tableAt = ({ key }) => (TABLES.indexOf(key.split(".")[0]) + TABLES.length + 1) % (TABLES.length + 1); // others first

/** The data stand before the workflow, and both before the models. */
const byTable = (one, other) => tableAt(one) - tableAt(other);

function groupOf(name, controls) {
  return made("fieldset", {}, made("legend", {}, name), ...controls.map((control) => rows.get(control.key).element));
}

function newRow(control, move) {
  const id = idOf(control.key);
  const row = { control, shape: shape(control), parts: [], held: null };
  const hint = made("span", { class: "hint", id: `${id}-says`, role: "tooltip" }, control.says);
  row.wrong = made("p", { class: "wrong", id: `${id}-wrong`, role: "alert", hidden: true });
  row.reset = made("button", { type: "button", class: "quiet reset", title: "as the study has it",
    "aria-label": `${control.label}: back to the study's value`, onclick: () => {
      move(control.key, null);
      row.parts[0].focus();
    } }, "↺");
  const described = { "aria-describedby": `${id}-says ${id}-wrong` };
  row.parts = control.kind === "choice" ? [list(row, id, described, move)] : number(row, id, described, move);
  const label = made("label", { for: id }, made("span", {}, control.label));
  row.element = made("div", { class: `control ${control.kind}`, "data-key": control.key, onkeydown: quiet, onpointerenter: unquiet,
    onfocusin: unquiet }, made("div", { class: "line" }, label, row.reset, ...row.parts), hint, row.wrong);
  if (row.slider) row.element.insertBefore(row.slider, hint);
  return row;
}

/** Escape hides the sentence of a control until it is entered again. */
function quiet(event) {
  if (event.key === "Escape") event.currentTarget.classList.add("quieted");
}
const unquiet = (event) => event.currentTarget.classList.remove("quieted");

function list(row, id, described, move) {
  row.list = made("select", { id, ...described, onchange: () => move(row.control.key, row.list.value) });
  return row.list;
}

function number(row, id, described, move) {
  row.field = made("input", { type: "number", id, step: "any", ...described, onchange: () => typed(row, move) });
  row.slider = made("input", { type: "range", id: `${id}-slider`, "aria-label": `${row.control.label}, slider`, ...described,
    oninput: () => slid(row, move), onkeydown: (event) => pressed(event, row, move) });
  return [row.field];
}

/** A number was written into the field: out of range it is not sent, and the range is said. */
function typed(row, move) {
  const { control, field } = row;
  const value = Number(field.value);
  const whole = control.kind === "whole" && !Number.isInteger(value);
  if (field.value === "" || value < control.from || value > control.to || whole) {
    const kind = control.kind === "whole" ? "a whole number" : "a number";
    return refuse(control.key, `This takes ${kind} from ${control.from} to ${control.to}.`);
  }
  move(control.key, String(value));
}

function slid(row, move) {
  const value = valueAt(row.control, Number(row.slider.value));
  row.field.value = value;
  move(row.control.key, String(value));
}

const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 20, PageDown: -20 };

/** Keys on a logarithmic slider move by a step that changes the value, on an exported page to the next value that is
 *  held; linear ones have steps of their own. */
function pressed(event, row, move) {
  const step = STEPS[event.key];
  const { control } = row;
  if (!step || !(isLog(control) || control.held) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const value = (control.held ? nextHeld : nextValue)(control, Number(row.field.value), step);
  row.field.value = value;
  row.slider.value = placeOf(row.control, value);
  move(row.control.key, String(value));
}

/** Show a control as the view has it; what the reader holds (`held` is its key) is left as it is. */
function refresh(row, control, held, fresh) {
  row.control = control;
  row.reset.hidden = !control.moved;
  row.element.classList.toggle("moved", control.moved);
  if (fresh && held !== control.key) refuse(control.key, "");
  const still = control.fixed === true;
  for (const part of [row.list, row.field, row.slider]) if (part) part.disabled = still;
  if (row.list) fill(row.list, control.choices.map(({ value, label }) => [value, label]), control.value);
  else if (held !== control.key && row.wrong.hidden) place(row, control);
}

function place({ field, slider }, control) {
  const ends = isLog(control) ? [0, PLACES, 1] : [control.from, control.to, control.kind === "whole" ? 1 : control.step || "any"];
  [slider.min, slider.max, slider.step] = ends.map(String);
  slider.value = placeOf(control, control.value);
  slider.setAttribute("aria-valuetext", written(control.value, 4));
  [field.min, field.max] = [control.from, control.to];
  field.value = control.value;
}

/** Say what is wrong beside the control; an empty text takes it back. */
function refuse(key, text) {
  const row = rows.get(key);
  if (!row) return false;
  if (row.wrong.textContent !== text) row.wrong.textContent = text;
  row.wrong.hidden = !text;
  for (const part of row.parts) text ? part.setAttribute("aria-invalid", "true") : part.removeAttribute("aria-invalid");
  return true;
}
