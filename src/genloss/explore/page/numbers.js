// How is a number written, and where on its slider does it stand?
"use strict";

const PLACES = 400; // of a slider whose values are spaced by their logarithms
const DIGITS = { "-": "⁻" };
[..."⁰¹²³⁴⁵⁶⁷⁸⁹"].forEach((raised, digit) => (DIGITS[digit] = raised));

/** A number to be read: at most `digits` significant digits, powers of ten where it is very large or small. */
function written(number, digits = 3) {
  if (number == null || !Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) {
    const [front, power] = number.toExponential(digits - 1).split("e");
    return `${Number(front)}×10${[...String(Number(power))].map((digit) => DIGITS[digit]).join("")}`;
  }
  if (size >= 10000) return Math.round(number).toLocaleString("en-US");
  return String(size >= 10 ** digits ? Math.round(number) : Number(number.toPrecision(digits)));
}

const isLog = (control) => control.scale === "log";

/** The smallest value above zero of a logarithmic slider that begins at zero. */
const floorOf = (control) => (control.from > 0 ? control.from : control.to / 1e5);

/** The place of a value on its slider: the value itself on a linear one, 0 to PLACES on a logarithmic one. */
function placeOf(control, value) {
  if (!isLog(control)) return value;
  const floor = floorOf(control);
  if (value < floor) return 0;
  return (PLACES * Math.log(value / floor)) / Math.log(control.to / floor);
}

/** The value at a place; the ends are exact. */
function valueAt(control, place) {
  if (!isLog(control)) return tidy(control, place);
  if (place <= 0) return control.from;
  if (place >= PLACES) return control.to;
  return tidy(control, floorOf(control) * (control.to / floorOf(control)) ** (place / PLACES));
}

/** Whole, or three significant digits, and within the range. */
function tidy(control, value) {
  const near = control.kind === "whole" ? Math.round(value) : Number(value.toPrecision(3));
  return Math.min(control.to, Math.max(control.from, near));
}

/** The value after one press of a key: never the same, where there is another. */
function nextValue(control, value, direction) {
  const found = valueAt(control, placeOf(control, value) + direction);
  if (control.kind !== "whole" || found !== value) return found;
  return Math.min(control.to, Math.max(control.from, value + direction));
}

/** The value after one press of a key among those that an exported page holds; the page keys pass one over. */
function nextHeld({ held }, value, direction) {
  const beyond = direction > 0 ? held.filter((one) => one > value) : held.filter((one) => one < value).reverse();
  return beyond.at(Math.abs(direction) > 1 ? 1 : 0) ?? beyond.at(-1) ?? value;
}
