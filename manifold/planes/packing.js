// Packed data, colours, text

const MISSING = -32768;
const at = (list, step) => list[Math.min(step, list.length - 1)];
const mix = (from, to, share) => from.map((value, i) => value + share * (to[i] - value));
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

const pixels = new Map();

/** A CSS colour as one 32-bit pixel. */
function pixelOf(color) {
  if (!pixels.has(color)) pixels.set(color, paintedPixel(color));
  return pixels.get(color);
}

function paintedPixel(color) {
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

const number = (value) => (Math.round(100 * value) / 100).toFixed(2).replace("-", "\u2212");
const pair = ([x, y]) => `(${number(x)}, ${number(y)})`;

function fill(message, active, width, [x, y], sector) {
  return fillSlots(message, { active, width, x: number(x), y: number(y), sector: Math.round(sector) });
}

const fillSlots = (message, values) => message.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);

export { fill, unpack, unpackBits };
