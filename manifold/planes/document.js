// A document of its own: the data stand in it, and nobody is told of the slider.

function open() {
  const figure = document.querySelector(".figure");
  const data = JSON.parse(document.getElementById("data").textContent);
  mount({ parentElement: figure, data, setStateValue() {} });
  const view = views.get(figure);
  matchMedia("(prefers-color-scheme:dark)").addEventListener("change", () => schedule(view));
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body && !event.ctrlKey && !event.altKey && !event.metaKey) command(view, event);
  });
}

open();
