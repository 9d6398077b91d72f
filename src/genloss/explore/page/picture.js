// How is the plot saved as a picture: as SVG (lines stay sharp) and as PNG?
"use strict";

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const at = (number) => number.toFixed(1);
const FONT = 'font-family="sans-serif"';

/** A list of heights over a list of places as the commands of a path; places without a height are passed over. */
function pathOf(plot, xs, ys) {
  const spots = xs.map((x, i) => [x, ys[i]]).filter(([, y]) => finite(y) && shown(y, plot.scales.y.distr === 3));
  return spots.map(([x, y], i) => `${i ? "L" : "M"}${at(plot.valToPos(x, "x"))} ${at(plot.valToPos(y, "y"))}`).join("");
}

function svgCurve(plot, curve, place) {
  const paint = colorOf(place);
  const area = areaOf(curve);
  const shade = area
    ? `<path d="${pathOf(plot, curve.x, area[0])}${pathOf(plot, [...curve.x].reverse(), [...area[1]].reverse()).replace("M", "L")}z" fill="${paint}" fill-opacity="0.2"/>`
    : "";
  return `${shade}<path d="${pathOf(plot, curve.x, curve.y)}" fill="none" stroke="${paint}" stroke-width="2.5" stroke-dasharray="${DASHES[place % DASHES.length].join(" ")}"/>`;
}

function svgPoints(plot, curve, place, log) {
  const paint = colorOf(place);
  return barsOf(plot, curve, log, false).map(([x, y, low, high]) =>
    `<path d="M${at(x)} ${at(low)}V${at(high)}" stroke="${paint}" stroke-width="1.6"/><path d="${markPath(MARKS[place % MARKS.length], x, y, 4.2)}" fill="${paint}"/>`).join("");
}

function svgAxes(plot, width, height) {
  const [ink, grid] = [color("muted"), color("grid")];
  const across = plot.axes[0]._splits.map((tick, i) => [plot.valToPos(tick, "x"), plot.axes[0]._values[i]]);
  const up = plot.axes[1]._splits.map((tick, i) => [plot.valToPos(tick, "y"), plot.axes[1]._values[i]]);
  return [
    ...across.map(([x, word]) => `<path d="M${at(x)} 0V${height}" stroke="${grid}"/><text x="${at(x)}" y="${height + 18}" text-anchor="middle" fill="${ink}">${escaped(word)}</text>`),
    ...up.map(([y, word]) => `<path d="M0 ${at(y)}H${width}" stroke="${grid}"/><text x="-8" y="${at(y + 4)}" text-anchor="end" fill="${ink}">${escaped(word)}</text>`),
    `<text x="${width / 2}" y="${height + 42}" text-anchor="middle" fill="${ink}">${escaped(plot.axes[0].label)}</text>`,
  ].join("");
}

/** Lines of text under a picture: the legend, and the address that shows the plot again. */
function footOf(scene, replicates, query) {
  const names = legendOf(scene).map(([name, how]) => [scene.names.indexOf(name), `${name} (${how})`]);
  return [...names, [null, keyOf(scene, replicates)], [null, `genloss explore: ?${query}`]].filter(([, text]) => text);
}

/** The plot as an SVG document with title and legend. */
function svgOf(plot, scene, title, foot) {
  const [width, height] = [plot.over.clientWidth, plot.over.clientHeight];
  const [left, top, line] = [70, 56, 20];
  const all = [left + width + 20, top + height + 60 + line * foot.length];
  const curves = scene.theory.map((curve) => svgCurve(plot, curve, scene.names.indexOf(curve.label))).join("");
  const points = scene.points.map((curve) => svgPoints(plot, curve, scene.names.indexOf(curve.label), scene.axes.y.log)).join("");
  const words = foot.map(([place, text], i) => `<text x="12" y="${top + height + 64 + line * i}" fill="${place == null ? color("muted") : colorOf(place)}">${escaped(text)}</text>`).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${all.join(" ")}" width="${all[0]}" height="${all[1]}" ${FONT} font-size="13">` +
    `<rect width="100%" height="100%" fill="${color("paper")}"/><text x="12" y="24" font-size="16" fill="${color("ink")}">${escaped(title)}</text><text x="12" y="44" fill="${color("muted")}">↑ ${escaped(scene.axes.y.label)}</text>` +
    `<g transform="translate(${left} ${top})">${svgAxes(plot, width, height)}<svg width="${width}" height="${height}">${curves}${points}</svg></g>${words}</svg>\n`;
}

/** Lines of words that fit into a width, in a font of the pen. */
function linesOf(pen, text, width) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The plot's canvas with title and legend on a canvas of its own. */
function canvasOf(plot, scene, title, words) {
  const unit = devicePixelRatio;
  const from = plot.ctx.canvas;
  const ruler = made("canvas", {}).getContext("2d");
  ruler.font = `${13 * unit}px sans-serif`;
  const foot = words.flatMap(([place, text]) => linesOf(ruler, text, from.width - 24 * unit).map((line) => [place, line]));
  const canvas = made("canvas", { width: from.width, height: from.height + (60 + 20 * foot.length) * unit });
  const pen = canvas.getContext("2d");
  pen.fillStyle = color("paper");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(from, 0, 48 * unit);
  const write = (text, paint, size, y) => {
    pen.fillStyle = paint;
    pen.font = `${size * unit}px sans-serif`;
    pen.fillText(text, 12 * unit, y * unit, canvas.width - 24 * unit);
  };
  write(title, color("ink"), 16, 24);
  write(`↑ ${scene.axes.y.label}`, color("muted"), 13, 44);
  foot.forEach(([place, text], i) => write(text, place == null ? color("muted") : colorOf(place), 13, from.height / unit + 64 + 20 * i));
  return canvas;
}

function savePng(name, plot, scene, title, foot) {
  canvasOf(plot, scene, title, foot).toBlob((blob) => download(name, blob, "image/png"), "image/png");
}
