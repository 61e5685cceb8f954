/** The pad to draw on, without a browser: `node --test tests/planes/pad.test.mjs`. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

// Under a name that says module: older versions of Node read .js as something else.
const folder = mkdtempSync(join(tmpdir(), "pad-"));
writeFileSync(join(folder, "pad.mjs"), readFileSync(new URL("../../manifold/planes/pad.js", import.meta.url), "utf8"));
const { add, begin, clear, end, follow, placeOn, take } = await import(join(folder, "pad.mjs"));
rmSync(folder, { recursive: true });

globalThis.devicePixelRatio = 1;

const canvas = () => ({
  clientWidth: 0, // nothing is painted
  getBoundingClientRect: () => ({ left: 100, bottom: 300, width: 200, height: 200 }),
  setPointerCapture() {},
});
const event = (clientX, clientY, more = {}) => ({ clientX, clientY, button: 0, isPrimary: true, target: canvas(), preventDefault() {}, ...more });

function padOf(curves, example) {
  const pad = { canvas: canvas(), button: {}, curves: [], sent: 0, told: [], setStateValue: (key, value) => pad.told.push([key, value]) };
  take(pad, { curves, example, words: { pad: "Draw", clear: "Clear" } });
  return pad;
}

function draw(pad, ...places) {
  places.forEach(([x, y], i) => (i ? follow : begin)(pad, event(x, y)));
  end(pad);
}

test("places are counted from the lower left, and stay on the pad", () => {
  const place = (x, y) => placeOn(canvas(), event(x, y));
  assert.deepEqual([place(100, 300), place(300, 100), place(200, 200), place(0, 999)], [[0, 0], [999, 999], [500, 500], [0, 0]]);
});

test("a curve takes the place of the example, a second one stands beside it, and the server hears of both", () => {
  const pad = padOf([[[1, 1], [2, 2]]], true);
  draw(pad, [100, 300], [200, 200], [200, 200], [300, 100]);
  assert.deepEqual(pad.told.at(-1), ["drawn", { curves: [[[0, 0], [500, 500], [999, 999]]], count: 1 }]);
  draw(pad, [100, 100], [100, 300]);
  assert.deepEqual(pad.told.at(-1)[1].curves, [[[0, 0], [500, 500], [999, 999]], [[0, 999], [0, 0]]]);
  clear(pad);
  assert.equal(pad.told.length, 2); // what was drawn is shown until there is something else
  draw(pad, [100, 300], [300, 300]);
  assert.deepEqual(pad.told.at(-1), ["drawn", { curves: [[[0, 0], [999, 0]]], count: 3 }]);
});

test("what the server sends back replaces what was drawn, but not while a curve is being drawn, nor a cleared pad", () => {
  const pad = padOf([[[1, 1], [2, 2]]], true);
  const words = pad.data.words;
  draw(pad, [100, 300], [200, 200]);
  take(pad, { curves: [[[0, 0], [500, 500]]], example: false, words });
  clear(pad);
  take(pad, { curves: [[[0, 0], [500, 500]]], example: false, words });
  assert.deepEqual(pad.curves, []);
  begin(pad, event(100, 300));
  take(pad, { curves: [[[7, 7], [8, 8]]], example: false, words });
  assert.deepEqual(pad.curves, [[[0, 0]]]);
});

test("a second finger and another button draw nothing", () => {
  const pad = padOf([], false);
  begin(pad, event(100, 300, { isPrimary: false }));
  begin(pad, event(100, 300, { button: 2 }));
  follow(pad, event(150, 300));
  end(pad);
  assert.deepEqual([pad.curves, pad.told], [[], []]);
});

test("a curve of a hundred thousand places stays short, and goes from end to end", () => {
  const curve = [];
  for (let i = 0; i < 100000; i++) add(curve, [i, 0]);
  assert.ok(curve.length > 1000 && curve.length <= 4001);
  assert.deepEqual([curve[0], curve.at(-1)], [[0, 0], [99999, 0]]);
});
