// Forgetting: what is being thought of is weighed before it is done.
let weighing;
const fields = (form) => Object.fromEntries(new FormData(form));
element.addEventListener("input", (event) => {
  const form = event.target.closest("form.scopes");
  if (!form) return;
  clearTimeout(weighing);
  weighing = setTimeout(() => trigger("weigh", fields(form)), event.target.type === "radio" ? 0 : 300);
});
const panel = element.querySelector("#forget-panel");
panel.addEventListener("toggle", (event) => {
  const form = panel.querySelector("form.scopes");
  if (event.newState !== "open" || !form) return;
  form.reset();
  trigger("weigh", {});
});
element.addEventListener("submit", () => {
  clearTimeout(weighing);
  panel.hidePopover();
});
