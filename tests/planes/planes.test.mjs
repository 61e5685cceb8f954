/** The drawing in the browser, without one: `node --test tests/planes/planes.test.mjs`. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

// Joined, as browser.py joins them, under a name that says module: older versions of Node read .js as something else.
const source = (name) => readFileSync(new URL(`../../manifold/planes/${name}`, import.meta.url), "utf8");
const parts = source("browser.py").match(/_PARTS = \((.*)\)/)[1].match(/\w+/g);
const folder = mkdtempSync(join(tmpdir(), "planes-"));
writeFileSync(join(folder, "planes.mjs"), parts.map((part) => source(`${part}.js`)).join("\n"));
const planes = await import(join(folder, "planes.mjs"));
rmSync(folder, { recursive: true });
const packed = JSON.parse(readFileSync(new URL("packed.json", import.meta.url), "utf8")); // tests/ui/test_planes.py reads it too

const WORDS = { play: "Play", pause: "Pause", width: "Width" };
const LAYERS = {
  relu: { low: 0, high: null },
  relu6: { low: 0, high: 6 },
  narrow: { low: -0.3, high: 0.5 },
};
const node = () => ({
  style: { setProperty() {} },
  classList: { toggle() {} },
  children: [],
  firstChild: {},
  lastChild: {},
  replaceChildren(...children) {
    this.children = children;
  },
  remove() {},
});

globalThis.document = { createElement: node };
globalThis.requestAnimationFrame = () => 1; // nothing is drawn unless a test does
globalThis.ImageData = class {
  constructor(width, height) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
};

// Time passes when a test says so: a job is what to do, when, and how often.
const jobs = new Map();
let now = 0;
const start = (action, delay, every) => (jobs.set(jobs.size + 1, { action, time: now + delay, every }), jobs.size);
globalThis.setTimeout = (action, delay) => start(action, delay, Infinity);
globalThis.setInterval = (action, delay) => start(action, delay, delay);
globalThis.clearTimeout = globalThis.clearInterval = (job) => jobs.has(job) && jobs.set(job, { time: Infinity });

function tick(milliseconds) {
  for (const end = now + milliseconds; now < end; ) {
    now += 1;
    for (const job of jobs.values()) {
      if (job.time !== now) continue;
      job.time += job.every;
      job.action();
    }
  }
}

/** A view as createView makes it, of nodes that keep what they are told. */
function viewOf(data) {
  const names = ["root", "range", "ticks", "numbers", "note", "button", "controls", "count", "readout", "grid", "followed", "told", "table"];
  const view = { panels: [], version: 0, moves: null, place: null, spot: null, pinned: false, reports: [] };
  for (const name of names) view[name] = node();
  view.setStateValue = (key, value) => view.reports.push([key, value]);
  planes.receive(view, { widths: [2, 3, 5, 15, 30], width: 3, extent: 1, panels: [], words: WORDS, ...data });
  return view;
}

/** A pen that follows the canvas's rule: what is not finite adds nothing to a path. */
function penOf() {
  const pen = { discs: [], lines: [], path: [] };
  const add = (part, ...numbers) => numbers.every(Number.isFinite) && pen.path.push(part);
  return Object.assign(pen, {
    beginPath: () => (pen.path = []),
    arc: (x, y, radius) => add({ x, y, radius }, x, y, radius),
    moveTo: (x, y) => add([x, y], x, y),
    lineTo: (x, y) => add([x, y], x, y),
    fill: () => pen.discs.push(...pen.path.filter((part) => part.radius).map((part) => ({ ...part, color: pen.fillStyle }))),
    stroke: () => pen.lines.push({ path: pen.path, width: pen.lineWidth, color: pen.strokeStyle }),
  });
}

/** Numbers between -1 and 1, the same in every run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const layerOf = (matrix, bounds, extent = 1) => planes.layerAt({ layer: { matrices: [[], matrix], ...bounds }, extent }, 1);

function randomLayer(seed, rows, bounds, extent = 1) {
  const next = randomNumbers(seed);
  return layerOf(Array.from({ length: rows }, () => [2 * next(), 2 * next()]), bounds, extent);
}

const outputs = ({ rows, low, high }, [x, y]) => rows.map(([a, b]) => Math.min(high, Math.max(low, a * x + b * y)));
const isClose = (first, second, within = 1e-9) => Math.abs(first - second) <= within;

// Packed data

test("points are unpacked width by width, within half a unit, and NaN stays NaN", () => {
  const { array, packed: points } = packed.points;
  const steps = planes.unpack(points);
  assert.equal(steps.length, points.shape[0]);
  array.forEach((step, i) => {
    const numbers = step.flat();
    assert.equal(steps[i].length, numbers.length);
    numbers.forEach((number, k) => {
      if (number === null) assert.ok(Number.isNaN(steps[i][k]));
      else assert.ok(isClose(steps[i][k], number, 0.51 * points.scale), `${steps[i][k]} for ${number}`);
    });
  });
});

test("bits are unpacked width by width, the lowest first", () => {
  const { array, packed: flags } = packed.bits;
  assert.deepEqual(planes.unpackBits(flags).map((step) => [...step]), array);
});

// Points

test("a point that is NaN is not drawn, lost or not", () => {
  const pen = penOf();
  planes.drawPoints(pen, [0, 0, NaN, NaN, 1, 1, NaN, 2], [0, 0, 0, 1], ["red", "green", "blue", "black"], 0.1, "white");
  assert.deepEqual(pen.discs.map(({ color }) => color), ["red", "blue"]); // of the others one place is NaN
});

test("a lost point has the one colour of lost points and lies on all others", () => {
  const pen = penOf();
  planes.drawPoints(pen, [0, 0, 1, 1, 2, 2], [0, 1, 0], ["red", "green", "blue"], 0.1, "black");
  assert.deepEqual(pen.discs.map(({ x, color }) => [x, color]), [[0, "red"], [2, "blue"], [1, "black"]]);
});

test("a line goes from the true place of each lost point to where it was put", () => {
  const truth = [0, 0, 1, 1, 2, 2];
  assert.deepEqual(planes.errors(truth, [5, 5, 6, 6, 7, 7], [1, 0, 1]), [[[0, 0], [5, 5]], [[2, 2], [7, 7]]]);
  assert.deepEqual(planes.errors(truth, truth, []), []);
});

test("without flags no point is lost", () => {
  const pen = penOf();
  planes.drawPoints(pen, [0, 0, 1, 1], [], ["red", "green"], 0.1, "white");
  assert.deepEqual(pen.discs.map(({ color }) => color), ["red", "green"]);
});

test("curves start at their segments and end before the next", () => {
  assert.deepEqual(planes.curves([0, 0, 1, 1, 2, 2, 3, 3], [0, 3]), [[[0, 0], [1, 1], [2, 2]], [[3, 3]]]);
});

// The layer at a place

test("the rank is that of the active rows, and a place inactive rows allow is in all half-planes", () => {
  const seen = new Set();
  for (const [name, bounds] of Object.entries(LAYERS)) {
    for (let seed = 1; seed <= 200; seed++) {
      const layer = randomLayer(seed, 1 + (seed % 4), bounds, 8);
      const next = randomNumbers(seed + 1000);
      const place = [8 * next(), 8 * next()];
      const { active, rank, halfPlanes } = planes.read(layer, place);
      const values = layer.rows.map(([a, b]) => a * place[0] + b * place[1]);
      assert.equal(active, values.filter((value) => layer.low < value && value < layer.high).length, name);
      assert.equal(rank, Math.min(2, active)); // random rows are not parallel
      assert.equal(halfPlanes.length, layer.rows.length - active);
      for (const [[a, b], limit] of halfPlanes) assert.ok(a * place[0] + b * place[1] <= limit);
      seen.add(`${name} ${rank}`);
    }
  }
  assert.equal(seen.size, 9); // every rank with every layer
});

test("parallel rows count once, and a row of zeros not at all", () => {
  const bounds = { low: null, high: null };
  const rankOf = (rows) => planes.read(layerOf(rows, bounds), [0.5, 0.5]);
  assert.equal(rankOf([[1, 2], [-2, -4], [0.5, 1]]).rank, 1);
  assert.equal(rankOf([[1, 2], [-2, -4.001]]).rank, 2);
  assert.equal(rankOf([[0, 0], [0, 0]]).rank, 0);
  assert.deepEqual([rankOf([[0, 0], [1, 0]]).rank, rankOf([[0, 0], [1, 0]]).active], [1, 2]);
});

test("a layer's bounds are open: on its edge a row is inactive", () => {
  const layer = layerOf([[1, 0]], LAYERS.relu6, 8);
  assert.deepEqual([0, 1e-9, 3, 6, 7].map((x) => planes.read(layer, [x, 1]).active), [0, 1, 1, 0, 0]);
});

test("every corner of the places with the same output is inside the panel and has that output", () => {
  const shapes = new Set();
  for (const bounds of Object.values(LAYERS)) {
    for (let seed = 1; seed <= 60; seed++) {
      const layer = randomLayer(seed, 1 + (seed % 4), bounds, 8);
      const next = randomNumbers(seed + 1000);
      const place = [8 * next(), 8 * next()];
      const reading = planes.read(layer, place);
      const corners = planes.fibre(layer, place, reading);
      const expected = outputs(layer, place);
      if (reading.rank === 2) assert.deepEqual(corners, []);
      else assert.ok(corners.length >= 2);
      for (const corner of corners) {
        assert.ok(corner.every((number) => Math.abs(number) <= 8 + 1e-6));
        outputs(layer, corner).forEach((value, i) => assert.ok(isClose(value, expected[i], 1e-6)));
      }
      const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
      if (corners.length) outputs(layer, middle).forEach((value, i) => assert.ok(isClose(value, expected[i], 1e-6)));
      shapes.add(reading.rank);
    }
  }
  assert.equal(shapes.size, 3);
});

test("a square cut by a half-plane keeps its part, and a segment is cut at the edge", () => {
  const square = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  const half = planes.clip(square, [[1, 0], 0]);
  assert.deepEqual(half.map(([x, y]) => [x + 0, y + 0]).sort(), [[-1, -1], [-1, 1], [0, -1], [0, 1]]);
  assert.deepEqual(planes.clip(square, [[1, 0], 5]), square);
  assert.deepEqual(planes.clip(square, [[1, 0], -5]), []);
  assert.deepEqual(planes.clip([[-2, 0], [2, 0]], [[1, 0], 1]).at(-1), [1, 0]);
});

test("edges run where a row reaches a finite bound", () => {
  const layer = randomLayer(3, 3, LAYERS.relu6);
  const lines = planes.boundaries(layer);
  assert.equal(lines.length, 6);
  layer.rows.forEach(([a, b], i) => {
    [0, 6].forEach((bound, k) => lines[2 * i + k].forEach(([x, y]) => assert.ok(isClose(a * x + b * y, bound, 1e-9))));
  });
  assert.equal(planes.boundaries(randomLayer(3, 3, LAYERS.relu)).length, 3);
  assert.equal(planes.boundaries(randomLayer(3, 3, { low: null, high: null })).length, 0);
});

test("each pixel has the colour of the rank at its middle", () => {
  const size = 40;
  for (const bounds of Object.values(LAYERS)) {
    for (let seed = 1; seed <= 10; seed++) {
      const { rows } = randomLayer(seed, 1 + (seed % 5), bounds);
      const [[a, b]] = rows;
      const layer = layerOf(seed % 2 ? rows : [...rows, [-2 * a, -2 * b], [3 * a, 3 * b], [0, 0]], bounds, 4);
      const pixels = new Uint32Array(planes.paintRegions(layer, size, [10, 11, 12]).data.buffer);
      pixels.forEach((color, i) => {
        const middle = (k) => 4 * ((2 * k + 1) / size - 1);
        const place = [middle(i % size), -middle(Math.floor(i / size))];
        assert.equal(color, 10 + planes.read(layer, place).rank, `seed ${seed}, pixel ${i}`);
      });
    }
  }
});

test("the piece around a place is where the same rows are active, and its sector as wide as the picture of it", () => {
  for (const [name, bounds] of Object.entries(LAYERS)) {
    for (let seed = 1; seed <= 60; seed++) {
      const layer = randomLayer(seed, 1 + (seed % 5), bounds, 2);
      const next = randomNumbers(seed + 2000);
      const place = [2 * next(), 2 * next()];
      const corners = planes.piece(layer, place);
      const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
      const signs = ([x, y]) => layer.rows.map(([a, b]) => [layer.low, layer.high].map((limit) => a * x + b * y > limit)).join();
      assert.equal(signs(middle), signs(place), `${name} ${seed}`);
      if (name !== "relu") {
        assert.equal(planes.sectorAngle(layer, place), null);
        continue;
      }
      const turned = (degrees) => {
        const angle = Math.atan2(place[1], place[0]) + (degrees * Math.PI) / 180;
        return [Math.cos(angle), Math.sin(angle)];
      };
      const alike = Array.from({ length: 3600 }, (_, k) => k / 10).filter((degrees) => signs(turned(degrees)) === signs(place));
      assert.ok(isClose(planes.sectorAngle(layer, place), alike.length / 10, 0.21), `${seed}`);
    }
  }
  assert.equal(planes.sectorAngle(layerOf([[0, 0]], LAYERS.relu), [1, 1]), 360);
});

// Sides, lines, space

test("a place has the colour of the sign of its height, between the places that are given too", () => {
  const side = 5;
  const heights = Array.from({ length: side * side }, (_, i) => (i % side) / 2 - 1 + (0.6 * Math.floor(i / side)) / 2); // x + 0.6 (y + 1)
  const size = 40;
  const pixels = new Uint32Array(size * size);
  planes.paintSides(pixels, heights, size, [10, 11]);
  pixels.forEach((color, i) => {
    const [x, y] = [(2 * (i % size) + 1) / size - 1, 1 - (2 * Math.floor(i / size) + 1) / size];
    const height = x + 0.6 * (y + 1);
    if (Math.abs(height) > 1e-9) assert.equal(color, height > 0 ? 11 : 10, `${x} ${y}`);
  });
});

test("a line is broken where a number is missing, and goes along points by their numbers", () => {
  assert.deepEqual(planes.unbroken([0, 1, 2, 3, NaN, NaN, 4, 5]), [[[0, 1], [2, 3]], [[4, 5]]]);
  const places = planes.gather([0, 0, 10, 11, 20, 21], [2, 0, NaN, 1], 2);
  assert.deepEqual([...places], [20, 21, 0, 0, NaN, NaN, 10, 11]);
  assert.deepEqual([...planes.gather([1, 2, 3, 4, 5, 6], [1], 3)], [4, 5, 6]);
});

test("seen from a side, lengths in the picture and towards the eye are those in space", () => {
  const next = randomNumbers(5);
  for (let i = 0; i < 50; i++) {
    const place = Float32Array.from([next(), next(), next()]);
    const { xy, depth } = planes.project(place, [180 * next(), 90 * next()]);
    assert.ok(isClose(Math.hypot(...xy, depth[0]), Math.hypot(...place), 1e-6));
  }
  const seen = (camera) => [...planes.project(Float32Array.from([1, 2, 3]), camera).xy].map((number) => Math.round(1e6 * number) / 1e6 + 0);
  assert.deepEqual(seen([-90, 0]), [1, 3]); // from the front: x to the right, z up
  assert.deepEqual(seen([-90, 90]), [1, 2]); // from above
});

test("dots behind a face are drawn before it, those before it after, the nearest last", () => {
  const pen = penOf();
  const drawn = [];
  Object.assign(pen, { setLineDash() {}, fill: () => drawn.push(pen.path.length === 1 ? pen.fillStyle : "face") });
  const face = Float32Array.from([-1, 0, -1, 1, 0, -1, 1, 0, 1, -1, 0, 1]); // the plane y = 0
  const points = Float32Array.from([0, -2, 0, 0, 3, 0, 0, -1, 0, 0, 1, 0, NaN, NaN, NaN]);
  const colors = ["nearest", "farthest", "near", "far", "missing"];
  const panel = { points: [points], face: [face], lines: [] };
  planes.drawSpace(pen, panel, 0, { unit: 0.01, theme: { text: "face" }, extent: 1, colors, radius: 0.1, camera: [-90, 0] });
  assert.deepEqual(drawn, ["farthest", "far", "face", "near", "nearest"]);
});

test("the mouse and the arrows turn all that lies in space, and no further up than the top", () => {
  const view = viewOf({ camera: [350, 80] });
  planes.turn(view, 20, 20);
  assert.deepEqual(view.camera, [10, 90]);
  let prevented = 0;
  planes.aim(view, { key: "ArrowDown", preventDefault: () => prevented++ });
  assert.deepEqual([view.camera, prevented], [[10, 85], 1]);
  planes.aim(view, { key: "Tab", preventDefault: () => prevented++ });
  assert.equal(prevented, 1);
  planes.receive(view, { ...view.data, camera: [350, 80] });
  assert.deepEqual(view.camera, [10, 85]); // the page ran again, from where it was
  planes.receive(view, { ...view.data, camera: [0, 0] });
  assert.deepEqual(view.camera, [0, 0]);
});

test("points that are mixed move straight from the first places to the last", () => {
  const points = { data: Buffer.from(new Int16Array([2, 0, 0, 10, -10, 20]).buffer).toString("base64"), scale: 1, shape: [2, 1, 3] };
  const view = viewOf({ panels: [] });
  const { panel } = { panel: { canvas: { classList: { toggle() {} } }, title: {}, legend: node() } };
  planes.fillPanel(panel, { title: "", points, mixed: true, captions: [""], space: true }, view.data);
  assert.deepEqual(panel.points.map((step) => [...step]), [[2, 0, 0], [4, -2.5, 5], [6, -5, 10], [8, -7.5, 15], [10, -10, 20]]);
});

// Words and numbers

test("a message tells numbers with two decimals, a minus sign, no minus zero, and keeps other braces", () => {
  const text = planes.fill("{active} of {width} at ({x}, {y}) {other}", 3, 5, [-0.001, -1.256]);
  assert.equal(text, "3 of 5 at (0.00, \u22121.26) {other}");
});

test("captions, numbers, names for who does not see and the message follow the width; one caption serves all", () => {
  const numbers = [{ label: "lost", values: ["90 %", "50 %", "0 %"] }];
  const view = viewOf({ widths: [2, 3, 5], width: 3, numbers, layer: {}, messages: ["none", "line {active}", "all"], hint: "Point" });
  view.panels = [["a", "b", "c"], ["always"]].map((captions) => {
    return { title: { textContent: "Output" }, canvas: {}, caption: {}, captions, help: captions.length > 1 && "Point" };
  });
  const texts = (step, reading) => {
    planes.write(view, step, reading);
    return [view.count, view.numbers.children[0].lastChild, ...view.panels.map(({ caption }) => caption), view.readout];
  };
  const told = (...args) => texts(...args).map(({ textContent }) => textContent);
  assert.deepEqual(told(0, null), ["n = 2", "90 %", "a", "always", "Point"]);
  const names = view.panels.map(({ canvas }) => canvas.ariaLabel);
  assert.deepEqual(names, ["Output. n = 2. a. Point", "Output. n = 2. always"]);
  view.place = [0, 0];
  assert.deepEqual(told(2, { rank: 1, active: 4 }), ["n = 5", "0 %", "c", "always", "line 4"]);
  assert.equal(view.button.textContent, "Play");
  view.timer = 1;
  assert.deepEqual(told(1, { rank: 2, active: 4 }), ["n = 3", "50 %", "b", "always", "all"]);
  assert.equal(view.button.textContent, "Pause");
});

test("room is held for the hint and every message at its longest", () => {
  const view = viewOf({ layer: {}, messages: ["none", "{active} of {width} at {x}"], hint: "Point" });
  const [readout, ...holders] = view.note.children;
  assert.equal(readout, view.readout);
  assert.deepEqual(holders.map(({ textContent }) => textContent), ["Point", "none", "30 of 30 at \u22121.00"]);
  assert.deepEqual([view.note.hidden, viewOf({}).note.hidden], [false, true]);
});

test("ticks are the ends and round numbers that leave room, at most nine", () => {
  const widthsOf = (widths) => planes.tickSteps(widths).map((step) => widths[step]);
  assert.deepEqual(widthsOf([2, 3, 5, 15, 30]), [2, 3, 5, 15, 30]);
  assert.deepEqual(widthsOf(Array.from({ length: 39 }, (_, i) => i + 2)), [2, 5, 10, 15, 20, 25, 30, 35, 40]);
  assert.deepEqual(widthsOf(Array.from({ length: 30 }, (_, i) => i + 2)), [2, 5, 10, 15, 20, 25, 31]);
  assert.deepEqual(widthsOf([7]), [7]);
  const many = widthsOf(Array.from({ length: 500 }, (_, i) => i + 1));
  assert.ok(many.length <= 11 && many[0] === 1 && many.at(-1) === 500);
});

test("panels stand side by side while each has its room", () => {
  assert.deepEqual([600, 559, 280, 279, 100].map((space) => planes.columns(space, 4, 140)), [4, 2, 2, 1, 1]);
  assert.equal(planes.columns(300, 3, 140), 2);
  assert.deepEqual([440, 439].map((space) => planes.columns(space, 2, 220)), [2, 1]);
});

// The slider

test("the step is that of the nearest width", () => {
  const stepOf = (width) => planes.stepOf({ data: { widths: [2, 3, 5, 15, 30] }, width });
  assert.deepEqual([2, 5, 9, 11, 99].map(stepOf), [0, 2, 2, 3, 4]);
});

test("the page moves the slider when it says so, and else leaves it", () => {
  const view = viewOf({ width: 3, moves: 1 });
  const pass = (width, moves) => (planes.receive(view, { ...view.data, width, moves }), view.width);
  assert.equal(view.width, 3);
  planes.show(view, 4);
  assert.equal(pass(3, 1), 30); // the page ran again for another reason
  assert.equal(pass(3, 2), 3); // back to the same width
  planes.show(view, 4);
  assert.equal(pass(15, 3), 15);
});

test("the server hears once of a slider that rests, with the last move that was passed", () => {
  const view = viewOf({ width: 3, moves: 7 });
  for (const step of [2, 3, 4]) {
    planes.show(view, step);
    planes.report(view);
    tick(100);
  }
  assert.deepEqual(view.reports, []);
  tick(200);
  assert.deepEqual(view.reports, [["width", { chosen: 30, moves: 7 }]]);
});

test("nothing plays by itself", () => {
  const view = viewOf({ width: 5 });
  tick(5000);
  assert.deepEqual([Boolean(view.timer), view.width], [false, 5]);
});

test("play walks to the last width, stops and tells it; from the last it starts anew", () => {
  const view = viewOf({ width: 5, moves: 1 });
  const widths = [];
  planes.play(view);
  for (let i = 0; i < 4; i++) {
    widths.push(view.width);
    tick(250);
  }
  assert.deepEqual(widths, [5, 15, 30, 30]);
  assert.equal(view.timer, null);
  tick(1000);
  assert.deepEqual(view.reports, [["width", { chosen: 30, moves: 1 }]]);
  planes.play(view);
  assert.equal(view.width, 2);
  planes.pause(view);
  tick(1000);
  assert.equal(view.width, 2);
});

test("a width from the server stops the playing", () => {
  const view = viewOf({ width: 2 });
  planes.play(view);
  planes.receive(view, { ...view.data, width: 15, moves: 2 });
  tick(1000);
  assert.deepEqual([view.width, view.timer, view.reports], [15, null, []]);
});

test("beside a control the space bar plays and pauses, and arrows step to the ends and stop it", () => {
  const view = viewOf({ width: 15 });
  const press = (key) => planes.command(view, { key, preventDefault() {} });
  press("ArrowRight");
  press("ArrowRight");
  assert.equal(view.width, 30);
  press("ArrowLeft");
  assert.equal(view.width, 15);
  press(" ");
  assert.ok(view.timer);
  press("ArrowLeft");
  assert.deepEqual([view.timer, view.width], [null, 5]);
  press(" ");
  press(" ");
  assert.equal(view.timer, null);
});

test("of two settings one may stay at its step, one may have fewer, and neither can be pointed at where layers differ", () => {
  const view = viewOf({ widths: [2, 3, 5], width: 3, numbers: [], panels: [], region_labels: [] });
  const points = { data: Buffer.from(new Int16Array([1, 2]).buffer).toString("base64"), scale: 1, shape: [1, 1, 2] };
  const own = { points, regions: true, layer: { matrices: [[[1, 0]]] }, title: "" };
  view.panels = [{ ...own, captions: ["a", "b", "c"], step: 1 }, { ...own, captions: ["a", "b"] }, { points, regions: true, title: "", captions: [""] }].map((source) => {
    const panel = { canvas: { classList: { toggle() {} } }, title: {}, legend: node(), caption: {} };
    planes.fillPanel(panel, source, view.data);
    return panel;
  });
  const shown = (step) => (planes.write(view, step, null), view.panels.map(({ caption }) => caption.textContent).slice(0, 2));
  assert.deepEqual([0, 1, 2].map(shown), [["b", "a"], ["b", "b"], ["b", "b"]]);
  assert.deepEqual(view.panels.map(({ canvas }) => [canvas.role, canvas.tabIndex]), [["img", -1], ["img", -1], ["application", 0]]);
});

test("steps have their own names and their own pace, and one alone has no slider", () => {
  const view = viewOf({ widths: [0, 1, 2], width: 0, steps: ["PCA", "Isomap", "t-SNE"], pace: 1000 });
  planes.write(view, 1, null);
  assert.deepEqual([view.count.textContent, view.range.ariaValueText], ["Isomap", "Isomap"]);
  planes.play(view);
  tick(999);
  assert.equal(view.width, 0);
  tick(1);
  assert.equal(view.width, 1);
  assert.deepEqual([view.controls.hidden, viewOf({ widths: [7], width: 7 }).controls.hidden], [false, true]);
  assert.equal(viewOf({ ticks: false }).ticks.children.length, 0);
});

// Pointing

test("a pixel is a place, y upwards", () => {
  const placeOf = (offsetX, offsetY) => planes.placeOf({ data: { extent: 2 } }, { offsetX, offsetY, target: { clientWidth: 100 } });
  assert.deepEqual([placeOf(0, 0), placeOf(100, 100), placeOf(50, 25)], [[-2, 2], [2, -2], [0, 1]]);
});

test("arrows move the place and stay in the panel, Enter holds it, Escape lets it go", () => {
  const view = viewOf({ extent: 2 });
  let prevented = 0;
  const press = (key, shiftKey = false) => planes.press(view, { key, shiftKey, preventDefault: () => prevented++ });
  press("Enter");
  assert.equal(view.pinned, false); // there is nothing to hold
  press("ArrowUp");
  assert.deepEqual(view.place, [0, 0]);
  press("ArrowUp");
  press("ArrowLeft", true);
  assert.deepEqual(view.place, [-0.01, 0.05]);
  for (let i = 0; i < 100; i++) press("ArrowRight");
  assert.deepEqual(view.place, [2, 0.05]);
  press("Enter");
  assert.equal(view.pinned, true);
  press("Escape");
  assert.deepEqual([view.place, view.pinned], [null, false]);
  const before = prevented;
  press("Tab");
  assert.equal(prevented, before);
});

test("a click holds the place; a second one lets it go, and with a finger forgets it", () => {
  const view = viewOf({});
  const click = (pointerType) => planes.click(view, { offsetX: 50, offsetY: 50, target: { clientWidth: 100 }, pointerType });
  click("touch");
  assert.deepEqual([view.place, view.pinned], [[0, 0], true]);
  click("touch");
  assert.deepEqual([view.place, view.pinned], [null, false]);
  click("mouse");
  click("mouse");
  assert.deepEqual([view.place, view.pinned], [[0, 0], false]);
});

test("the held place is marked, on a casing of the background's colour", () => {
  const drawn = (pinned) => {
    const pen = penOf();
    planes.drawFibre(pen, [[-1, 0], [1, 0]], { place: [0, 0], pinned, unit: 0.01, theme: { background: "white", text: "black" } });
    return pen;
  };
  assert.deepEqual(drawn(true).lines.map(({ color }) => color), ["white", "white", "black", "black"]);
  assert.deepEqual([drawn(true).discs.length, drawn(false).discs.length], [1, 0]);
});

// Small pictures

test("pictures that are shown stand in their order from the upper left, and wrong ones are framed", () => {
  const pen = { images: [], frames: [] };
  pen.drawImage = (strip, left, top, w, h, x, y) => pen.images.push([left, Math.round(x), Math.round(y)]);
  pen.strokeRect = (x, y) => pen.frames.push([x, y, pen.strokeStyle]);
  const flags = { shown: [1, 0, 1, 1, 1], wrong: [0, 1, 0, 1, 0], frame: "red", size: 300, pixel: 1 }; // three columns
  planes.drawPictures(pen, { height: 8 }, flags);
  assert.deepEqual(pen.images, [[0, 5, 5], [16, 105, 5], [24, 205, 5], [32, 5, 105]]);
  assert.deepEqual(pen.frames, [[201, 1, "red"]]);
});

// A tour of n channels

const tour = JSON.parse(readFileSync(new URL("tour.json", import.meta.url), "utf8")); // tests/layer/test_tour.py reads it too
const gram = (frame, other) => [0, 1].flatMap((i) => [0, 1].map((j) => frame.reduce((sum, value, k) => sum + (k % 2 === i ? value * other[k - i + j] : 0), 0)));

test("frames of a tour are those of the library, orthonormal, and change little in a little while", () => {
  tour.at.forEach((place, i) => {
    planes.frameAt(tour.stops, place).forEach((value, k) => assert.ok(isClose(value, tour.frames[i][k], 1e-8), `${place}`));
  });
  let before = tour.stops[0];
  for (let place = 0; place <= 3; place += 0.01) {
    const frame = planes.frameAt(tour.stops, place);
    gram(frame, frame).forEach((value, k) => assert.ok(isClose(value, [1, 0, 0, 1][k], 1e-9)));
    frame.forEach((value, k) => assert.ok(Math.abs(value - before[k]) < 0.03));
    before = frame;
  }
  assert.deepEqual(planes.frameAt(tour.stops.slice(0, 1), 2), tour.stops[0]); // two channels: one stop
});

test("a plane of R^n stays a plane: the picture of a circle is the ellipse that the two by two matrix makes of it", () => {
  const next = randomNumbers(7);
  const matrix = Array.from({ length: 5 }, () => [next(), next()]);
  const circle = Array.from({ length: 24 }, (_, i) => [Math.cos((i * Math.PI) / 12), Math.sin((i * Math.PI) / 12)]);
  const values = Float32Array.from(circle.flatMap(([x, y]) => matrix.map(([a, b]) => a * x + b * y)));
  const frame = planes.frameAt(tour.stops, 1.3);
  const picture = planes.flatten(values, frame);
  const [[a, c], [b, d]] = [0, 1].map((axis) => [0, 1].map((side) => matrix.reduce((sum, row, k) => sum + row[axis] * frame[2 * k + side], 0)));
  circle.forEach(([x, y], i) => {
    assert.ok(isClose(picture[2 * i], a * x + b * y, 1e-6));
    assert.ok(isClose(picture[2 * i + 1], c * x + d * y, 1e-6));
  });
  assert.ok(isClose(planes.farthest(picture), Math.max(...circle.map(([x, y]) => Math.hypot(a * x + b * y, c * x + d * y))), 1e-6));
  assert.equal(planes.farthest([3, 4, NaN, NaN, 1, 1]), 5);
});

test("lines of channels end inside the panel, keep their direction, and no name stands on another", () => {
  const frame = tour.stops[1];
  const ends = planes.channelEnds(frame, 3, 0.9);
  ends.forEach(([x, y], k) => {
    assert.ok(Math.max(Math.abs(x), Math.abs(y)) <= 0.9 + 1e-12);
    assert.ok(isClose(x * frame[2 * k + 1], y * frame[2 * k]) && x * frame[2 * k] >= 0);
  });
  const fan = Array.from({ length: 40 }, (_, k) => [Math.cos(k / 20), Math.sin(k / 20)]);
  const named = planes.namedChannels([...fan, [0.1, 0]], 0.005);
  assert.ok(named.length > 5 && named.every(([k]) => k < 40)); // the short one has none
  named.forEach(([, p], i) => named.slice(0, i).forEach(([, q]) => assert.ok(Math.hypot(p[0] - q[0], p[1] - q[1]) > 13)));
});

/** A view of a tour of three points in three channels. */
function tourOf() {
  const packed = (numbers) => ({ data: Buffer.from(new Int16Array(numbers).buffer).toString("base64"), scale: 1, shape: [1, 3, 3] });
  const flags = { data: Buffer.from([2]).toString("base64"), scale: 1, shape: [1, 3] }; // the second point is lost
  const frame = [1, 0, 0, 1, 0, 0];
  const data = {
    widths: [0, 1, 2, 3, 4],
    width: 0,
    stride: 0.25,
    pace: 16,
    tour: { stops: [frame, [1, 0, 0, 0, 0, 1]], steps: 4, arrow: 1, names: ["1", "2", "3"], count: 3, low: 0, high: null },
    messages: ["{number} of {count}: {active} of {width}", "lost {number}"],
    hint: "Point",
  };
  const view = viewOf(data);
  const values = [[1, 2, 0, -1, 0, 0, 3, -4, 5], [1, 2, 0, 0, 0, 0, 3, 0, 5]];
  view.panels = values.map((numbers) => {
    const panel = { canvas: { classList: { toggle() {} } }, title: {}, legend: node(), caption: {} };
    planes.fillPanel(panel, { title: "T x", points: packed(numbers), lost: flags, captions: ["{seen} %"], tour: true }, view.data);
    return panel;
  });
  return view;
}

test("both panels of a tour share frame and enlargement, and say how much they show", () => {
  const view = tourOf();
  view.look = planes.lookFrom(view);
  assert.deepEqual(view.panels.map(({ picture }) => [...picture]), [[1, 2, -1, 0, 3, -4], [1, 2, 0, 0, 3, 0]]);
  assert.ok(isClose(view.look.zoom, 0.92 / 5));
  planes.write(view, 0, null);
  assert.deepEqual(view.panels.map(({ caption }) => caption.textContent), ["55 %", "36 %"]); // 31 of 56, 14 of 39
  assert.match(view.panels[0].canvas.ariaLabel, /T x\. n = 0\. 55 %\. Point/);
  assert.equal(planes.nearestPoint(view.panels[0].picture, view.look.zoom, [-view.look.zoom, 0.01], 0.05), 1);
  assert.equal(planes.nearestPoint(view.panels[0].picture, view.look.zoom, [0.9, 0.9], 0.05), null);
});

test("arrows go along the points of a tour, which are told with their active channels, and Escape lets go", () => {
  const view = tourOf();
  view.look = planes.lookFrom(view);
  const pressed = (key) => {
    planes.walk(view, { key, preventDefault() {} });
    planes.write(view, 0, null);
    return view.readout.textContent;
  };
  const told = ["ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "Escape"].map(pressed);
  assert.deepEqual(told, ["1 of 3: 2 of 3", "lost 2", "3 of 3: 2 of 3", "lost 2", "Point"]);
});

test("a tour plays by parts of a step, rests on a whole one, and stops at the end", () => {
  const view = tourOf();
  planes.play(view);
  tick(16 * 6);
  assert.equal(view.width, 1.5);
  planes.pause(view);
  assert.ok(Number.isInteger(view.width));
  planes.play(view);
  tick(1000);
  assert.equal(view.width, 4);
  assert.equal(view.timer, null);
  assert.deepEqual(view.reports.at(-1), ["width", { chosen: 4, moves: undefined }]);
});

// A point that is followed

test("a value of f is read from its table, straight between two places and level beyond", () => {
  const table = [[-2, 0, 1, 3], [-1, 0, 5, 6]];
  assert.deepEqual([-9, -2, -1, 0, 0.5, 1, 2, 3, 9].map((z) => planes.valueAt(table, z)), [-1, -1, -0.5, 0, 2.5, 5, 5.5, 6, 6]);
});

test("the equations of a point hold for it, the silent channels hold on their side, and the active ones come first", () => {
  const table = [[-100, 0, 6, 100], [0, 0, 6, 6]];
  const relations = new Set();
  for (let seed = 1; seed <= 50; seed++) {
    const layer = randomLayer(seed, 7, LAYERS.relu6, 8);
    const next = randomNumbers(seed + 1000);
    const place = [8 * next(), 8 * next()];
    const channels = planes.channelsAt(layer, place, table);
    assert.deepEqual(channels.map(({ name }) => name).sort(), [1, 2, 3, 4, 5, 6, 7]);
    const order = channels.map(({ relation }) => relation === "=");
    assert.deepEqual(order, [...order].sort((a, b) => b - a));
    for (const { name, row, z, output, relation, limit } of channels) {
      assert.equal(row, layer.rows[name - 1]);
      assert.equal(z, row[0] * place[0] + row[1] * place[1]);
      assert.ok(isClose(output, Math.min(6, Math.max(0, z))));
      assert.deepEqual([relation, limit], z <= 0 ? ["\u2264", 0] : z >= 6 ? ["\u2265", 6] : ["=", z]);
      relations.add(relation);
    }
  }
  assert.equal(relations.size, 3);
});

test("two equations cross at the point, at the widest angle there is; parallel lines and one line do not", () => {
  const layer = layerOf([[1, 0], [1, 0.01], [0, -2], [3, 3]], { low: null, high: null });
  const channels = planes.channelsAt(layer, [0.3, -0.4], [[-9, 9], [-9, 9]]);
  const { pair, where } = planes.crossing(channels);
  assert.deepEqual(pair.map(({ name }) => name), [1, 3]);
  assert.ok(isClose(where[0], 0.3) && isClose(where[1], -0.4));
  assert.equal(planes.crossing([channels[0], { ...channels[0], name: 9 }]), null);
  assert.equal(planes.crossing(channels.slice(0, 1)), null);
  assert.equal(planes.crossing(channels.map((channel) => ({ ...channel, relation: "\u2264" }))), null);
});

/** A view of two points, twice as large as their panels, through 2 or 15 channels that are all read as they are. */
function followedView() {
  const points = (numbers) => ({ data: Buffer.from(new Int16Array(numbers).buffer).toString("base64"), scale: 0.25, shape: [1, 2, 2] });
  const words = {
    point: "{number} of {count} at {x}: {active} of {width}",
    left: ["none", "line", "{first} and {second} at {crossing}"],
    answer: "{panel} {answer} {error}",
    far: "{panel} beyond {reach}",
    more: "{more} more",
    columns: ["k", "before", "after", "left"],
  };
  const rows = Array.from({ length: 15 }, (_, k) => (k % 2 ? [2, 0] : [0, -4]));
  const data = {
    widths: [2, 15],
    width: 2,
    layer: { matrices: [rows.slice(0, 2), rows], low: null, high: null },
    follow: { points: [[0.5, -1], [1, 1.5]], scale: 2, curve: [[-9, 9], [-9, 9]], reach: 4, words },
    hint: "Click",
  };
  const view = viewOf(data);
  view.panels = [["Input", [1, -2, 2, 3]], ["Read", [1, -2, 2, 1]], ["Far", [8, 0, 0, 0]]].map(([title, numbers]) => {
    const panel = { canvas: { classList: { toggle() {} } }, title: {}, legend: node(), caption: {} };
    planes.fillPanel(panel, { title, points: points(numbers), captions: [""] }, view.data);
    return panel;
  });
  return view;
}

function toldOf(view, step) {
  const place = view.spot === null ? null : view.data.follow.points[view.spot].map((value) => value / 2);
  const layer = planes.layerAt(view.data, step);
  planes.tellFollowed(view, step, layer, place && planes.read(layer, place));
  return [view.told.textContent, view.table.children.map(({ children }) => children.map(({ textContent }) => textContent))];
}

test("a followed point is told with its equations and answers, in units of the points, and Escape lets go", () => {
  const view = followedView();
  assert.deepEqual(toldOf(view, 0), ["Click", []]);
  planes.walk(view, { key: "ArrowRight", preventDefault() {} });
  const [text, table] = toldOf(view, 0);
  assert.equal(text, "1 of 2 at (0.50, \u22121.00): 2 of 2 1 and 2 at (0.50, \u22121.00)\nRead (0.50, \u22121.00) 0.00\nFar beyond 4.00");
  assert.deepEqual(table, [
    ["k", "before", "after", "left"],
    [1, "2.00", "2.00", "0.00 x\u2081 \u2212 2.00 x\u2082 = 2.00"],
    [2, "0.50", "0.50", "1.00 x\u2081 + 0.00 x\u2082 = 0.50"],
  ]);
  planes.walk(view, { key: "ArrowUp", preventDefault() {} });
  assert.match(toldOf(view, 0)[0], /^2 of 2 .*\nRead \(1\.00, 0\.50\) 1\.00\nFar \(0\.00, 0\.00\) 1\.80$/);
  planes.walk(view, { key: "Escape", preventDefault() {} });
  assert.deepEqual(toldOf(view, 0), ["Click", []]);
});

test("of many channels twelve are shown, and how many more there are", () => {
  const view = followedView();
  planes.walk(view, { key: "ArrowRight", preventDefault() {} });
  const table = toldOf(view, 1)[1];
  assert.equal(table.length, 14);
  assert.deepEqual(table.at(-1), ["3 more"]);
});

test("a click takes the nearest point of its panel, another click another, and a click beside the points lets go", () => {
  const view = followedView();
  const click = (offsetX, offsetY) => {
    planes.pin(view, view.panels[1], { offsetX, offsetY, target: { clientWidth: 100 } });
    return [view.spot, view.pinned];
  };
  assert.deepEqual([click(62, 74), click(75, 38), click(75, 38)], [[0, true], [1, true], [1, true]]);
  assert.deepEqual(click(5, 5), [null, false]);
});

test("the first panel shows the lines of the active channels, the crossing pair above, and a mark; the others ring the answer", () => {
  const view = Object.assign(followedView(), { spot: 0 });
  const layer = layerOf([[1, 0], [0, -2], [-9, 0], [3, 3.1]], LAYERS.relu);
  const place = [0.25, -0.2];
  const drawn = (panel) => {
    const pen = penOf();
    const context = { view, layer, reading: planes.read(layer, place), place, points: [0.1, 0.2], unit: 0.01, theme: { text: "black", background: "white" } };
    planes.drawFollowed(pen, view.panels[panel], context);
    return pen;
  };
  const { lines, discs } = drawn(0);
  const [all, two] = lines.filter(({ path }) => path.length >= 2);
  assert.deepEqual([all.path.length, two.path.length, discs.length], [6, 4, 1]); // three active channels, two ends each
  const on = ([a, b], [x, y]) => isClose(a * x + b * y, a * place[0] + b * place[1], 1e-9);
  [0, 1, 3].forEach((k, i) => all.path.slice(2 * i, 2 * i + 2).forEach((end) => assert.ok(on(layer.rows[k], end))));
  [0, 1].forEach((k, i) => two.path.slice(2 * i, 2 * i + 2).forEach((end) => assert.ok(on(layer.rows[k], end))));
  assert.ok(lines.some(({ path }) => path[0]?.radius && path[0].x === 0.25 && path[0].y === -0.2));
  assert.deepEqual(drawn(1).lines.map(({ path, color }) => [path[0].x, path[0].y, color]), [[0.1, 0.2, "white"], [0.1, 0.2, "black"]]);
});
