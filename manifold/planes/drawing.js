// Drawing

function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = null;
    draw(view);
  });
}

function draw(view) {
  const { data, root, grid, panels, pinned, camera, spot } = view;
  const step = stepOf(view);
  const theme = readTheme(root, data.region_colors);
  const layer = data.layer && layerAt(data, step);
  const place = data.follow && spot !== null ? placeOfPoint(data.follow, spot) : view.place;
  const reading = layer && place && { ...read(layer, place), sector: sectorAngle(layer, place) };
  if (data.tour) view.look = lookFrom(view);
  const least = panels.some(({ regions, space, tour, shown }) => regions || space || tour || shown) ? 220 : 140; // pixels; to point at, they must be larger
  grid.style.setProperty("--columns", columns(grid.clientWidth, panels.length, least));
  theme.regions?.forEach((color, rank) => root.style.setProperty(`--rank-${rank}`, color));
  write(view, step, reading);
  if (data.follow) tellFollowed(view, step, layer, reading);
  if (data.journey) tellJourney(view, step);
  const strip = view.pictures && keptImage(view, [view.version, theme.key], () => pictureStrip(view.pictures, theme.text));
  for (const panel of panels) {
    const size = Math.round(panel.canvas.clientWidth * devicePixelRatio);
    const state = [view.version, (panel.changes || spot !== null) && step, size, theme.key, panel.regions && [place, pinned], panel.space && camera, panel.tour && view.width, spot];
    if (size === 0 || state.join() === panel.state) continue;
    panel.state = state.join();
    const [shown, own] = [panel.held ?? step, panel.layer];
    drawPanel(view, panel, { size, step: shown, theme, layer: own ? layerAt({ ...data, layer: own }, shown) : layer, reading, place, strip });
  }
}

/** As many columns as panels, halved until each has the least room. */
function columns(space, count, least) {
  return count > 1 && space / count < least ? columns(space, Math.ceil(count / 2), least) : count;
}

function write({ data, range, button, count, numbers, panels, timer, readout, place, spot }, step, reading) {
  const width = data.widths[step];
  range.value = step;
  const named = data.steps ? data.steps[step] : `n = ${width}`;
  range.ariaValueText = named;
  button.classList.toggle("playing", Boolean(timer));
  setText(button, timer ? data.words.pause : data.words.play);
  setText(count, named);
  data.numbers?.forEach(({ values }, i) => setText(numbers.children[i].lastChild, at(values, step)));
  for (const { title, canvas, caption, captions, help, seen, held } of panels) {
    const text = at(captions, held ?? step);
    setText(caption, seen === undefined ? text : fillSlots(text, { seen: Math.round(100 * seen) }));
    const told = [title.textContent, data.widths.length > 1 && named, caption.textContent, help].filter(Boolean).join(". ");
    if (canvas.ariaLabel !== told) canvas.ariaLabel = told;
  }
  const told = () => fill(data.messages[reading.rank], reading.active, width, place, reading.sector);
  if (data.messages && data.layer) setText(readout, reading ? told() : data.hint);
  if (data.tour) setText(readout, spot === null ? data.hint : tellPoint(data, panels, spot));
}

function drawPanel(view, panel, { size, step, theme, layer, reading, place, strip }) {
  const { data, version, pinned, camera } = view;
  const { extent, segments } = data;
  const { canvas, regions, sides } = panel;
  const pen = canvas.getContext("2d");
  const unit = (2 * extent) / canvas.clientWidth; // a CSS pixel
  const scale = size / (2 * extent);
  if (canvas.width !== size) canvas.width = canvas.height = size;
  pen.resetTransform();
  pen.clearRect(0, 0, size, size);
  if (panel.shown) {
    const [shown, wrong] = [at(panel.shown, step), at(panel.wrong, step)];
    return drawPictures(pen, strip, { shown, wrong, frame: panel.frame, size, pixel: size / canvas.clientWidth });
  }
  if (regions) pen.putImageData(regionImage(panel, layer, size, theme, [version, step]), 0, 0);
  if (sides) pen.putImageData(sideImage(panel, at(sides, step), size, data.side_colors[theme.mode], [version, step]), 0, 0);
  pen.setTransform(scale, 0, 0, -scale, size / 2, size / 2);
  const look = { unit, theme, extent, colors: (panel.colors ?? data.colors)[theme.mode], radius: ((data.dot ?? 2.2) * 2 * extent) / 400 };
  if (panel.tour) return drawTour(pen, panel, view, { ...look, lostColor: data.lost_color[theme.mode] });
  if (panel.space) return drawSpace(pen, panel, step, { ...look, camera });
  const points = at(panel.points, step);
  if (panel.axes) drawAxes(pen, panel.axes, look);
  if (!panel.bare) stroke(pen, [[[-extent, 0], [extent, 0]], [[0, -extent], [0, extent]]], unit, theme.border);
  if (regions) stroke(pen, boundaries(layer), unit, theme.text, 0.4);
  if (segments) stroke(pen, curves(points, segments), unit, theme.text, 0.4);
  const lost = at(panel.lost, step);
  const lostColor = data.lost_color?.[theme.mode];
  if (panel.truth) stroke(pen, errors(panel.truth, points, lost), 1.5 * unit, lostColor, 0.22);
  drawLines(pen, panel, step, { unit, above: false });
  drawPoints(pen, points, lost, look.colors, look.radius, lostColor);
  drawRings(pen, points, at(panel.wrong, step), look);
  drawLines(pen, panel, step, { unit, above: true });
  if (data.journey && view.spot !== null) drawJourney(pen, panel, { view, step, points, unit, theme });
  if (!reading) return;
  if (data.follow) return drawFollowed(pen, panel, { view, layer, reading, place, points, unit, theme });
  stroke(pen, closed(piece(layer, place)), 2 * unit, theme.text, 0.8);
  drawFibre(pen, fibre(layer, place, reading), { place, pinned, unit, theme });
}

/** Lines below the dots or above them; `flatten` makes places in the panel of places in space. */
function drawLines(pen, { lines, points, space }, step, { unit, above, flatten = (xy) => xy }) {
  for (const { steps, along, color, width, dash, above: over = false } of lines) {
    if (over !== above) continue;
    const places = along ? gather(at(points, step), along, space ? 3 : 2) : at(steps, step);
    pen.setLineDash(dash ? [4 * width * unit, 3 * width * unit] : []);
    stroke(pen, unbroken(flatten(places)), width * unit, color);
    pen.setLineDash([]);
  }
}

/** The places of points by their numbers; a gap where there is none. */
function gather(points, numbers, dim) {
  return Float32Array.from({ length: dim * numbers.length }, (_, i) => points[dim * numbers[Math.floor(i / dim)] + (i % dim)]);
}

/** Paths between the gaps, which are NaN. */
function unbroken(xy) {
  const paths = [[]];
  for (let i = 0; i < xy.length; i += 2) {
    if (xy[i] === xy[i]) paths.at(-1).push([xy[i], xy[i + 1]]);
    else paths.push([]);
  }
  return paths;
}

/** Rings around the dots that lie on the wrong side. */
function drawRings(pen, xy, wrong, { radius, unit, theme }) {
  wrong.forEach((flag, i) => flag && ring(pen, [xy[2 * i], xy[2 * i + 1]], 1.9 * radius, 1.5 * unit, theme.text));
}

/** Two colours that meet where heights, given row by row from below, go through 0. */
function sideImage(panel, heights, size, colors, stamp) {
  return keptImage(panel, [stamp, size, colors], () => {
    const image = new ImageData(size, size);
    paintSides(new Uint32Array(image.data.buffer), heights, size, colors.map(pixelOf));
    return image;
  });
}

/** The sign of the heights between their places, which reach from edge to edge. */
function paintSides(pixels, heights, size, [below, above]) {
  const side = Math.round(Math.sqrt(heights.length));
  const spots = Array.from({ length: size }, (_, i) => ((i + 0.5) * (side - 1)) / size);
  const cells = spots.map((spot) => Math.min(side - 2, Math.floor(spot)));
  for (let line = 0; line < size; line++) {
    const row = cells[size - 1 - line];
    const up = spots[size - 1 - line] - row;
    const between = Float32Array.from({ length: side }, (_, k) => {
      return (1 - up) * heights[row * side + k] + up * heights[(row + 1) * side + k];
    });
    for (let i = 0; i < size; i++) {
      const across = spots[i] - cells[i];
      const height = (1 - across) * between[cells[i]] + across * between[cells[i] + 1];
      pixels[line * size + i] = height > 0 ? above : below;
    }
  }
}

/** The panel's image, kept until its key changes. */
function keptImage(panel, parts, paint) {
  const key = parts.join();
  if (panel.image?.key !== key) panel.image = { key, pixels: paint() };
  return panel.image.pixels;
}

/** Dots; a lost point has the one colour of lost points and lies on the others. */
function drawPoints(pen, xy, lost, colors, radius, lostColor) {
  drawDots(pen, xy, radius, colors.length, (i) => (lost[i] ? null : colors[i]));
  drawDots(pen, xy, radius, colors.length, (i) => (lost[i] ? lostColor : null));
}

/** Dots in their order, those of one colour that follow each other as one path; none where the colour is null. */
function drawDots(pen, xy, radius, count, colorOf) {
  let last = null;
  for (let i = 0; i < count; i++) {
    const color = colorOf(i);
    if (color === null) continue;
    if (color !== last) {
      if (last !== null) pen.fill();
      pen.beginPath();
      pen.fillStyle = last = color;
    }
    pen.moveTo(xy[2 * i] + radius, xy[2 * i + 1]);
    pen.arc(xy[2 * i], xy[2 * i + 1], radius, 0, 2 * Math.PI);
  }
  if (last !== null) pen.fill();
}

/** Lines from the true place of each lost point to where it was put. */
function errors(truth, xy, lost) {
  const ends = (i) => [truth, xy].map((places) => [places[2 * i], places[2 * i + 1]]);
  return Array.from(lost, (flag, i) => flag && ends(i)).filter(Boolean);
}

/** The places with the output of the pointed-at one: an outlined cell, a thick segment, or the place alone. */
function drawFibre(pen, corners, { place, pinned, unit, theme }) {
  for (const [color, casing] of [[theme.background, 3 * unit], [theme.text, 0]]) {
    stroke(pen, closed(corners), 4 * unit + casing, color);
    ring(pen, place, 8 * unit, 3 * unit + casing, color);
  }
  if (pinned) disc(pen, place, 4 * unit, theme.text);
}

const closed = (corners) => [[...corners, ...corners.slice(0, 1)]];

function curves(xy, segments) {
  const place = (i) => [xy[2 * i], xy[2 * i + 1]];
  const ends = [...segments.slice(1), xy.length / 2];
  return segments.map((start, k) => Array.from({ length: ends[k] - start }, (_, i) => place(start + i)));
}

function stroke(pen, paths, width, color, alpha = 1) {
  pen.beginPath();
  for (const path of paths) path.forEach((place, i) => (i ? pen.lineTo(...place) : pen.moveTo(...place)));
  Object.assign(pen, { lineWidth: width, strokeStyle: color, globalAlpha: alpha });
  pen.stroke();
  pen.globalAlpha = 1;
}

function ring(pen, [x, y], radius, width, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(pen, { lineWidth: width, strokeStyle: color });
  pen.stroke();
}

function disc(pen, [x, y], radius, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = color;
  pen.fill();
}

function readTheme(root, regionColors) {
  const { color: text, backgroundColor: background, borderTopColor: border, fontFamily: font } = getComputedStyle(root);
  const mode = luminance(background) < 0.5 ? "dark" : "light";
  return { text, background, border, mode, font, regions: regionColors?.[mode], key: [text, background, border].join() };
}

export { columns, curves, drawFibre, drawPoints, errors, gather, paintSides, unbroken, write };
