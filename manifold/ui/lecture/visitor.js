/** Tells a name by which this browser is counted once, however often it loads the page; it is made up here and means nothing. */

const KEPT = "manifold-visitor";

export default function mount({ setStateValue }) {
  try {
    let name = localStorage.getItem(KEPT);
    if (!/^[0-9a-f]{32}$/.test(name ?? "")) {
      name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      localStorage.setItem(KEPT, name);
    }
    setStateValue("name", name);
  } catch {
    // a browser that keeps nothing is counted by its session
  }
}
