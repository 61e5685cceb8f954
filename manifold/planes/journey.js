// One point of many, followed from place to place: marked in every panel, and told row by row

const NONE = "\u2013";
const ROWS_OF = { block: blockRows, views: viewRows, pictures: pictureRows };

/** Whole numbers from 0, a byte each, or two where there are twice as many bytes. */
function unpackCounts(text, count) {
  const codes = bytes(text);
  return codes.length > count ? new Uint16Array(codes.buffer) : codes;
}

function bitAt({ data, shape }, row, place) {
  const bit = row * shape[1] + place;
  return (bytes(data)[bit >> 3] >> (bit & 7)) & 1;
}

/** A place as it is written; none where it is not finite, or too far for what is sent of it. */
const toldPlace = ({ reach }, [x, y], scale = 1) => (Math.max(Math.abs(x), Math.abs(y)) < reach ? pair([scale * x, scale * y]) : NONE);

const placeIn = ({ points }, step, spot) => [at(points, step)[2 * spot], at(points, step)[2 * spot + 1]];

/** A point of a block: at every place the channels, those that are active, the equations left, the answer, how far it is off. */
function blockRows({ data: { journey, widths }, panels, spot }, step) {
  const x = placeIn(panels[0], step, spot);
  const rows = journey.places.map(({ names, channels, active, ranks, panel }) => {
    const count = active ? unpackCounts(active[step], journey.count)[spot] : NONE;
    const left = journey.words.left[bitAt(ranks, step, spot) + bitAt(ranks, widths.length + step, spot)];
    const start = [names[step], channels[step], count, left];
    if (panel === undefined) return [...start, NONE, NONE];
    const answer = placeIn(panels[panel], step, spot);
    const error = number(Math.hypot(answer[0] - x[0], answer[1] - x[1]));
    return [...start, toldPlace(journey, answer), error];
  });
  return { rows, known: { x: toldPlace(journey, x), width: journey.places[0].channels[step] } };
}

/** A number of the camera's as it is written. */
function written({ factor, grows, digits, text }, value) {
  const shown = (factor * (grows ? Math.exp(value) : value)).toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "\u2212");
  return fillSlots(text, { value: shown });
}

/** The nearest views of one, at a place of a network. */
function nearestViews({ neighbours }, step, spot, count) {
  const numbers = unpackCounts(neighbours[step], count * 5);
  return [...numbers.subarray(5 * spot, 5 * spot + 5)];
}

/** A view: at every place of a network what its nearest views say of the camera, in the mean. */
function viewRows({ data: { journey, steps }, spot }, step) {
  const { count, networks, units } = journey;
  const chart = unpack(journey.chart);
  const said = (numbers) => units.map((unit, axis) => written(unit, numbers.reduce((sum, k) => sum + chart[axis][k], 0) / numbers.length)).join(", ");
  const rows = steps.map((name, place) => [name, ...networks.map((network) => said(nearestViews(network, place, spot, count)))]);
  return { rows, current: step, known: { truth: said([spot]), place: steps[step] } };
}

/** A picture: at every moment so far, the last one first, what each arm takes it for, and where it lies. */
function pictureRows({ data: { journey, steps }, panels, spot }, step) {
  const { arms, count, labels, names } = journey;
  const cell = ({ said, size }, k, moment) => {
    const answer = unpackCounts(said[Math.min(moment, said.length - 1)], count)[spot];
    return `${names[answer]} ${toldPlace(journey, placeIn(panels[k], moment, spot), size)}`;
  };
  const rows = steps.slice(0, step + 1).map((name, moment) => [name, ...arms.map((arm, k) => cell(arm, k, moment))]);
  return { rows: rows.reverse(), current: 0, known: { name: names[labels[spot]] } };
}

/** What is told of the chosen point, its picture and its rows; without one, how to choose it. */
function tellJourney(view, step) {
  const { data: { journey, hint }, followed, told, sheet, table, spot, version } = view;
  const state = [version, step, spot].join();
  if (state === view.followedState) return;
  view.followedState = state;
  followed.classList.toggle("chosen", spot !== null);
  sheet.hidden = spot === null || !journey.sheet;
  if (spot === null) {
    table.replaceChildren();
    return setText(told, hint);
  }
  const { rows, current, known } = ROWS_OF[journey.kind](view, step);
  const text = fillSlots(journey.words.point, { number: spot + 1, count: journey.count, ...known });
  setText(told, text);
  if (journey.sheet) showPicture(sheet, journey.sheet, spot, text);
  const lines = rows.map((cells) => tableRow(cells, "td"));
  lines[current]?.setAttribute("aria-current", "step");
  table.replaceChildren(tableRow(journey.columns, "th"), ...lines);
}

/** One picture of a sheet of them. */
function showPicture(node, { data, columns, lines, aspect, smooth }, spot, text) {
  const share = (place, last) => `${last ? (100 * place) / last : 0}%`;
  node.ariaLabel = text;
  Object.assign(node.style, { aspectRatio: aspect, imageRendering: smooth ? "auto" : "pixelated" });
  node.style.backgroundImage = `url(${data})`;
  node.style.backgroundSize = `${100 * columns}% ${100 * lines}%`;
  node.style.backgroundPosition = `${share(spot % columns, columns - 1)} ${share(Math.floor(spot / columns), lines - 1)}`;
}

/** The chosen point, the way it has come, and lines to its nearest ones. */
function drawJourney(pen, panel, { view: { data: { journey }, panels, spot }, step, points, unit, theme }) {
  const here = (k) => [points[2 * k], points[2 * k + 1]];
  const number = panels.indexOf(panel);
  if (journey.kind === "pictures") {
    const way = Array.from({ length: step + 1 }, (_, moment) => placeIn(panel, moment, spot)).filter(([x]) => x === x);
    stroke(pen, [way], 4 * unit, theme.background, 0.8);
    stroke(pen, [way], 1.5 * unit, theme.text);
  }
  const network = journey.networks?.find((each) => each.panels.includes(number));
  const nearest = network ? nearestViews(network, step, spot, journey.count) : [];
  stroke(pen, nearest.map((k) => [here(spot), here(k)]), 1.5 * unit, theme.text, 0.7);
  nearest.forEach((k) => ring(pen, here(k), 6 * unit, 1.5 * unit, theme.text));
  ringPoint(pen, here(spot), unit, theme);
}

export { blockRows, pictureRows, tellJourney, viewRows };
