// Pointing: at a place of the plane, or at one of the points

const NEAR = 0.1; // of the extent

function placeOf({ data: { extent } }, { offsetX, offsetY, target }) {
  const unit = (2 * extent) / target.clientWidth;
  return [offsetX * unit - extent, extent - offsetY * unit];
}

function hover(view, event) {
  if (!view.pinned) point(view, placeOf(view, event));
}

function point(view, place, spot = null) {
  Object.assign(view, { place, spot });
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

/** The number of the point that is drawn nearest to a place, if one is near. */
function nearestPoint(picture, zoom, [x, y], most) {
  let [best, least] = [null, most * most];
  for (let i = 0; i < picture.length; i += 2) {
    const away = (zoom * picture[i] - x) ** 2 + (zoom * picture[i + 1] - y) ** 2;
    if (away < least) [best, least] = [i / 2, away];
  }
  return best;
}

function seek(view, panel, event) {
  const picture = panel.picture ?? at(panel.points, stepOf(view));
  point(view, null, nearestPoint(picture, view.look?.zoom ?? 1, placeOf(view, event), NEAR * view.data.extent));
}

/** A click holds the point that is there. On a tour, which shows what the mouse is over, a second one lets go of it. */
function pin(view, panel, event) {
  const held = panel.tour && view.pinned;
  seek(view, panel, event);
  view.pinned = !held && view.spot !== null;
}

/** The arrow keys go along the points, in the order that the data give. */
function walk(view, event) {
  if (!(event.key in ARROWS) && event.key !== "Escape") return;
  event.preventDefault();
  view.pinned = event.key !== "Escape";
  const [x, y] = ARROWS[event.key] ?? [0, 0];
  const order = view.data.journey?.order ?? [...Array(pointCount(view.data)).keys()];
  const next = view.spot === null ? 0 : Math.max(0, Math.min(order.indexOf(view.spot) + x + 10 * y, order.length - 1));
  point(view, null, view.pinned ? order[next] : null);
}

/** The number of points that can be pointed at; without them there is none. */
const pointCount = ({ tour, follow, journey }) => tour?.count ?? follow?.points.length ?? journey?.count;

export { click, nearestPoint, pin, placeOf, press, walk };
