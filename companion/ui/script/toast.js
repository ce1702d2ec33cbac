// A line that comes and goes. It stays while it is pointed at or has the focus.
const toast = element.querySelector(".toast");
const text = toast.querySelector("span");
const undo = toast.querySelector("button");
let leaving;
let shown = "";

const leave = (ms) => {
  clearTimeout(leaving);
  leaving = setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leave(1500);
    else toast.hidden = true;
  }, ms);
};
undo.addEventListener("click", () => {
  toast.hidden = true;
  trigger("undo", { conversation: props.value.undo });
  document.querySelector("#composer textarea")?.focus();
});
watch("value", () => {
  const value = props.value;
  if (!value || value.id === shown) return;
  shown = value.id;
  text.textContent = value.text;
  undo.hidden = !value.undo;
  toast.hidden = false;
  leave(value.undo ? 9000 : 6000);
});
