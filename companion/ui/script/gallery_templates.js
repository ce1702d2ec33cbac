// The sheet of templates: it is drawn while it is open, and closes when one of its pictures is opened.
const sheet = element.querySelector("[popover]");
sheet.addEventListener("toggle", (event) => trigger("survey", { on: event.newState === "open" }));
element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-act=show]")) sheet.hidePopover();
});
