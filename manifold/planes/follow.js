// One point followed through the layer: T x, f(T x), the equations w_k.x = z_k that are left, and the answers of decoders

const ROWS = 12; // channels that are shown

/** The place of a point in the panels. */
const placeOfPoint = ({ points, scale }, spot) => points[spot].map((value) => value / scale);

/** f(z) from a table of z, which ascend, and f(z): between two of them along a straight line, beyond them as at the end. */
function valueAt([from, to], z) {
  let [low, high] = [0, from.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= z) low = middle;
    else high = middle;
  }
  const share = Math.max(0, Math.min(1, (z - from[low]) / (from[high] - from[low])));
  return to[low] + share * (to[high] - to[low]);
}

/** What every channel makes of a place, and what that tells: w.x = z, <= low or >= high. The active channels come first. */
function channelsAt({ rows, low, high }, place, curve) {
  const channels = rows.map((row, k) => {
    const z = dot(row, place);
    const [relation, limit] = z <= low ? ["\u2264", low] : z >= high ? ["\u2265", high] : ["=", z];
    return { name: k + 1, row, z, output: valueAt(curve, z), relation, limit };
  });
  const active = ({ relation }) => relation === "=";
  return [...channels.filter(active), ...channels.filter((channel) => !active(channel))];
}

/** The two active channels whose lines cross at the widest angle, and where they do; none at a rank below 2. */
function crossing(channels) {
  let widest = { sine: 1e-9 };
  const active = channels.filter(({ relation }) => relation === "=");
  for (const [i, first] of active.entries()) {
    for (const second of active.slice(i + 1)) {
      const [[a, b], [c, d]] = [first.row, second.row];
      const area = a * d - b * c;
      const sine = Math.abs(area) / (Math.hypot(a, b) * Math.hypot(c, d));
      const where = [(first.z * d - second.z * b) / area, (second.z * a - first.z * c) / area];
      if (sine > widest.sine) widest = { sine, pair: [first, second], where };
    }
  }
  return widest.pair ? widest : null;
}

/** A channel as a line of the table; rows of T and places are those of the points, not of the panels. */
function channelCells({ name, row, z, output, relation, limit }, scale) {
  const [a, b] = row.map((value) => value / scale);
  const bound = Number.isInteger(limit) ? String(limit).replace("-", "\u2212") : number(limit);
  const sides = [`${number(a)} x\u2081`, b < 0 ? "\u2212" : "+", `${number(Math.abs(b))} x\u2082`, relation];
  return [name, number(z), number(output), [...sides, relation === "=" ? number(z) : bound].join(" ")];
}

/** The sentences about a point: which it is, what is left of it, and the answer in every panel but the first. */
function sentences({ data: { follow, widths }, panels, spot }, step, channels, reading) {
  const { words, points, scale, reach } = follow;
  const cross = reading.rank === 2 ? crossing(channels) : null;
  const [first, second] = cross?.pair.map(({ name }) => name) ?? [];
  const known = { number: spot + 1, count: points.length, x: pair(points[spot]), active: reading.active, width: widths[step] };
  const left = { ...known, first, second, crossing: cross && pair(cross.where.map((value) => value * scale)) };
  const answers = panels.slice(1).map(({ title, points: steps }) => {
    const answer = [0, 1].map((axis) => scale * at(steps, step)[2 * spot + axis]);
    const near = answer.every((value) => Math.abs(value) < reach);
    const error = number(Math.hypot(...answer.map((value, axis) => value - points[spot][axis])));
    return fillSlots(near ? words.answer : words.far, { panel: title.textContent, answer: pair(answer), error, reach: number(reach) });
  });
  return [`${fillSlots(words.point, known)} ${fillSlots(words.left[reading.rank], left)}`, ...answers];
}

/** The sentences and the table below the panels; without a point, how to choose one. */
function tellFollowed(view, step, layer, reading) {
  const { data: { follow, hint }, followed, told, table, spot, version } = view;
  const state = [version, step, spot].join();
  if (state === view.followedState) return;
  view.followedState = state;
  followed.classList.toggle("chosen", spot !== null);
  if (spot === null) {
    table.replaceChildren();
    return setText(told, hint);
  }
  const { words, curve, scale } = follow;
  const channels = channelsAt(layer, placeOfPoint(follow, spot), curve);
  setText(told, sentences(view, step, channels, reading).join("\n"));
  const lines = channels.slice(0, ROWS).map((channel) => tableRow(channelCells(channel, scale), "td"));
  const more = channels.length - lines.length;
  if (more) lines.push(tableRow([fillSlots(words.more, { more })], "td"));
  table.replaceChildren(tableRow(words.columns, "th"), ...lines);
}

function tableRow(texts, tag) {
  const row = element("tr", "");
  row.replaceChildren(...texts.map((text) => Object.assign(element(tag, ""), { textContent: text })));
  if (texts.length === 1) row.children[0].colSpan = 4;
  return row;
}

/** A ring in the ink of the page, set off from what lies under it. */
function ringPoint(pen, place, unit, theme) {
  for (const [width, color] of [[5, theme.background], [2.5, theme.text]]) ring(pen, place, 7 * unit, width * unit, color);
}

/** In the first panel the line of every active channel and what they leave; in the others the answer. */
function drawFollowed(pen, panel, { view: { panels, data, spot }, layer, reading, place, points, unit, theme }) {
  if (panel !== panels[0]) {
    return ringPoint(pen, [points[2 * spot], points[2 * spot + 1]], unit, theme);
  }
  const channels = channelsAt(layer, place, data.follow.curve);
  const across = (shown) => shown.filter(({ row }) => Math.hypot(...row)).map(({ row }) => lineAcross(row, place, layer.extent));
  stroke(pen, across(channels.filter(({ relation }) => relation === "=")), unit, theme.text, 0.5);
  const cross = reading.rank === 2 && crossing(channels);
  if (cross) stroke(pen, across(cross.pair), 2.5 * unit, theme.text);
  drawFibre(pen, fibre(layer, place, reading), { place, pinned: true, unit, theme });
}

export { channelsAt, crossing, drawFollowed, tellFollowed, valueAt };
