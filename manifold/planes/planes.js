/**
 * Square panels of one plane or of space, drawn for the width n that a slider chooses. panels.py documents the data.
 * Lengths are in data units, y upwards; a step is an index into data.widths; a place is a pointed-at [x, y].
 * browser.py joins the files .js of this folder to one module, this one first.
 */

const PLAY_MS = 250;
const QUIET_MS = 250; // a held arrow key moves the slider many times a second; the server hears of it once
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const VIEW = `
  <div class="controls" data-name="controls">
    <button type="button" data-name="button" data-testid="play"></button>
    <output data-name="count" data-testid="width"></output>
    <div class="track"><input type="range" min="0" data-name="range"><div class="ticks" data-name="ticks"></div></div>
  </div>
  <div class="grid" data-name="grid" data-testid="panels"></div>
  <div class="note" data-name="note"><p role="status" aria-live="polite" data-name="readout" data-testid="readout"></p></div>
  <dl class="numbers" data-name="numbers"></dl>
  <div class="followed" data-name="followed">
    <p role="status" aria-live="polite" data-name="told" data-testid="told"></p>
    <div class="sheet" role="img" hidden data-name="sheet" data-testid="picture"></div>
    <table data-name="table" data-testid="equations"></table>
  </div>`;
const PANEL = `<h2></h2><canvas></canvas><figcaption></figcaption><div class="legend"></div>`;
const views = new WeakMap();

export default function mount({ parentElement, data, setStateValue }) {
  const known = views.get(parentElement);
  const view = known ?? createView(parentElement);
  const call = {};
  Object.assign(view, { call, setStateValue });
  if (data !== view.data) receive(view, data);
  if (!known && data.plays && !matchMedia("(prefers-reduced-motion:reduce)").matches) play(view);
  schedule(view);
  // Streamlit may run the clean-up of a superseded call after the next call.
  return () => view.call === call && destroy(view, parentElement);
}

// The view and its data

function createView(parent) {
  const root = parent.appendChild(element("div", "planes", VIEW));
  const view = { root, panels: [], version: 0, moves: null, place: null, spot: null, pinned: false };
  for (const node of root.querySelectorAll("[data-name]")) view[node.dataset.name] = node;
  view.button.onclick = () => toggle(view);
  view.range.oninput = () => (stop(view), show(view, view.range.value));
  view.range.onchange = () => report(view);
  view.numbers.onkeydown = ({ key, target }) => key === "Escape" && target.blur();
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

/** The page moves the slider when it says so; else it stays where the visitor has put it. */
function receive(view, data) {
  if (data.moves !== view.moves) {
    stop(view);
    Object.assign(view, { width: data.width, moves: data.moves });
  }
  Object.assign(view, { data, version: view.version + 1 });
  if (String(data.camera) !== String(view.aimed)) Object.assign(view, { camera: data.camera, aimed: data.camera });
  view.controls.hidden = data.widths.length === 1;
  view.count.style.setProperty("min-width", `${Math.max(4, ...(data.steps ?? []).map((text) => text.length))}ch`);
  view.range.max = data.widths.length - 1;
  view.range.ariaLabel = data.words.width;
  view.ticks.replaceChildren(...(data.ticks === false ? [] : tickSteps(data.widths).map((step) => tick(data.widths, step))));
  view.numbers.replaceChildren(...(data.numbers ?? []).map(numberCell));
  while (view.panels.length > data.panels.length) view.panels.pop().figure.remove();
  while (view.panels.length < data.panels.length) view.panels.push(createPanel(view));
  data.panels.forEach((source, i) => fillPanel(view.panels[i], source, data));
  view.pictures = data.pictures ? unpack(data.pictures) : null;
  view.root.classList.toggle("pictured", Boolean(data.pictures));
  view.root.classList.toggle("beside", Boolean(data.beside));
  view.root.style.setProperty("--tall", data.tall ?? 41);
  view.note.hidden = !data.messages;
  if (data.messages) reserveReadout(view);
  view.followed.hidden = !(data.follow || data.journey);
  if (!(view.spot < pointCount(data))) view.spot = null;
}

function createPanel(view) {
  const figure = view.grid.appendChild(element("figure", "panel", PANEL));
  const [title, canvas, caption, legend] = figure.children;
  const panel = { figure, title, canvas, caption, legend };
  canvas.onpointerdown = (event) => panel.space && grasp(view, event);
  canvas.onpointermove = (event) => {
    if (panel.space) drag(view, event);
    else if (panel.tour) view.pinned || seek(view, panel, event);
    else if (panel.pointed) hover(view, event);
  };
  canvas.onpointerleave = canvas.onblur = () => view.pinned || point(view, null);
  canvas.onclick = (event) => (panel.dots ? pin(view, panel, event) : panel.pointed && click(view, event));
  canvas.onkeydown = (event) => (panel.space ? aim : panel.dots ? walk : panel.pointed ? press : () => {})(view, event);
  return panel;
}

function fillPanel(panel, source, { region_labels: labels, widths, words, hint, follow, journey }) {
  const { title, captions, regions, space, tour, bare, lost, truth, wrong, sides, face, lines = [], legend = [] } = source;
  const { frame, axes, colors, layer, step } = source;
  const dots = Boolean(tour || follow || journey);
  const plane = regions && !layer;
  const pointed = plane || space || dots;
  Object.assign(panel, { captions, regions, space, tour, dots, bare, points: unpack(source.points), lost: lost ? unpackBits(lost) : [[]] });
  if (source.mixed) panel.points = widths.map((_, step) => mix(...panel.points, step / (widths.length - 1)));
  panel.truth = truth ? unpack(truth)[0] : null;
  panel.wrong = wrong ? unpackBits(wrong) : [[]];
  panel.sides = sides ? unpack(sides) : null;
  panel.face = face ? unpack(face) : null;
  Object.assign(panel, { shown: source.pictures ? unpackBits(source.pictures) : null, frame, axes });
  Object.assign(panel, { colors, layer, held: step, pointed: plane });
  panel.lines = lines.map(({ places, along, ...look }) => {
    return along ? { ...look, along: unpack(along)[0] } : { ...look, steps: unpack(places) };
  });
  panel.changes = regions || [panel.points, panel.lost, panel.wrong, panel.sides, panel.face, panel.shown].some((steps) => steps?.length > 1);
  if (tour) Object.assign(panel, { picture: undefined, squares: squares(panel.points[0]) || 1 });
  setText(panel.title, title);
  panel.help = space ? words.turn : pointed && hint;
  panel.canvas.role = pointed ? "application" : "img";
  panel.canvas.tabIndex = pointed ? 0 : -1;
  panel.canvas.classList.toggle("turned", Boolean(space));
  const swatches = labels?.map((label, rank) => mark("swatch", label, "--color", `var(--rank-${rank})`));
  const marks = legend.map(({ label, color, look }) => mark(["swatch", look].join(" "), label, "--color", color));
  panel.legend.replaceChildren(...(regions ? swatches : marks));
}

/** Hold room for the longest sentence, so that nothing moves when the readout changes. */
function reserveReadout({ note, readout, data }) {
  const most = Math.max(...data.widths);
  const longest = data.messages.map((text) => fill(text, most, most, [-data.extent, -data.extent], 180));
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

/** Label and value; the explanation is seen while the pointer or the focus is on the label. */
function numberCell({ label, help = "" }) {
  const cell = element("div", "number", "<dt></dt><dd></dd>");
  setText(cell.firstChild, label);
  if (help) Object.assign(cell.firstChild, { className: "helped", tabIndex: 0, ariaDescription: help });
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
  view.timer = setInterval(() => advance(view), view.data.pace ?? PLAY_MS);
  show(view, stepOf(view) === view.data.widths.length - 1 ? 0 : stepOf(view));
}

function toggle(view) {
  view.timer ? pause(view) : play(view);
}

/** What keys do that are pressed beside a control: the space bar plays, arrows move the slider. */
function command(view, event) {
  if (view.controls.hidden || ![" ", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === " ") return toggle(view);
  stop(view);
  const step = stepOf(view) + ARROWS[event.key][0];
  show(view, Math.max(0, Math.min(step, view.data.widths.length - 1)));
}

/** A step on; with a stride, steps are numbered from 0, and it goes a part of one. */
function advance(view) {
  const { stride, widths } = view.data;
  const last = widths.length - 1;
  if (stride) view.width = Math.min(view.width + stride, last);
  else view.width = widths[Math.min(stepOf(view) + 1, last)];
  schedule(view);
  if (view.width === widths[last]) pause(view);
}

function pause(view) {
  stop(view);
  show(view, stepOf(view));
  report(view);
  schedule(view);
}

function stop(view) {
  clearInterval(view.timer);
  clearTimeout(view.pending);
  view.timer = null;
}

/** Tell the server the width, and the last move of the page's that it knew of. */
function report(view) {
  clearTimeout(view.pending);
  view.pending = setTimeout(() => view.setStateValue("width", { chosen: view.width, moves: view.moves }), QUIET_MS);
}

export { command, fillPanel, pause, play, receive, report, show, stepOf, tickSteps };
