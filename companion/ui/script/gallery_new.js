// The sheet for a new picture: the drawing follows each choice as soon as it has come.
const form = () => element.querySelector("form.new-picture");
let drawing = 0;
let soon;
const draw = () => {
  const image = element.querySelector(".new-preview img");
  if (!image) return;
  const number = ++drawing;
  const address = `${image.dataset.sketch}&${new URLSearchParams(new FormData(form()))}`;
  const frame = image.parentElement;
  const late = setTimeout(() => frame.classList.add("awaiting"), 250);
  const next = new Image();
  next.src = address;
  next
    .decode()
    .then(() => {
      if (number === drawing) image.src = address;
    })
    .catch(() => undefined) // what was drawn last stays
    .finally(() => {
      clearTimeout(late);
      if (number === drawing) frame.classList.remove("awaiting");
    });
};
element.addEventListener("input", (event) => {
  if (!event.target.closest("form.new-picture")) return;
  clearTimeout(soon);
  soon = setTimeout(draw, 60);
});
const any = (list) => list[Math.floor(Math.random() * list.length)];
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-dice]")) return;
  for (const name of ["expression", "setting", "outfit"]) {
    const one = any([...form().querySelectorAll(`[name=${name}]`)]);
    if (one) one.checked = true;
  }
  for (const field of form().querySelectorAll(".few select")) field.value = any([...field.options]).value;
  form().querySelector(".faces :checked")?.closest("label").scrollIntoView({ block: "nearest" });
  draw();
});
element.addEventListener("submit", () => {
  window.dispatchEvent(new Event("companion:asked-picture"));
  element.querySelector("[popover]").hidePopover();
  document.querySelector("#gallery").scrollTo({ top: 0 });
});
watch("value", () => {
  if (form()) draw();
});
