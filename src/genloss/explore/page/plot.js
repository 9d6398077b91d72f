// How are lines, areas, points and bars drawn? uPlot draws axes, lines and areas; points and bars are drawn over them.
"use strict";

const MARKS = ["circle", "square", "diamond", "triangle"];
const DASHES = [[], [9, 4], [3, 3], [12, 3, 3, 3]];
const COLORS = 7;
const drawn = { plot: null, shape: "", scene: null };

const known = new Map(); // colors that were asked for; forgotten when dark or light changes

/** A color of the style sheet as the browser resolves it, for dark and light. */
function color(name) {
  if (!known.has(name)) known.set(name, resolved(name));
  return known.get(name);
}

function resolved(name) {
  const probe = made("i", { class: `color-${name}`, hidden: true });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
const colorOf = (place) => color(place % COLORS);
const faint = (rgb, share) => rgb.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*$/, `rgba($1, ${share})`);

/** A scene: {axes, theory, points, old, names, limits}. Draw it; the plot is built anew only when its parts change. */
function drawScene(scene) {
  const place = find("plot");
  const data = uPlot.join(columnsOf(scene.theory, scene.old).concat([[xsOf(scene), xsOf(scene).map(() => null)]]));
  const shape = shapeOf(scene, place);
  drawn.scene = scene;
  if (drawn.plot && drawn.shape === shape) return drawn.plot.setData(data);
  drawn.plot?.destroy();
  drawn.shape = shape;
  drawn.plot = new uPlot(optionsOf(scene, place), data, place);
}

const xsOf = (scene) => [...new Set([...scene.theory, ...scene.points].flatMap((curve) => curve.x))].sort((a, b) => a - b);

function shapeOf({ axes, theory, old, names }, place) {
  const parts = theory.map((curve) => [names.indexOf(curve.label), Boolean(areaOf(curve))]);
  return JSON.stringify([axes, parts, old.length, place.clientWidth, place.clientHeight, color("ink"), color("0"), devicePixelRatio]);
}

/** How an axis is spaced: by logarithms where all its values allow it, else (a generation 0) nearly so. */
const spacing = (log, lowest) => (!log ? { distr: 1 } : lowest > 0 ? { distr: 3, log: 10 } : { distr: 4, asinh: 1 });

function optionsOf(scene, place) {
  const xs = xsOf(scene);
  const [xLog, yLog] = [scene.axes.x.log, scene.axes.y.log];
  return {
    width: place.clientWidth, height: place.clientHeight, legend: { show: false }, padding: [12, 2 * lettersOf(), 0, 0],
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: {
      x: { time: false, ...spacing(xLog, xs[0]), range: () => sideways(drawn.scene) },
      y: { ...(yLog ? { distr: 3, log: 10 } : { distr: 1 }), range: () => roomy(drawn.scene.limits, yLog, 0.05) },
    },
    axes: [axis(scene.axes.x, place.clientWidth / 90, () => 2, xLog && xs[0] > 0), axis({}, place.clientHeight / 45, widthOf, yLog)],
    series: [{}, ...seriesOf(scene)], bands: bandsOf(scene),
    hooks: { draw: [drawPoints], setCursor: [(plot) => plot.cursor.idx != null && pointed(plot.data[0][plot.cursor.idx])] },
  };
}

/** The height of letters in the plot, in pixels: a little smaller than those of the page. */
const lettersOf = () => Math.round(0.85 * parseFloat(getComputedStyle(document.documentElement).fontSize));

function sideways(scene) {
  const xs = xsOf(scene);
  const log = scene.axes.x.log && xs[0] > 0;
  const limits = limitsOf(xs.filter(finite), log);
  if (log) return roomy(limits, true, 0.02);
  const room = (limits[1] - limits[0]) * 0.02;
  return [limits[0] - room, limits[1] + room];
}

/** The room of numbers beside an axis, in heights of letters. */
const widthOf = (numbers) => 1.3 + 0.6 * Math.max(2, ...(numbers ?? []).map((number) => number.length));

/** An axis with at most so many ticks; `room` says from its numbers how many heights of letters it needs. */
function axis({ label }, most, room, log) {
  const [ink, grid, letters] = [color("muted"), color("grid"), lettersOf()];
  const font = `${letters}px system-ui, sans-serif`;
  return {
    label, size: (_plot, numbers) => Math.ceil(room(numbers) * letters), labelSize: 1.7 * letters, stroke: ink, font, labelFont: font, gap: 4,
    grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 },
    splits: (_plot, _at, low, high) => ticksOf(low, high, log, Math.max(3, Math.min(10, most))),
    values: (_plot, ticks) => ticks.map((tick) => written(tick)), filter: (_plot, ticks) => ticks,
  };
}

function seriesOf({ theory, old, names }) {
  const line = { points: { show: false }, spanGaps: true };
  const series = [];
  for (const curve of theory) {
    const at = names.indexOf(curve.label);
    series.push({ ...line, stroke: colorOf(at), width: 0.19 * lettersOf(), dash: DASHES[at % DASHES.length] });
    if (areaOf(curve)) series.push({ ...line, width: 0 }, { ...line, width: 0 });
  }
  for (const _ of old) series.push({ ...line, stroke: color("ghost"), width: 1.5, dash: [2, 4] });
  return [...series, { show: false }];
}

function bandsOf({ theory, names }) {
  const bands = [];
  let at = 1;
  for (const curve of theory) {
    if (areaOf(curve)) bands.push({ series: [at + 2, at + 1], fill: faint(colorOf(names.indexOf(curve.label)), 0.2) });
    at += areaOf(curve) ? 3 : 1;
  }
  return bands;
}

/** Points and their bars, over everything else. */
function drawPoints(plot) {
  const { points, names, axes } = drawn.scene;
  const pen = plot.ctx;
  const crowded = points.some((curve) => curve.x.length > 25);
  const unit = (devicePixelRatio * lettersOf() * (crowded ? 0.75 : 1)) / 13;
  pen.save();
  pen.setLineDash([]); // the line before may have been dashed
  [pen.lineCap, pen.lineJoin] = ["butt", "miter"];
  pen.lineWidth = 1.6 * unit;
  for (const curve of points) {
    const at = names.indexOf(curve.label);
    pen.strokeStyle = pen.fillStyle = colorOf(at);
    for (const [x, y, low, high] of barsOf(plot, curve, axes.y.log, true)) {
      pen.beginPath();
      pen.moveTo(x, low);
      pen.lineTo(x, high);
      pen.stroke();
      pen.beginPath();
      trace(pen, MARKS[at % MARKS.length], x, y, 4.2 * unit);
      pen.fill();
      pen.strokeStyle = color("paper");
      pen.stroke();
      pen.strokeStyle = colorOf(at);
    }
  }
  pen.restore();
}

/** [x, y, low, high] of every point in pixels of the canvas (or of the page); a bar ends at the edge of the plot. */
function barsOf(plot, curve, log, onCanvas) {
  const [bottom, top] = [plot.scales.y.min, plot.scales.y.max];
  const height = (value) => plot.valToPos(Math.min(top, Math.max(bottom, value)), "y", onCanvas);
  const bars = curve.x.map((x, at) => {
    const reach = BAR * (curve.standard_error[at] ?? 0);
    const ends = finite(reach) ? [curve.y[at] - reach, curve.y[at] + reach] : [curve.y[at], curve.y[at]];
    return shown(curve.y[at], log) && finite(x) ? [plot.valToPos(x, "x", onCanvas), ...[curve.y[at], ...ends].map(height)] : null;
  });
  return bars.filter(Boolean);
}

function trace(pen, mark, x, y, size) {
  if (mark === "circle") return pen.arc(x, y, size, 0, 7);
  cornersOf(mark, size).forEach(([right, down], at) => pen[at ? "lineTo" : "moveTo"](x + right, y + down));
  pen.closePath();
}

function cornersOf(mark, size) {
  const s = size * 0.9, d = size * 1.3;
  return { square: [[-s, -s], [s, -s], [s, s], [-s, s]], diamond: [[0, -d], [d, 0], [0, d], [-d, 0]], triangle: [[0, -d], [d, s], [-d, s]] }[mark];
}
