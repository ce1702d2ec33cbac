// The heading: the search over all personas, menus that close, and undo from the keyboard.
let finding;
element.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find]")) return;
  clearTimeout(finding);
  const words = event.target.value;
  finding = setTimeout(() => trigger("find", { words }), 250);
});
let menuOpen = false; // a menu that is being read stays open when the heading is drawn anew
element.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches("details.menu")) menuOpen = event.target.open;
  },
  true, // toggles do not bubble
);
document.addEventListener("click", (event) => {
  const menu = element.querySelector("details.menu[open]");
  if (menu && !event.target.closest("summary")) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || key !== "z" || !element.checkVisibility()) return;
  if (event.target.closest("input, textarea, [popover]")) return;
  event.preventDefault();
  element.querySelector(`[data-act=${event.shiftKey ? "redo" : "undo"}]:not(:disabled)`)?.click();
});
watch("value", () => {
  const menu = element.querySelector("details.menu");
  if (menu) menu.open = menuOpen;
  const search = element.querySelector("[data-find]");
  if (search?.value) {
    search.focus();
    search.setSelectionRange(search.value.length, search.value.length);
  }
});
