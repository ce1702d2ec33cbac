// The guided walk: one step at a time; what is typed stays until she is made.
const form = () => element.querySelector("form.walk");
const steps = () => [...element.querySelectorAll(".step")];
let at = 0;
const show = (number, focus = true) => {
  at = Math.max(0, Math.min(steps().length - 1, number));
  steps().forEach((step, place) => (step.hidden = place !== at));
  element.querySelectorAll(".dots span").forEach((dot, place) => dot.classList.toggle("on", place <= at));
  const last = at === steps().length - 1;
  element.querySelector("[data-back]").hidden = at === 0;
  element.querySelector("[data-next]").hidden = last;
  element.querySelector("[data-make]").hidden = !last;
  if (focus) steps()[at].querySelector("input, textarea")?.focus();
};
const right = (step) => [...step.querySelectorAll("input, textarea")].every((field) => field.reportValidity());
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) show(at - 1);
  if (event.target.closest("[data-next]") && right(steps()[at])) show(at + 1);
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".step input")) return;
  event.preventDefault();
  if (right(steps()[at])) show(at + 1);
});
element.addEventListener("input", (event) => {
  if (event.target.type !== "range") return;
  const value = Number(event.target.value);
  event.target.nextElementSibling.textContent = (value >= 0 ? "+" : "") + value.toFixed(2);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const wrong = steps().findIndex((step) => [...step.querySelectorAll("input, textarea")].some((field) => !field.checkValidity()));
  if (wrong >= 0) {
    show(wrong);
    right(steps()[wrong]);
    return;
  }
  trigger("create", Object.fromEntries(new FormData(form())));
});
window.addEventListener("companion:marks", (event) => {
  const told = event.detail.walk;
  if (told === undefined) return;
  let says = element.querySelector(".walk-problem");
  if (!says) {
    says = document.createElement("p");
    says.className = "danger walk-problem";
    says.setAttribute("role", "alert");
    element.querySelector(".walk-acts").before(says);
  }
  says.textContent = told;
  if (told) return;
  form().reset();
  for (const output of element.querySelectorAll("output")) output.textContent = "+0.00";
  show(0, false);
  element.querySelector("[popover]").hidePopover();
});
element.querySelector("[popover]").addEventListener("toggle", (event) => {
  if (event.newState === "open") show(at);
});
show(0, false);
