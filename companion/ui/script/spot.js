// Brings a message into sight, in the chat. talk.js, which owns its scrolling, does it.
watch("value", () => {
  const spot = props.value;
  if (!spot) return;
  window.dispatchEvent(new CustomEvent("companion:tab", { detail: "chat" }));
  window.dispatchEvent(new CustomEvent("companion:spot", { detail: spot.message }));
});
