// A panel that is done once its form is sent.
element.addEventListener("submit", () => element.querySelector("[popover]").hidePopover());
