// The mood simulator: a choice is told at once; what was said leaves its field when it stands in the talk, and the caret stays there.
element.addEventListener("change", (event) => {
  const choice = event.target.closest("select[data-act]");
  if (choice) report(choice, { id: choice.value });
});
let lines = 0;
let talking = false;
element.addEventListener("submit", (event) => (talking = event.target.matches(".try-line")));
element.addEventListener("focusin", (event) => (talking &&= event.target.closest(".try-line") !== null));
new MutationObserver(() => {
  const said = element.querySelectorAll(".tried > li").length;
  const grown = said > lines;
  lines = said;
  const field = element.querySelector(".try-line [name=words]");
  if (!field) return;
  if (grown) {
    field.value = "";
    const pause = element.querySelector(".try-line [name=pause]");
    if (pause) pause.selectedIndex = 0;
  }
  if (talking && document.activeElement === document.body) field.focus({ preventScroll: true });
  if (talking && grown) field.closest(".try-line").scrollIntoView({ block: "nearest" });
}).observe(element, { childList: true, subtree: true });
