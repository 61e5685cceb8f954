/**
 * Square panels of one plane, drawn for the width n that a slider chooses. panels.py documents the data.
 * Lengths are in data units, y upwards; a step is an index into data.widths; a place is a pointed-at [x, y].
 */

const PLAY_MS = 250;
const QUIET_MS = 250; // a held arrow key moves the slider many times a second; the server hears of it once
const MISSING = -32768;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const VIEW = `
  <div class="controls">
    <button type="button" data-name="button" data-testid="play"></button>
    <output data-name="count" data-testid="width"></output>
    <div class="track"><input type="range" min="0" data-name="range"><div class="ticks" data-name="ticks"></div></div>
  </div>
  <div class="grid" data-name="grid"></div>
  <div class="note" data-name="note"><p role="status" aria-live="polite" data-name="readout" data-testid="readout"></p></div>
  <dl class="numbers" data-name="numbers"></dl>`;
const PANEL = `<h4></h4><canvas></canvas><figcaption></figcaption><div class="legend"></div>`;
const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const view = views.get(parentElement) ?? createView(parentElement);
  const call = {};
  Object.assign(view, { call, setStateValue });
  if (data !== view.data) receive(view, data);
  schedule(view);
  // Streamlit may run the clean-up of a superseded call after the next call.
  return () => view.call === call && destroy(view, parentElement);
}

// The view and its data

function createView(parent) {
  const root = parent.appendChild(element("div", "planes", VIEW));
  const view = { root, panels: [], version: 0, sent: [], place: null, pinned: false };
  for (const node of root.querySelectorAll("[data-name]")) view[node.dataset.name] = node;
  view.button.onclick = () => (view.timer ? pause(view) : play(view));
  view.range.oninput = () => (stop(view), show(view, view.range.value));
  view.range.onchange = () => report(view);
  view.observer = new ResizeObserver(() => schedule(view));
  view.observer.observe(root);
  views.set(parent, view);
  return view;
}

function destroy(view, parent) {
  stop(view);
  cancelAnimationFrame(view.frame);
  view.observer.disconnect();
  view.root.remove();
  views.delete(parent);
}

/** A width moves the slider when it is news: neither the last one passed nor the echo of a report, which may be late. */
function receive(view, data) {
  if (data.width !== view.passed && !view.sent.includes(data.width)) {
    stop(view);
    Object.assign(view, { width: data.width, sent: [] });
  }
  view.sent = view.sent.slice(view.sent.lastIndexOf(data.width) + 1);
  Object.assign(view, { data, passed: data.width, version: view.version + 1 });
  view.range.max = data.widths.length - 1;
  view.range.ariaLabel = data.words.width;
  view.ticks.replaceChildren(...tickSteps(data.widths).map((step) => tick(data.widths, step)));
  view.numbers.replaceChildren(...(data.numbers ?? []).map(numberCell));
  while (view.panels.length > data.panels.length) view.panels.pop().figure.remove();
  while (view.panels.length < data.panels.length) view.panels.push(createPanel(view));
  data.panels.forEach((source, i) => fillPanel(view.panels[i], source, data.region_labels));
  view.note.hidden = !data.layer;
  if (data.layer) reserveReadout(view);
}

function createPanel(view) {
  const figure = view.grid.appendChild(element("figure", "panel", PANEL));
  const [title, canvas, caption, legend] = figure.children;
  const panel = { figure, title, canvas, caption, legend };
  canvas.onpointermove = (event) => panel.regions && !view.pinned && point(view, placeOf(view, event));
  canvas.onpointerleave = canvas.onblur = () => view.pinned || point(view, null);
  canvas.onclick = (event) => panel.regions && click(view, event);
  canvas.onkeydown = (event) => panel.regions && press(view, event);
  return panel;
}

function fillPanel(panel, { title, points, lost, truth, captions, regions }, regionLabels) {
  const flags = lost ? unpackBits(lost) : [[]];
  Object.assign(panel, { captions, regions, points: unpack(points), lost: flags, truth: truth ? unpack(truth)[0] : null });
  setText(panel.title, title);
  panel.canvas.ariaLabel = title;
  panel.canvas.role = regions ? "application" : "img";
  panel.canvas.tabIndex = regions ? 0 : -1;
  const swatches = regionLabels?.map((label, rank) => mark("swatch", label, "--color", `var(--rank-${rank})`));
  panel.legend.replaceChildren(...(regions ? swatches : []));
}

/** Hold room for the longest sentence, so that nothing moves when the readout changes. */
function reserveReadout({ note, readout, data }) {
  const most = Math.max(...data.widths);
  const longest = data.messages.map((text) => fill(text, most, most, [-data.extent, -data.extent]));
  const holders = [data.hint, ...longest].map((text) => Object.assign(mark("holder", text), { ariaHidden: true }));
  note.replaceChildren(readout, ...holders);
}

// The slider

/** The first, the last, and the multiples of a round number that leave room between them. */
function tickSteps(widths) {
  const last = widths.length - 1;
  const multiples = (unit) => [...widths.keys()].filter((step) => widths[step] % unit === 0);
  const unit = [1, 2, 5, 10, 20, 50, 100].find((candidate) => multiples(candidate).length <= 9) ?? Infinity;
  const apart = (step) => step > last / 16 && step < (15 * last) / 16;
  return [...new Set([0, ...multiples(unit).filter(apart), last])];
}

const tick = (widths, step) => mark("tick", widths[step], "--at", step / Math.max(1, widths.length - 1));

function numberCell({ label, help = "" }) {
  const cell = Object.assign(element("div", "number", "<dt></dt><dd></dd>"), { title: help });
  cell.classList.toggle("helped", help !== "");
  setText(cell.firstChild, label);
  return cell;
}

function stepOf({ data: { widths }, width }) {
  const distances = widths.map((value) => Math.abs(value - width));
  return distances.indexOf(Math.min(...distances));
}

function show(view, step) {
  view.width = view.data.widths[step];
  schedule(view);
}

function play(view) {
  stop(view);
  view.timer = setInterval(() => advance(view), PLAY_MS);
  show(view, stepOf(view) === view.data.widths.length - 1 ? 0 : stepOf(view));
}

function advance(view) {
  const last = view.data.widths.length - 1;
  show(view, Math.min(stepOf(view) + 1, last));
  if (stepOf(view) === last) pause(view);
}

function pause(view) {
  stop(view);
  report(view);
  schedule(view);
}

function stop(view) {
  clearInterval(view.timer);
  clearTimeout(view.pending);
  view.timer = null;
}

/** Tell the server the width, and which width of the server's it started from. */
function report(view) {
  clearTimeout(view.pending);
  view.pending = setTimeout(() => {
    view.sent.push(view.width);
    view.setStateValue("width", { chosen: view.width, start: view.passed });
  }, QUIET_MS);
}

// Pointing

function placeOf({ data: { extent } }, { offsetX, offsetY, target }) {
  const unit = (2 * extent) / target.clientWidth;
  return [offsetX * unit - extent, extent - offsetY * unit];
}

function point(view, place) {
  view.place = place;
  schedule(view);
}

function click(view, event) {
  view.pinned = !view.pinned;
  point(view, view.pinned || event.pointerType === "mouse" ? placeOf(view, event) : null);
}

function press(view, event) {
  if (![...Object.keys(ARROWS), "Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  if (event.key in ARROWS) return point(view, nudge(view, event));
  view.pinned = event.key === "Enter" && view.place !== null && !view.pinned;
  point(view, event.key === "Escape" ? null : view.place);
}

function nudge({ place, data: { extent } }, { key, shiftKey }) {
  const stride = extent / (shiftKey ? 200 : 40);
  const move = (value, axis) => Math.max(-extent, Math.min(extent, value + stride * ARROWS[key][axis]));
  return place?.map(move) ?? [0, 0];
}

// Drawing

function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = null;
    draw(view);
  });
}

function draw(view) {
  const { data, root, grid, panels, place, pinned } = view;
  const step = stepOf(view);
  const theme = readTheme(root, data.region_colors);
  const layer = data.layer && layerAt(data, step);
  const reading = layer && place && read(layer, place);
  grid.style.setProperty("--columns", columns(grid.clientWidth, panels.length));
  theme.regions?.forEach((color, rank) => root.style.setProperty(`--rank-${rank}`, color));
  write(view, step, reading);
  for (const panel of panels) {
    const size = Math.round(panel.canvas.clientWidth * devicePixelRatio);
    const changes = panel.regions || panel.points.length > 1 || panel.lost.length > 1;
    const state = [view.version, changes && step, size, theme.key, panel.regions && [place, pinned]].join();
    if (size === 0 || state === panel.state) continue;
    panel.state = state;
    drawPanel(view, panel, { size, step, theme, layer, reading });
  }
}

/** As many columns as panels, halved until each has 140 pixels. */
function columns(space, count) {
  return count > 1 && space / count < 140 ? columns(space, Math.ceil(count / 2)) : count;
}

function write({ data, range, button, count, numbers, panels, timer, readout, place }, step, reading) {
  const width = data.widths[step];
  range.value = step;
  range.ariaValueText = `n = ${width}`;
  button.classList.toggle("playing", Boolean(timer));
  setText(button, timer ? data.words.pause : data.words.play);
  setText(count, `n = ${width}`);
  data.numbers?.forEach(({ values }, i) => setText(numbers.children[i].lastChild, at(values, step)));
  panels.forEach(({ caption, captions }) => setText(caption, at(captions, step)));
  if (data.layer) setText(readout, reading ? fill(data.messages[reading.rank], reading.active, width, place) : data.hint);
}

function drawPanel({ data, version, place, pinned }, panel, { size, step, theme, layer, reading }) {
  const { extent, segments } = data;
  const { canvas, regions } = panel;
  const points = at(panel.points, step);
  const pen = canvas.getContext("2d");
  const unit = (2 * extent) / canvas.clientWidth; // a CSS pixel
  const scale = size / (2 * extent);
  if (canvas.width !== size) canvas.width = canvas.height = size;
  pen.resetTransform();
  pen.clearRect(0, 0, size, size);
  if (regions) pen.putImageData(regionImage(panel, layer, size, theme, [version, step]), 0, 0);
  pen.setTransform(scale, 0, 0, -scale, size / 2, size / 2);
  stroke(pen, [[[-extent, 0], [extent, 0]], [[0, -extent], [0, extent]]], unit, theme.border);
  if (regions) stroke(pen, boundaries(layer), unit, theme.text, 0.4);
  if (segments) stroke(pen, curves(points, segments), unit, theme.text, 0.4);
  const lost = at(panel.lost, step);
  const lostColor = data.lost_color?.[theme.mode];
  if (panel.truth) stroke(pen, errors(panel.truth, points, lost), 1.5 * unit, lostColor, 0.22);
  drawPoints(pen, points, lost, data.colors[theme.mode], (2.2 * 2 * extent) / 400, lostColor);
  if (regions && reading) drawFibre(pen, fibre(layer, place, reading), { place, pinned, unit, theme });
}

/** Dots; a lost point has the one colour of lost points and lies on the others. */
function drawPoints(pen, xy, lost, colors, radius, lostColor) {
  const draw = (i, color) => disc(pen, [xy[2 * i], xy[2 * i + 1]], radius, color);
  colors.forEach((color, i) => lost[i] || draw(i, color));
  colors.forEach((_, i) => lost[i] && draw(i, lostColor));
}

/** Lines from the true place of each lost point to where it was put. */
function errors(truth, xy, lost) {
  const ends = (i) => [truth, xy].map((places) => [places[2 * i], places[2 * i + 1]]);
  return Array.from(lost, (flag, i) => flag && ends(i)).filter(Boolean);
}

/** The places with the output of the pointed-at one: an outlined cell, a thick segment, or the place alone. */
function drawFibre(pen, corners, { place, pinned, unit, theme }) {
  for (const [color, casing] of [[theme.background, 3 * unit], [theme.text, 0]]) {
    stroke(pen, [[...corners, ...corners.slice(0, 1)]], 4 * unit + casing, color);
    ring(pen, place, 8 * unit, 3 * unit + casing, color);
  }
  if (pinned) disc(pen, place, 4 * unit, theme.text);
}

function curves(xy, segments) {
  const place = (i) => [xy[2 * i], xy[2 * i + 1]];
  const ends = [...segments.slice(1), xy.length / 2];
  return segments.map((start, k) => Array.from({ length: ends[k] - start }, (_, i) => place(start + i)));
}

function stroke(pen, paths, width, color, alpha = 1) {
  pen.beginPath();
  for (const path of paths) path.forEach((place, i) => (i ? pen.lineTo(...place) : pen.moveTo(...place)));
  Object.assign(pen, { lineWidth: width, strokeStyle: color, globalAlpha: alpha });
  pen.stroke();
  pen.globalAlpha = 1;
}

function ring(pen, [x, y], radius, width, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(pen, { lineWidth: width, strokeStyle: color });
  pen.stroke();
}

function disc(pen, [x, y], radius, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
}

function readTheme(root, regionColors) {
  const { color: text, backgroundColor: background, borderTopColor: border } = getComputedStyle(root);
  const mode = luminance(background) < 0.5 ? "dark" : "light";
  return { text, background, border, mode, regions: regionColors?.[mode], key: [text, background, border].join() };
}

// The layer: its row t is active at x iff low < t.x < high

/** The layer of a step; parallel rows share a kind, a zero row has kind -1. */
function layerAt({ layer: { matrices, low, high }, extent }, step) {
  const rows = matrices[step];
  const size = (row) => Math.hypot(...row);
  const parallel = (a, b) => Math.abs(a[0] * b[1] - a[1] * b[0]) <= 1e-9 * size(a) * size(b);
  const kinds = rows.map((row) => (size(row) ? rows.findIndex((other) => size(other) && parallel(row, other)) : -1));
  return { rows, kinds, low: low ?? -Infinity, high: high ?? Infinity, extent };
}

const dot = ([a, b], [x, y]) => a * x + b * y;

/** At a place: the count, the rank and one of the active rows, and the half-planes t.x <= c that keep the others inactive. */
function read({ rows, kinds, low, high }, place) {
  const isActive = rows.map((row) => low < dot(row, place) && dot(row, place) < high);
  const independent = new Set(kinds.filter((kind, i) => isActive[i] && kind >= 0));
  const inactive = rows.filter((_, i) => !isActive[i]);
  const halfPlanes = inactive.map(([a, b]) => (dot([a, b], place) <= low ? [[a, b], low] : [[-a, -b], -high]));
  const [kind] = independent;
  return { active: rows.length - inactive.length, rank: Math.min(2, independent.size), row: rows[kind], halfPlanes };
}

/** The corners of the set of places inside the panel with the same output: a polygon, a segment, or none at rank 2. */
function fibre({ extent }, [x, y], { rank, row, halfPlanes }) {
  if (rank === 2) return [];
  const square = [[-extent, -extent], [extent, -extent], [extent, extent], [-extent, extent]];
  const sides = [[[1, 0], extent], [[-1, 0], extent], [[0, 1], extent], [[0, -1], extent]];
  const start = rank === 0 ? square : lineAcross(row, [x, y], extent);
  return [...sides, ...halfPlanes].reduce(clip, start);
}

/** Two far ends of the line through a place on which t.x is constant. */
function lineAcross([a, b], [x, y], extent) {
  const reach = (4 * extent) / Math.hypot(a, b);
  return [[x - reach * b, y + reach * a], [x + reach * b, y - reach * a]];
}

/** The part of a polygon where t.x <= c (Sutherland-Hodgman). */
function clip(corners, [row, limit]) {
  const excess = corners.map((corner) => dot(row, corner) - limit);
  return corners.flatMap(([x, y], i) => {
    const next = (i + 1) % corners.length;
    const corner = excess[i] <= 1e-9 ? [[x, y]] : [];
    if (excess[i] * excess[next] >= 0) return corner;
    const s = excess[i] / (excess[i] - excess[next]);
    return [...corner, [x + s * (corners[next][0] - x), y + s * (corners[next][1] - y)]];
  });
}

/** The lines t.x = low and t.x = high, longer than the panel. */
function boundaries({ rows, kinds, low, high, extent }) {
  const limits = [low, high].filter(Number.isFinite);
  const foot = ([a, b], limit) => [(limit * a) / (a * a + b * b), (limit * b) / (a * a + b * b)];
  const proper = rows.filter((_, i) => kinds[i] >= 0);
  return proper.flatMap((row) => limits.map((limit) => lineAcross(row, foot(row, limit), extent)));
}

/** The panel's regions as an image, kept until the step, the size or the colours change. */
function regionImage(panel, layer, size, { regions }, stamp) {
  const key = [stamp, size, regions].join();
  if (panel.image?.key !== key) panel.image = { key, pixels: paintRegions(layer, size, regions.map(pixelOf)) };
  return panel.image.pixels;
}

/** Colour each pixel by the rank of its active rows: along a scanline a row is active on one interval, so sweep their ends. */
function paintRegions(layer, size, colors) {
  const image = new ImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  for (let line = 0; line < size; line++) {
    const ends = intervalEnds(layer, layer.extent * (1 - (2 * line + 1) / size), size);
    sweep(ends, pixels.subarray(line * size, (line + 1) * size), colors);
  }
  return image;
}

/** Where rows become active or inactive at the height y, from left to right; columns count from 0 to size. */
function intervalEnds({ rows, kinds, low, high, extent }, y, size) {
  const columnOf = (x) => Math.max(0, Math.min(size, Math.ceil(((x / extent + 1) * size - 1) / 2)));
  const ends = rows.flatMap(([a, b], i) => {
    if (kinds[i] < 0) return [];
    const columns = [low, high].map((limit) => columnOf((limit - b * y) / (a || Number.MIN_VALUE)));
    return [1, -1].map((change) => ({ column: Math[change > 0 ? "min" : "max"](...columns), kind: kinds[i], change }));
  });
  return ends.sort((p, q) => p.column - q.column);
}

function sweep(ends, pixels, colors) {
  const counts = [];
  let rank = 0;
  let column = 0;
  for (const end of ends) {
    pixels.fill(colors[Math.min(2, rank)], column, end.column);
    const before = counts[end.kind] ?? 0;
    counts[end.kind] = before + end.change;
    rank += Boolean(counts[end.kind]) - Boolean(before);
    column = end.column;
  }
  pixels.fill(colors[Math.min(2, rank)], column);
}

// Packed data, colours, text

const at = (list, step) => list[list.length > 1 ? step : 0];
const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const split = (values, count) =>
  Array.from({ length: count }, (_, i) => values.subarray((i * values.length) / count, ((i + 1) * values.length) / count));

function unpack({ data, scale, shape }) {
  const codes = new Int16Array(bytes(data).buffer);
  return split(Float32Array.from(codes, (code) => (code === MISSING ? NaN : code * scale)), shape[0]);
}

function unpackBits({ data, shape }) {
  const packed = bytes(data);
  return split(Uint8Array.from({ length: shape[0] * shape[1] }, (_, i) => (packed[i >> 3] >> (i & 7)) & 1), shape[0]);
}

/** A CSS colour as one 32-bit pixel. */
function pixelOf(color) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  return new Uint32Array(pen.getImageData(0, 0, 1, 1).data.buffer)[0];
}

function luminance(color) {
  const pixel = pixelOf(color);
  return (0.2126 * (pixel & 255) + 0.7152 * ((pixel >> 8) & 255) + 0.0722 * ((pixel >> 16) & 255)) / 255;
}

function element(tag, className, html = "") {
  return Object.assign(document.createElement(tag), { className, innerHTML: html });
}

function mark(className, text, property = "", value = "") {
  const node = Object.assign(element("span", className), { textContent: text });
  node.style.setProperty(property, value);
  return node;
}

function setText(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

function fill(message, active, width, [x, y]) {
  const number = (value) => (Math.round(100 * value) / 100).toFixed(2).replace("-", "\u2212");
  const values = { active, width, x: number(x), y: number(y) };
  return message.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

// Streamlit takes the default; the tests take these, which need no browser.
export { boundaries, click, clip, columns, curves, drawFibre, drawPoints, errors, fibre, fill, layerAt, paintRegions, pause };
export { placeOf, play, press, read, receive, report, show, stepOf, tickSteps, unpack, unpackBits, write };
