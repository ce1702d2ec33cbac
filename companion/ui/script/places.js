// The left column: search as one types, menus that close, and the drawer it becomes on a phone.
let searching;
element.addEventListener("input", (event) => {
  if (!event.target.matches("[data-search]")) return;
  clearTimeout(searching);
  const words = event.target.value;
  searching = setTimeout(() => trigger("search", { words }), 200);
});

const closeMenus = (except) => {
  for (const menu of element.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};
document.addEventListener("click", (event) => {
  const menu = event.target.closest("details.menu");
  closeMenus(event.target.closest(".menu-body > button") ? null : menu);
});

const room = document.getElementById("room");
const opener = () => document.querySelector("#top [data-act=drawer]");
const drawer = (open) => {
  room.classList.toggle("places-open", open);
  opener()?.setAttribute("aria-expanded", String(open));
  if (open) element.querySelector("[aria-current], button")?.focus();
};
document.addEventListener("click", (event) => {
  if (event.target.closest("#top [data-act=drawer]")) drawer(!room.classList.contains("places-open"));
  else if (room.classList.contains("places-open") && !event.target.closest("#places")) drawer(false);
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=choose], [data-act=open], [data-act=new]")) drawer(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  closeMenus(null);
  if (room.classList.contains("places-open")) {
    drawer(false);
    opener()?.focus();
  }
});
