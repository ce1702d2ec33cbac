// What lies over the wall: it takes the focus, keeps it, and gives it back where it came from.
let opener;
let closing = false;
const over = () => (closing ? null : element.querySelector(".box"));
const others = () => document.querySelectorAll("#brand, #places, #top, #tabs > .tab-wrapper, #gallery > .block:not(:has(.box, .toast))");
const settle = () => {
  const here = over();
  const shown = element.dataset.over === "yes";
  if (here && !shown) {
    opener = document.activeElement;
    element.dataset.over = "yes";
    for (const each of others()) each.inert = true;
    here.querySelector("h2").focus({ preventScroll: true });
  }
  if (!here && shown) {
    delete element.dataset.over;
    if (!document.querySelector("#gallery .box:not([hidden])")) for (const each of others()) each.inert = false;
    const back = document.contains(opener) && opener !== document.body ? opener : document.querySelector("#gallery .wall button");
    back?.focus({ preventScroll: true });
  }
};
const close = () => {
  const here = element.querySelector(".box");
  if (!here) return;
  here.hidden = true;
  closing = true;
  settle();
};
const leave = () => {
  close();
  trigger("close", {});
};
window.addEventListener("hashchange", () => over() && leave());
element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-act=close], button[data-act=compare_with]")) close();
  else if (event.target.closest("button[data-act=source]")) leave();
  else if (event.target.matches(".box-stage")) leave();
});
element.addEventListener("keydown", (event) => {
  const here = over();
  if (event.key !== "Tab" || !here) return;
  const stops = [...here.querySelectorAll("a[href], button, input, select, summary")].filter((each) => !each.disabled && each.checkVisibility());
  const end = event.shiftKey ? stops[0] : stops.at(-1);
  if (event.target !== end && !(event.shiftKey && event.target.matches("h2"))) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0]).focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !over() || document.querySelector("[popover]:popover-open")) return;
  const menu = element.querySelector("details.menu[open]");
  if (menu) menu.open = false;
  else leave();
});
watch("value", () => {
  closing = false;
  const here = element.querySelector(".box");
  if (here) here.hidden = false;
  settle();
});
