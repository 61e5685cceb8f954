// The n channels through a plane that turns, see manifold/layer/tour.py: frames [a, b, a, b, ...] of n rows, orthonormal columns

const STRAIGHT = 1e-9; // sine of an angle that is no turn
const FILLED = 0.92; // of half a panel, by the farthest point
const LETTER = 13; // pixels
const NAMED = 0.45; // of the longest line: shorter ones have no name where there are many
const FEW = 12;

/** The frame after so many legs of a tour: between two stops along their principal angles. */
function frameAt(stops, position) {
  const leg = Math.min(Math.floor(position), stops.length - 2);
  return leg < 0 ? stops[0] : between(stops[leg], stops[leg + 1], position - leg);
}

/** A share of the geodesic from F to G, whose F^T G = V cos(A) V^T: (F V cos(s A) + H sin(s A)) V^T. */
function between(from, to, share) {
  const product = (i, j) => from.reduce((sum, value, k) => sum + (k % 2 === i ? value * to[k - i + j] : 0), 0);
  const angle = Math.atan2(2 * product(0, 1), product(0, 0) - product(1, 1)) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [start, end] = [turned(from, cos, sin), turned(to, cos, sin)];
  const moved = start.slice();
  for (const column of [0, 1]) {
    let cosine = 0;
    for (let k = column; k < start.length; k += 2) cosine += start[k] * end[k];
    const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
    if (sine < STRAIGHT) continue;
    const way = share * Math.acos(Math.max(0, Math.min(1, cosine)));
    const [along, across] = [Math.cos(way), Math.sin(way) / sine];
    for (let k = column; k < start.length; k += 2) moved[k] = along * start[k] + across * (end[k] - cosine * start[k]);
  }
  return turned(moved, cos, -sin);
}

/** F V, where the columns of V are (cos, sin) and (-sin, cos). */
function turned(frame, cos, sin) {
  return frame.map((value, k) => (k % 2 ? cos * value - sin * frame[k - 1] : cos * value + sin * frame[k + 1]));
}

/** The picture [x, y, x, y, ...] of values in R^n, [y_1, ..., y_n, y_1, ...]. */
function flatten(values, frame, picture = new Float32Array((4 * values.length) / frame.length)) {
  const width = frame.length / 2;
  for (let i = 0, place = 0; place < values.length; i += 2) {
    let [x, y] = [0, 0];
    for (let k = 0; k < width; k++, place++) {
      x += values[place] * frame[2 * k];
      y += values[place] * frame[2 * k + 1];
    }
    picture[i] = x;
    picture[i + 1] = y;
  }
  return picture;
}

function squares(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}

/** How far the places of a picture reach from the origin; a gap, which is NaN, reaches nowhere. */
function farthest(picture) {
  let most = 0;
  for (let i = 0; i < picture.length; i += 2) {
    const size = picture[i] * picture[i] + picture[i + 1] * picture[i + 1];
    if (size > most) most = size;
  }
  return Math.sqrt(most);
}

/** What all panels of a tour share at a moment: the frame, and how much it is enlarged, so that it fills them. */
function lookFrom({ data: { tour, extent }, panels, width }) {
  const frame = frameAt(tour.stops, width / tour.steps);
  let reach = 0;
  for (const panel of panels) {
    panel.picture = flatten(panel.points[0], frame, panel.picture);
    panel.seen = squares(panel.picture) / panel.squares;
    panel.lines.forEach((line) => (line.picture = flatten(line.steps[0], frame, line.picture)));
    reach = Math.max(reach, farthest(panel.picture), ...panel.lines.map((line) => farthest(line.picture)));
  }
  return { frame, zoom: (FILLED * extent) / (reach || 1) };
}

function drawTour(pen, panel, { data: { extent, tour }, look: { frame, zoom }, spot }, look) {
  const { unit, theme, colors, radius, lostColor } = look;
  const scaled = (picture) => picture.map((value) => zoom * value);
  for (const { picture, color, width } of panel.lines) stroke(pen, unbroken(scaled(picture)), width * unit, color, 0.45);
  drawChannels(pen, channelEnds(frame, zoom * tour.arrow, extent - 1.8 * LETTER * unit), tour.names, look);
  const xy = scaled(panel.picture);
  drawPoints(pen, xy, panel.lost[0], colors, radius, lostColor);
  if (spot !== null) ring(pen, [xy[2 * spot], xy[2 * spot + 1]], 3 * radius, 2.5 * unit, theme.text);
}

/** Where the lines of the channels end, cut at the edge of the panel. */
function channelEnds(frame, length, edge) {
  return Array.from({ length: frame.length / 2 }, (_, k) => {
    const end = [length * frame[2 * k], length * frame[2 * k + 1]];
    const cut = Math.min(1, edge / Math.max(...end.map(Math.abs), Number.MIN_VALUE));
    return end.map((value) => cut * value);
  });
}

/** The longest lines first: of many only the long ones are named, and none where another name stands. */
function namedChannels(ends, unit) {
  const sizes = ends.map(([x, y]) => Math.hypot(x, y));
  const least = ends.length > FEW ? NAMED * Math.max(...sizes) : 8 * unit;
  const places = [];
  for (const k of [...ends.keys()].sort((i, j) => sizes[j] - sizes[i])) {
    if (sizes[k] < least) break;
    const place = ends[k].map((value) => value / unit + (0.7 * LETTER * value) / sizes[k]);
    if (places.every(([, [x, y]]) => Math.hypot(x - place[0], y - place[1]) > 1.2 * LETTER)) places.push([k, place]);
  }
  return places;
}

/** A line from the origin for each channel, with its name at the end. */
function drawChannels(pen, ends, names, { unit, theme }) {
  stroke(pen, ends.map((end) => [[0, 0], end]), 1.5 * unit, theme.text, 0.7);
  pen.save();
  pen.scale(unit, -unit);
  Object.assign(pen, { font: [`${LETTER}px`, theme.font].join(" "), textAlign: "center", textBaseline: "middle" });
  Object.assign(pen, { fillStyle: theme.text, strokeStyle: theme.background, lineWidth: 3, lineJoin: "round" });
  for (const [k, [x, y]] of namedChannels(ends, unit)) {
    pen.strokeText(names[k], x, -y);
    pen.fillText(names[k], x, -y);
  }
  pen.restore();
}

/** Number, active channels and fate of a point; the first panel shows T x, the second f(T x). */
function tellPoint({ messages, tour: { low, high, count, names } }, [{ points }, { lost }], spot) {
  const values = points[0].subarray(spot * names.length, (spot + 1) * names.length);
  const active = values.filter((value) => (low ?? -Infinity) < value && value < (high ?? Infinity)).length;
  return fillSlots(messages[lost[0][spot]], { number: spot + 1, count, active, width: names.length });
}

export { between, channelEnds, drawTour, farthest, flatten, frameAt, lookFrom, namedChannels, tellPoint };
