/**
 * A pad to draw curves on, with a mouse, a pen or a finger. Places are [x, y] in units of the pad, from 0 to 999, y upwards.
 * A curve that is finished goes to the server, which simplifies it and sends it back.
 */

const SIDE = 999;
const MOST = 4000; // places of a curve; beyond, every second one is dropped
const VIEW = `
  <canvas role="img" data-name="canvas" data-testid="pad"></canvas>
  <button type="button" data-name="button" data-testid="clear"></button>`;
const pads = new WeakMap();

export default function mount({ parentElement, data, setStateValue }) {
  const pad = pads.get(parentElement) ?? createPad(parentElement);
  const call = {};
  Object.assign(pad, { call, setStateValue });
  if (data !== pad.data) take(pad, data);
  requestAnimationFrame(() => paint(pad)); // the theme may be another one
  return () => pad.call === call && (pad.observer.disconnect(), pad.root.remove(), pads.delete(parentElement));
}

function createPad(parent) {
  const root = parent.appendChild(Object.assign(document.createElement("div"), { className: "pad", innerHTML: VIEW }));
  const pad = { root, curves: [], sent: 0 };
  for (const node of root.querySelectorAll("[data-name]")) pad[node.dataset.name] = node;
  pad.canvas.onpointerdown = (event) => begin(pad, event);
  pad.canvas.onpointermove = (event) => follow(pad, event);
  pad.canvas.onpointerup = pad.canvas.onpointercancel = () => end(pad);
  pad.button.onclick = () => clear(pad);
  pad.observer = new ResizeObserver(() => paint(pad));
  pad.observer.observe(root);
  pads.set(parent, pad);
  return pad;
}

/** What the server shows; a curve that is being drawn, or a cleared pad, is not disturbed by an echo. */
function take(pad, data) {
  const news = pad.data === undefined || JSON.stringify(data.curves) !== JSON.stringify(pad.data.curves);
  Object.assign(pad, { data });
  pad.canvas.ariaLabel = data.words.pad;
  pad.button.textContent = data.words.clear;
  if (news && !pad.drawing) Object.assign(pad, { curves: data.curves, fresh: data.example });
  paint(pad);
}

function clear(pad) {
  Object.assign(pad, { curves: [], fresh: false, drawing: null });
  paint(pad);
}

/** The first curve takes the place of the example, further ones stand beside it. */
function begin(pad, event) {
  if (event.button !== 0 || event.isPrimary === false) return;
  event.preventDefault();
  event.target.setPointerCapture(event.pointerId);
  if (pad.fresh) Object.assign(pad, { curves: [], fresh: false });
  pad.drawing = [placeOn(event.target, event)];
  pad.curves = [...pad.curves, pad.drawing];
  paint(pad);
}

function follow(pad, event) {
  if (!pad.drawing || event.isPrimary === false) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) add(pad.drawing, placeOn(event.target, each));
  paint(pad);
}

/** A place at the end of a curve, unless it is the last one again. */
function add(curve, place) {
  if (String(curve.at(-1)) === String(place)) return;
  curve.push(place);
  if (curve.length > MOST) curve.splice(0, curve.length, ...curve.filter((_, i) => i % 2 === 0));
}

function end(pad) {
  if (!pad.drawing) return;
  pad.drawing = null;
  pad.sent += 1; // so that the same curve drawn twice is told twice
  pad.setStateValue("drawn", { curves: pad.curves, count: pad.sent });
}

function placeOn(canvas, { clientX, clientY }) {
  const { left, bottom, width, height } = canvas.getBoundingClientRect();
  const inside = (share) => Math.round(SIDE * Math.max(0, Math.min(1, share)));
  return [inside((clientX - left) / width), inside((bottom - clientY) / height)];
}

function paint({ canvas, root, curves }) {
  const size = Math.round(canvas.clientWidth * devicePixelRatio);
  if (size === 0) return;
  const { color, borderTopColor } = getComputedStyle(root);
  const pen = canvas.getContext("2d");
  canvas.width = canvas.height = size;
  const unit = size / SIDE;
  pen.setTransform(unit, 0, 0, -unit, 0, size);
  line(pen, [[SIDE / 2, 0], [SIDE / 2, SIDE]], borderTopColor, 4);
  line(pen, [[0, SIDE / 2], [SIDE, SIDE / 2]], borderTopColor, 4);
  for (const curve of curves) line(pen, curve.length > 1 ? curve : [...curve, ...curve], color, 14);
}

function line(pen, places, color, width) {
  pen.beginPath();
  places.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  Object.assign(pen, { strokeStyle: color, lineWidth: width, lineCap: "round", lineJoin: "round" });
  pen.stroke();
}

export { add, begin, clear, end, follow, placeOn, take };
