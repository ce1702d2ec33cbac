// The rows: a press anywhere on one opens it, and those chosen to be made one are gathered.
element.addEventListener("click", (event) => {
  const merge = event.target.closest("button[data-merge]");
  if (merge) {
    const others = [...element.querySelectorAll(".row-choice input:checked")].map((box) => box.value);
    trigger("merge", { id: merge.dataset.id, others });
    return;
  }
  if (event.target.closest("button, label, a, input")) return;
  event.target.closest("tbody tr")?.querySelector(".row-open")?.click();
});
// The first question may have to wait until her sense of meaning is loaded.
let looking;
window.addEventListener("companion:asked", () => {
  clearTimeout(looking);
  looking = setTimeout(() => element.classList.add("looking"), 500);
});
watch("value", () => {
  clearTimeout(looking);
  element.classList.remove("looking");
});
element.addEventListener("change", () => {
  const merge = element.querySelector("button[data-merge]");
  if (merge) merge.disabled = !element.querySelector(".row-choice input:checked");
});
