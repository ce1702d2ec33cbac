// The tabs: the chosen one stays in the address, arrow keys go from name to name, and other parts can ask for one.
const names = () => [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab]")];
const here = () => names().find((tab) => tab.getAttribute("aria-selected") === "true");
const choose = (name) => {
  const tab = names().find((each) => each.dataset.tabId === name);
  if (tab && tab !== here()) tab.click();
};
let wanted = window.location.hash.slice(1); // by the address, until it is shown
const remember = () => {
  if (wanted) return;
  const address = new URL(window.location);
  address.hash = here()?.dataset.tabId === "chat" ? "" : (here()?.dataset.tabId ?? "");
  if (address.href !== window.location.href) window.history.replaceState(null, "", address);
};
const settle = () => {
  for (const tab of names()) tab.tabIndex = tab === here() ? 0 : -1;
  remember();
};

document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-tab]");
  if (asks) choose(asks.dataset.tab);
  if (event.target.closest("button[data-act=new], button[data-act=open]")) choose("chat");
  if (event.target.closest("#transcript button[data-act=memory]")) choose("memory");
  if (event.target.closest("#transcript button[data-act=picture]")) choose("gallery");
});
window.addEventListener("companion:tab", (event) => {
  wanted = "";
  choose(event.detail);
});
window.addEventListener("hashchange", () => choose(window.location.hash.slice(1) || "chat"));

// A page that is still being put together may not hear that a tab is chosen, nor draw it: it is told again until it has.
const insist = () => {
  const drawn = document.querySelector("#places-list .persona");
  if (names().every((tab) => tab.dataset.tabId !== wanted)) wanted = "";
  if (wanted) choose(wanted);
  if (drawn && here()?.dataset.tabId === wanted) wanted = "";
  const bare = (name, part) => here()?.dataset.tabId === name && !document.querySelector(part);
  const memory = bare("memory", ".memory-head");
  const studio = bare("studio", ".studio-head");
  if (drawn && memory) trigger("enter");
  if (drawn && studio) trigger("enter_studio");
  if (wanted || memory || studio) setTimeout(insist, drawn ? 1500 : 100);
  else remember();
};
const begin = () => {
  const list = document.querySelector("#tabs > .tab-wrapper [role=tablist]");
  if (!list) return void setTimeout(begin, 50);
  list.setAttribute("aria-label", "Companion");
  list.addEventListener("click", (event) => {
    if (event.isTrusted) wanted = "";
  }, true);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    wanted = "";
    const all = names();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    next.click();
  });
  new MutationObserver(settle).observe(list, { subtree: true, attributeFilter: ["aria-selected"] });
  settle();
  insist();
};
begin();
