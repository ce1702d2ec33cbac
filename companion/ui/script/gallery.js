// The wall: arrow keys go from picture to picture, and those that are chosen are gathered until something is done with them.
const chosen = () => [...element.querySelectorAll(".hung input:checked")].map((box) => box.value);
const count = () => {
  const bar = element.querySelector(".chosen-bar");
  if (!bar) return;
  const number = chosen().length;
  bar.querySelector("output").textContent =
    number === 0 ? "Choose two to compare, or any to keep." : number === 1 ? "One picture chosen." : `${number} pictures chosen.`;
  for (const button of bar.querySelectorAll("[data-many]")) {
    button.disabled = button.dataset.many === "compare" ? number !== 2 : number === 0;
  }
};
element.addEventListener("change", count);
element.addEventListener("click", (event) => {
  const many = event.target.closest("button[data-many]")?.dataset.many;
  if (!many) return;
  const ids = chosen();
  if (many === "zip") {
    const link = document.createElement("a");
    link.href = `companion/pictures.zip?ids=${ids.join(",")}`;
    link.download = "";
    link.click();
  } else trigger(many, { ids });
});

element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=shoot], [data-act=again]")) window.dispatchEvent(new Event("companion:asked-picture"));
});
element.addEventListener("keydown", (event) => {
  const here = event.target.closest(".wall > li")?.querySelector("button.hung, .hung input");
  if (!here || event.target !== here || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...element.querySelectorAll(".wall button.hung, .wall .hung input")];
  const first = all[0].closest("li").offsetTop;
  const columns = Math.max(1, all.filter((each) => each.closest("li").offsetTop === first).length);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const next = all[all.indexOf(here) + (step ?? 0)];
  if (event.key === "Escape" && element.querySelector(".selecting")) element.querySelector("[data-act=unselect]").click();
  if (!step || !next) return;
  event.preventDefault();
  next.focus();
});

// A picture that has come is let in softly, and a box that was drawn as chosen is.
let known = new Set([...element.querySelectorAll(".hung[data-id]")].map((each) => each.dataset.id));
watch("value", () => {
  const boxes = [...element.querySelectorAll(".hung input")];
  const mode = boxes.length > 0;
  if (mode && element.dataset.mode !== "selecting") for (const box of boxes) box.checked = box.hasAttribute("checked");
  element.dataset.mode = mode ? "selecting" : "";
  count();
  const here = [...element.querySelectorAll(".hung[data-id]")];
  const fresh = here.filter((each) => known.size && !known.has(each.dataset.id));
  for (const each of here) each.closest("li").classList.toggle("fresh", fresh.includes(each) && fresh.length < 4);
  known = new Set([...known, ...here.map((each) => each.dataset.id)]);
});
