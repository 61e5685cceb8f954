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
  const sides = [[[1, 0], extent], [[-1, 0], extent], [[0, 1], extent], [[0, -1], extent]];
  const start = rank === 0 ? squareOf(extent) : lineAcross(row, [x, y], extent);
  return [...sides, ...halfPlanes].reduce(clip, start);
}

const squareOf = (extent) => [[-extent, -extent], [extent, -extent], [extent, extent], [-extent, extent]];

/** Two far ends of the line through a place on which t.x is constant. */
function lineAcross([a, b], [x, y], extent) {
  const reach = (4 * extent) / Math.hypot(a, b);
  return [[x - reach * b, y + reach * a], [x + reach * b, y - reach * a]];
}

/** The corners of the piece of the panel around a place on which the same rows are active. */
function piece({ rows, low, high, extent }, place) {
  const limits = rows.flatMap(([a, b]) => {
    const value = dot([a, b], place);
    return [low, high].filter(Number.isFinite).map((limit) => (value <= limit ? [[a, b], limit] : [[-a, -b], -limit]));
  });
  return limits.reduce(clip, squareOf(extent));
}

/** The degrees between the edges on both sides of a place, if all of them go through the origin. */
function sectorAngle({ rows, kinds, low, high }, [x, y]) {
  if (low !== 0 || high !== Infinity) return null;
  const full = 2 * Math.PI;
  const proper = rows.filter((_, i) => kinds[i] >= 0);
  const edges = proper.flatMap(([a, b]) => [Math.atan2(a, -b), Math.atan2(-a, b)]);
  const gaps = edges.map((edge) => (edge - Math.atan2(y, x) + 2 * full) % full);
  return (180 / Math.PI) * (Math.min(full, ...gaps) + full - Math.max(0, ...gaps)) - (gaps.length ? 0 : 360);
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
  return keptImage(panel, [stamp, size, regions], () => paintRegions(layer, size, regions.map(pixelOf)));
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

export { boundaries, clip, fibre, layerAt, paintRegions, piece, read, sectorAngle };
