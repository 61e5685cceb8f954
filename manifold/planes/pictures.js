// Small pictures in a square, and axes with letters

/** All pictures side by side, of which each pixel lets as much of the ink through as it is bright. */
function pictureStrip(pictures, ink) {
  const side = Math.sqrt(pictures[0].length);
  const strip = new OffscreenCanvas(side * pictures.length, side);
  const pen = strip.getContext("2d");
  const image = new ImageData(strip.width, side);
  const pixels = new Uint32Array(image.data.buffer);
  const color = pixelOf(ink) & 0xffffff;
  pictures.forEach((values, i) => {
    values.forEach((value, k) => {
      pixels[Math.floor(k / side) * strip.width + side * i + (k % side)] = ((Math.round(255 * value) << 24) | color) >>> 0;
    });
  });
  pen.putImageData(image, 0, 0);
  return strip;
}

/** The pictures that are shown, in their order from the upper left, as large as lets all of them in. */
function drawPictures(pen, strip, { shown, wrong, frame, size, pixel }) {
  const columns = Math.ceil(Math.sqrt(shown.length));
  const cell = size / columns;
  const side = strip.height;
  pen.imageSmoothingEnabled = cell < 4 * side; // otherwise their own pixels are seen
  let count = 0;
  shown.forEach((flag, i) => {
    if (!flag) return;
    const [x, y] = [cell * (count % columns), cell * Math.floor(count / columns)];
    pen.drawImage(strip, side * i, 0, side, side, x + 0.05 * cell, y + 0.05 * cell, 0.9 * cell, 0.9 * cell);
    if (wrong[i]) {
      Object.assign(pen, { strokeStyle: frame, lineWidth: 2 * pixel });
      pen.strokeRect(x + pixel, y + pixel, cell - 2 * pixel, cell - 2 * pixel);
    }
    count += 1;
  });
}

/** Two axes with their ticks and names; letters have the page's font and stand upright. */
function drawAxes(pen, { x, y, corner: [left, low], reach: [right, high] }, { unit, theme }) {
  const rows = x.ticks.map(([place]) => [[place, low], [place, low - 5 * unit]]);
  const columns = y.ticks.map(([place]) => [[left, place], [left - 5 * unit, place]]);
  stroke(pen, [[[left, high], [left, low], [right, low]], ...rows, ...columns], unit, theme.text, 0.6);
  const letter = (text, [u, v], textAlign, textBaseline, turned = 0) => {
    pen.save();
    pen.translate(u, v);
    pen.scale(unit, -unit);
    pen.rotate(turned);
    Object.assign(pen, { font: ["14px", theme.font].join(" "), fillStyle: theme.text, textAlign, textBaseline });
    pen.fillText(text, 0, 0);
    pen.restore();
  };
  x.ticks.forEach(([place, label]) => letter(label, [place, low - 8 * unit], "center", "top"));
  y.ticks.forEach(([place, label]) => letter(label, [left - 8 * unit, place], "right", "middle"));
  letter(x.title, [(left + right) / 2, low - 26 * unit], "center", "top");
  letter(y.title, [-1 + 4 * unit, (low + high) / 2], "center", "top", -Math.PI / 2);
}

export { drawAxes, drawPictures };
