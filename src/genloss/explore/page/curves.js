// Which numbers does the plot show, and how far do its axes reach?
"use strict";

const BAR = 1.959964; // standard errors: a 95 % error bar
const finite = Number.isFinite;

/** Curves that all have a name: a single one without a name is called by what the plot shows. */
const named = (curves, name) => curves.map((curve) => ({ ...curve, label: curve.label || name }));

/** Names of all curves, theory's first; a name's place gives its color and its mark. */
function namesOf(theory, points) {
  return [...new Set([...theory, ...points].map((curve) => curve.label))];
}

/** The shaded areas of a curve, as [low, high] lists: its bounds or band, or what its claim allows beside the line. */
function areaOf(curve) {
  if (curve.low && curve.high) return [curve.low, curve.high];
  if (!curve.allowance || !curve.allowance.some((one) => one > 0)) return null;
  return [-1, 1].map((side) => curve.y.map((y, at) => (y == null ? null : y + side * (curve.allowance[at] ?? 0))));
}

/** One row per plotted x: per name theory, low, high, simulated mean and standard error, where there are any. */
function rowsOf(theory, points) {
  const found = new Map();
  const cell = (x, label) => {
    if (!found.has(x)) found.set(x, {});
    return (found.get(x)[label] ??= {});
  };
  for (const curve of theory) {
    const area = areaOf(curve);
    curve.x.forEach((x, at) => Object.assign(cell(x, curve.label), { theory: curve.y[at], low: area?.[0][at], high: area?.[1][at] }));
  }
  for (const curve of points) curve.x.forEach((x, at) =>
    Object.assign(cell(x, curve.label), { mean: curve.y[at], error: curve.standard_error[at] }));
  return [...found].sort((one, other) => one[0] - other[0]).map(([x, cells]) => ({ x, cells }));
}

/** Lists of the plot: x, then for each theory curve its line and, where it has an area, low and high; then old lines. */
function columnsOf(theory, old) {
  const tables = [];
  for (const curve of theory) {
    tables.push([curve.x, curve.y]);
    const area = areaOf(curve);
    if (area) tables.push([curve.x, ...area]);
  }
  for (const curve of old) tables.push([curve.x, curve.y]);
  return tables;
}

const shown = (value, log) => finite(value) && (!log || value > 0);

/** Every height that must be seen: lines, areas, points and the ends of their bars. */
function heightsOf(theory, points, log) {
  const all = [];
  for (const curve of theory) all.push(...curve.y, ...(areaOf(curve) ?? []).flat());
  for (const { y, standard_error: error } of points)
    y.forEach((mean, at) => all.push(mean, ...(finite(mean) && finite(error[at]) ? [mean - BAR * error[at], mean + BAR * error[at]] : [])));
  return all.filter((value) => shown(value, log));
}

/** The ends of an axis that holds all values, with a little room; `atLeast` (of a drag) is never left. */
function limitsOf(values, log, atLeast) {
  let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [log ? 0.1 : 0, 1];
  if (atLeast) [low, high] = [Math.min(low, atLeast[0]), Math.max(high, atLeast[1])];
  return low === high ? around(low, log) : [low, high];
}

function around(value, log) {
  if (log) return [value / 2, value * 2];
  return value === 0 ? [-1, 1] : [value - Math.abs(value) / 2, value + Math.abs(value) / 2];
}

/** Widen limits by a share of the axis. A linear axis that starts near zero starts at it. */
function roomy([low, high], log, share) {
  if (log) {
    const room = (high / low) ** share;
    return [low / room, high * room];
  }
  const room = (high - low) * share;
  const start = low >= 0 && low < 0.35 * high ? 0 : low - room;
  return [start, high + room];
}

/** Where an axis has its ticks: at round numbers, five or so; at 1, 2, 5 or powers of ten on a logarithmic one. */
function ticksOf(low, high, log, most) {
  if (log && high / low > 4) {
    const powers = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) powers.push(power);
    const every = Math.max(1, Math.ceil(powers.length / most));
    const fronts = powers.length * 3 <= most + 6 ? [1, 2, 5] : [1];
    const all = powers.filter((power) => power % every === 0).flatMap((power) => fronts.map((front) => Number(`${front}e${power}`)));
    const inside = all.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
    if (inside.length >= 2) return inside;
  }
  return roundNumbers(low, high, most);
}

function roundNumbers(low, high, most) {
  const raw = (high - low) / most;
  const power = Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((front) => front * 10 ** power).find((one) => one >= raw * 0.999);
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high * (1 + 1e-12); at++) ticks.push(Number((at * step).toPrecision(12)));
  return ticks;
}
