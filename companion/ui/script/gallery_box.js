// The lightbox: arrow keys go to the next picture, which is there at once, and one part of the shot can be changed.
const go = (way) => element.querySelector(`button.leaf.${way}`)?.click();
document.addEventListener("keydown", (event) => {
  if (!over() || event.target.closest("select, input, textarea, [popover], .menu-body") || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  go(event.key === "ArrowLeft" ? "before" : "after");
});
element.addEventListener("click", (event) => {
  const step = event.target.closest("button[data-step]");
  if (step) {
    // Its small picture hangs on the wall already: it is shown while the rest is fetched.
    const small = document.querySelector(`#gallery-wall [data-id="${step.dataset.id}"] img`);
    const image = element.querySelector(".box-stage img");
    if (small) {
      image.dataset.full = image.src = small.getAttribute("src");
    }
  }
  const pressed = event.target.closest("button[aria-pressed]"); // seen at once; what is drawn then says how it is
  if (pressed) pressed.setAttribute("aria-pressed", String(pressed.getAttribute("aria-pressed") !== "true"));
  if (!event.target.closest("details.menu > summary")) {
    const menu = element.querySelector("details.menu[open]");
    if (menu && !event.target.closest("details.menu > .menu-body:not(:has(:focus))")) menu.open = false;
  }
});
// A finger that wipes goes on, too.
let from = null;
element.addEventListener("touchstart", (event) => {
  from = event.target.closest(".box-stage") && event.touches.length === 1 ? event.touches[0] : null;
}, { passive: true });
element.addEventListener("touchend", (event) => {
  const to = event.changedTouches[0];
  if (!from || Math.abs(to.clientX - from.clientX) < 60 || Math.abs(to.clientY - from.clientY) > 50) return;
  go(to.clientX < from.clientX ? "after" : "before");
  from = null;
}, { passive: true });

// One knob at a time: its values stand beside it, and what it is already cannot be asked for.
const tidy = () => {
  const form = element.querySelector("form.change");
  if (!form) return;
  const knob = form.elements.knob.value;
  for (const each of form.querySelectorAll(".knob")) each.hidden = each.dataset.knob !== knob;
  const field = form.querySelector(`.knob[data-knob="${knob}"] select`);
  form.querySelector("[type=submit]").disabled = field.value === field.getAttribute("value");
};
element.addEventListener("input", (event) => {
  if (event.target.closest("form.change")) tidy();
});
element.addEventListener("submit", () => window.dispatchEvent(new Event("companion:asked-picture")));
watch("value", () => {
  const form = element.querySelector("form.change");
  if (!form) return;
  for (const field of form.querySelectorAll(".knob select")) field.value = field.getAttribute("value");
  tidy();
});
