// Forms that open in place, and points that arrow keys go between.
element.addEventListener("click", (event) => {
  const opener = event.target.closest("button[data-open]");
  if (opener) {
    const form = document.getElementById(opener.dataset.open);
    form.hidden = !form.hidden;
    if (!form.hidden) form.querySelector("textarea, input").focus();
  }
  const cancel = event.target.closest("button[data-cancel]");
  if (cancel) {
    cancel.form.hidden = true;
    cancel.form.reset();
  }
});

// Saved as it was, nothing is drawn anew that would close it.
element.addEventListener("submit", (event) => {
  const words = event.target.closest("form.edit-of[id]")?.querySelector("textarea");
  if (words && words.value === words.defaultValue) words.form.hidden = true;
});

element.addEventListener("keydown", (event) => {
  const point = event.target.closest(".point, .beyond");
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!point || !step) return;
  event.preventDefault();
  const all = [...point.parentElement.querySelectorAll(".point, .beyond")];
  const next = all[all.indexOf(point) + step];
  if (!next) return;
  point.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
