// Space, seen from far away in the direction of a camera: [degrees around, degrees up]

/** Unit vectors to the right and up in the picture, and towards the eye. */
function axesOf([around, up]) {
  const [a, t] = [around, up].map((degrees) => (degrees * Math.PI) / 180);
  const [cosA, sinA, cosT, sinT] = [Math.cos(a), Math.sin(a), Math.cos(t), Math.sin(t)];
  return [[-sinA, cosA, 0], [-sinT * cosA, -sinT * sinA, cosT], [cosT * cosA, cosT * sinA, sinT]];
}

const inner = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];

/** Places in the picture, [x, y, x, y, ...], and how near each is to the eye, of places in space, [x, y, z, x, y, z, ...]. */
function project(places, camera) {
  const [right, up, eye] = axesOf(camera);
  const xy = new Float32Array((2 * places.length) / 3);
  const depth = new Float32Array(places.length / 3);
  for (let i = 0; i < depth.length; i++) {
    const place = places.subarray(3 * i, 3 * i + 3);
    xy[2 * i] = inner(place, right);
    xy[2 * i + 1] = inner(place, up);
    depth[i] = inner(place, eye);
  }
  return { xy, depth };
}

/** Whether a place lies behind the plane of a face, given by its corners, for the eye. */
function behind(face, camera) {
  const [first, second, , last] = [0, 1, 2, 3].map((k) => face.subarray(3 * k, 3 * k + 3));
  const [u, v] = [second, last].map((corner) => corner.map((value, axis) => value - first[axis]));
  const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  const facing = Math.sign(inner(normal, axesOf(camera)[2]));
  return (place) => facing * (inner(place, normal) - inner(first, normal)) < 0;
}

/** Dots from the farthest to the nearest, which are larger; the face lies between those behind it and those before it. */
function drawSpace(pen, panel, step, { unit, theme, extent, colors, radius, camera }) {
  const points = at(panel.points, step);
  const { xy, depth } = project(points, camera);
  const face = panel.face && at(panel.face, step);
  const flatten = (places) => project(places, camera).xy;
  const isBehind = face ? behind(face, camera) : () => false;
  const order = [...depth.keys()].filter((i) => depth[i] === depth[i]).sort((i, j) => depth[i] - depth[j]);
  const parts = [[], []];
  order.forEach((i) => parts[Number(!isBehind(points.subarray(3 * i, 3 * i + 3)))].push(i));
  const draw = (i) => {
    disc(pen, [xy[2 * i], xy[2 * i + 1]], radius * (1 + depth[i] / (3 * extent)), colors[i]);
  };
  drawLines(pen, panel, step, { unit, above: false, flatten });
  parts[0].forEach(draw);
  if (face) fillFace(pen, flatten(face), { unit, theme });
  parts[1].forEach(draw);
  drawLines(pen, panel, step, { unit, above: true, flatten });
}

function fillFace(pen, xy, { unit, theme }) {
  const corners = closed(unbroken(xy)[0]);
  stroke(pen, corners, unit, theme.text, 0.5);
  Object.assign(pen, { fillStyle: theme.text, globalAlpha: 0.16 });
  pen.fill();
  pen.globalAlpha = 1;
}

// Turning

function grasp(view, event) {
  view.grasped = [event.clientX, event.clientY];
  event.target.setPointerCapture(event.pointerId);
}

function drag(view, { buttons, clientX, clientY }) {
  if (!buttons || !view.grasped) return;
  const [x, y] = view.grasped;
  view.grasped = [clientX, clientY];
  turn(view, (x - clientX) / 2, (clientY - y) / 2);
}

function aim(view, event) {
  if (!(event.key in ARROWS)) return;
  event.preventDefault();
  const [x, y] = ARROWS[event.key];
  turn(view, 5 * x, 5 * y);
}

/** Degrees around and up; all panels of space are seen from the same side. */
function turn(view, around, up) {
  const [turned, tilted] = view.camera;
  view.camera = [(turned + around + 360) % 360, Math.max(-90, Math.min(90, tilted + up))];
  schedule(view);
}

export { aim, behind, drawSpace, project, turn };
