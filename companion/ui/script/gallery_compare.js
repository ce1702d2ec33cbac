// Two pictures over each other: the slider uncovers one of them.
const uncover = () => {
  const stage = element.querySelector(".overlaid");
  const slider = stage?.querySelector("[type=range]");
  if (!slider) return;
  stage.style.setProperty("--at", `${slider.value}%`);
  slider.setAttribute("aria-valuetext", `${slider.value} percent of the left picture`);
};
element.addEventListener("input", (event) => {
  if (event.target.matches(".overlaid [type=range]")) uncover();
});
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-swap]")) return;
  const [one, other] = element.querySelectorAll(".overlaid img");
  one.before(other);
  for (const each of [one, other]) {
    each.classList.toggle("lower");
    each.classList.toggle("upper");
  }
  for (const row of element.querySelectorAll("tbody tr")) row.append(row.children[1]);
});
