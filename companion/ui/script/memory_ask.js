// The field: it asks as one types. Filters: each choice narrows at once.
let asking;
let asked = "";
const ask = (form) => {
  clearTimeout(asking);
  const question = { asking: "find", words: "", ...Object.fromEntries(new FormData(form)) };
  trigger("ask", question);
  if (JSON.stringify(question) === asked) return;
  asked = JSON.stringify(question);
  window.dispatchEvent(new Event("companion:asked"));
};
element.addEventListener("input", (event) => {
  const form = event.target.closest("form.ask");
  if (!form) return;
  clearTimeout(asking);
  if (event.target.type === "radio") form.querySelector("[name=words]").focus();
  asking = setTimeout(() => ask(form), event.target.type === "radio" ? 0 : 300);
});
element.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form) report(form, Object.fromEntries(new FormData(form)));
});
// What is drawn anew keeps what was chosen by hand, so that has to be let go of here.
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=clear]")) element.querySelector("form.filters [name=pinned]").checked = false;
});

// A small panel closes when one presses elsewhere.
document.addEventListener("click", (event) => {
  const open = element.querySelector("details.when-said[open]");
  if (open && !open.contains(event.target)) open.open = false;
});
