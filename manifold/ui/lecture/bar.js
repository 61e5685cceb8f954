/**
 * The bar above a lecture: where it stands, the clock, buttons, and the same by keys. bar.py documents the data.
 * Keys are heard wherever the focus is, but in a field of text; a slider or the like that was reached by Tab keeps its arrows.
 */

const MOVES = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Home: "home" };
const SHOWS = "lecture-controls"; // a class of the document while the controls of the page are shown
const TYPED = "input:not([type=range], [type=radio], [type=checkbox], [type=button]), textarea, select, [contenteditable=true]";
const STEERED = "input, canvas, [role=slider], [role=radio], [role=tab], [role=option], [role=menuitem]";
const VIEW = `
  <div class="bar">
    <button type="button" data-name="home"></button>
    <button type="button" data-name="back"></button>
    <button type="button" data-name="next"></button>
    <output data-name="place" data-testid="place"></output>
    <progress data-name="progress"></progress>
    <output data-name="clock" data-testid="clock"></output>
    <button type="button" data-name="controls" data-testid="controls"></button>
    <button type="button" data-name="full"></button>
  </div>`;
const views = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  const view = views.get(parentElement) ?? createView(parentElement);
  const call = {};
  Object.assign(view, { call, data, setTriggerValue });
  draw(view);
  return () => view.call === call && destroy(view, parentElement);
}

function createView(parent) {
  const root = document.createElement("div");
  root.innerHTML = VIEW;
  parent.append(root);
  const view = { root, tabbed: false };
  for (const node of root.querySelectorAll("[data-name]")) view[node.dataset.name] = node;
  for (const move of ["home", "back", "next"]) view[move].onclick = () => go(view, move);
  view.controls.onclick = () => toggleControls(view);
  view.full.onclick = toggleFull;
  view.hear = (event) => hear(view, event);
  view.point = () => (view.tabbed = false);
  document.addEventListener("keydown", view.hear, true);
  document.addEventListener("pointerdown", view.point, true);
  view.timer = setInterval(() => tick(view), 1000);
  views.set(parent, view);
  return view;
}

function destroy(view, parent) {
  document.removeEventListener("keydown", view.hear, true);
  document.removeEventListener("pointerdown", view.point, true);
  clearInterval(view.timer);
  view.root.remove();
  views.delete(parent);
}

function draw(view) {
  const { words, place, count } = view.data;
  for (const name of ["home", "back", "next", "full", "controls"]) {
    view[name].textContent = words[name];
  }
  view.back.disabled = view.home.disabled = place < 0;
  view.next.disabled = view.data.last;
  view.place.textContent = words.place;
  view.progress.ariaLabel = words.progress;
  Object.assign(view.progress, { max: count, value: place + 1 });
  view.controls.ariaPressed = document.documentElement.classList.contains(SHOWS);
  tick(view);
}

function tick(view) {
  const { began, words } = view.data;
  const seconds = began ? Math.max(0, Math.floor(Date.now() / 1000 - began)) : 0;
  view.clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  view.clock.ariaLabel = words.clock;
}

function hear(view, event) {
  if (event.key === "Tab") view.tabbed = true;
  const target = event.composedPath()[0];
  const free = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
  if (!free || !target.matches || target.matches(TYPED)) return;
  const move = MOVES[event.key];
  if (move && event.key !== "PageDown" && event.key !== "PageUp" && view.tabbed && target.matches(STEERED)) return;
  if (move) go(view, move);
  else if (event.key.toLowerCase() === "f") toggleFull();
  else if (event.key.toLowerCase() === "b") toggleControls(view);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Nothing happens at either end. */
function go(view, move) {
  if (!view[move].disabled) view.setTriggerValue("move", move);
}

function toggleControls(view) {
  view.controls.ariaPressed = document.documentElement.classList.toggle(SHOWS);
}

function toggleFull() {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch(() => {}); // some browsers have no full screen
}
