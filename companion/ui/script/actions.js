// Reports what was pressed. A button's data-act names the event; its other data travel with it, and the conversation that
// it was drawn for. `acts` lists the events this part may send, and stands before this text.
const report = (source, more) => {
  const conversation = source.closest("[data-conversation]")?.dataset.conversation;
  if (acts.includes(source.dataset.act)) trigger(source.dataset.act, { conversation, ...source.dataset, ...more });
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button && element.contains(button)) report(button, {});
});

// A button that is drawn anew under a finger gives no click: what was pressed is still meant, if it is what the finger leaves.
let pressed;
element.addEventListener("pointerdown", (event) => {
  pressed = event.target.closest("button[data-act]");
});
element.addEventListener("pointerup", (event) => {
  const button = event.target.closest("button[data-act]");
  if (pressed && !pressed.isConnected && button?.dataset.act === pressed.dataset.act) report(button, {});
  pressed = null;
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.closest("form[data-act]");
  if (form) report(form, Object.fromEntries(new FormData(form)));
});
