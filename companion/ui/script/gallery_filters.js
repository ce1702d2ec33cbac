// Filters: each choice narrows at once.
element.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form) report(form, Object.fromEntries(new FormData(form)));
});
// What is drawn anew keeps what was chosen by hand, so that has to be let go of here; "Show all" on the wall does the same.
document.addEventListener("click", (event) => {
  if (!event.target.closest("#gallery button[data-act=clear]")) return;
  const all = element.querySelector("[name=sort][value=all]");
  if (all) all.checked = true;
});
// What is asked for is shown among all the others.
window.addEventListener("companion:asked-picture", () => {
  const all = element.querySelector("[name=sort][value=all]");
  if (all) all.checked = true;
});

// A small panel closes when one presses elsewhere.
document.addEventListener("click", (event) => {
  const open = element.querySelector("details.when-said[open]");
  if (open && !open.contains(event.target)) open.open = false;
});
