// What did a move change? Said by the page itself where no program stands behind it; views.py says it elsewhere.
"use strict";

const plain = (number, digits) => String(Number(number.toPrecision(digits)));

/** Two numbers with so many significant digits, or with so many more that two unlike numbers differ. */
function apart(first, last, digits) {
  const texts = [first, last].map((number) => plain(number, digits));
  return texts[0] !== texts[1] || first === last || digits > 16 ? texts : apart(first, last, digits + 1);
}

const measured = (view) => view.axes.y.label.split(":")[0];

/** What moved, of one control. */
function moveSaid(old, control) {
  if (!old || old.value === control.value || !(old.moved || control.moved)) return "";
  const label = ({ value }) => control.choices?.find((each) => each.value === value)?.label ?? value;
  const [from, to] = control.choices ? [label(old), label(control)] : apart(old.value, control.value, 4);
  return `the ${control.label} went from ${from} to ${to}`;
}

/** The last known value of the last curve: where, what, and how it is known. */
function endOf({ theory, axes, x }) {
  const curve = theory.curves.at(-1);
  const at = curve ? curve.y.findLastIndex((value) => value !== null) : -1;
  if (at < 0) return null;
  const along = `${curve.label} and ${axes.x.label} ${plain(curve.x[at], 4)}`;
  return { where: x === "generation" ? `generation ${curve.x[at]}` : along, value: curve.y[at], status: curve.status };
}

function effectSaid(name, first, last) {
  const [status, here] = [`(theory, ${last.status}).`, first.where === last.where];
  if (Math.abs(first.value - last.value) <= 1e-3 * Math.max(Math.abs(first.value), Math.abs(last.value))) {
    if (!here) return `${name} is ${plain(last.value, 3)} at ${last.where} as at ${first.where} ${status}`;
    return `${name} at ${last.where} ${first.value === last.value ? "stays at" : "barely changes from"} ${plain(first.value, 3)} ${status}`;
  }
  const [from, to] = apart(first.value, last.value, 3);
  if (!here) return `${name} goes from ${from} at ${first.where} to ${to} at ${last.where} ${status}`;
  return `${name} at ${last.where} ${last.value < first.value ? "falls" : "rises"} from ${from} to ${to} ${status}`;
}

/** The sentence on what changed between two views. */
function changeSaid(before, now) {
  if (!before || before.preset !== now.preset) return "";
  if (["case", "metric", "x"].some((name) => before[name] !== now[name])) return `Now shown: ${measured(now)} by ${now.axes.x.label}, case ${now.case}.`;
  const moves = now.controls.map((control) => moveSaid(before.controls.find(({ key }) => key === control.key), control)).filter(Boolean);
  const [first, last] = [before, now].map(endOf);
  if (!moves.length || !first || !last) return "";
  const what = moves.slice(0, 3).join("; ");
  return `${what[0].toUpperCase()}${what.slice(1)}: ${effectSaid(`the ${measured(now)}`, first, last)}`;
}
