// A panel that is done once its form is sent, and empty when it is opened again.
element.addEventListener("submit", (event) => {
  element.querySelector("[popover]").hidePopover();
  setTimeout(() => event.target.reset());
});
