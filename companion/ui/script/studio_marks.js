// Hands what is wrong to the parts whose fields it is about.
watch("value", () => {
  if (props.value) window.dispatchEvent(new CustomEvent("companion:marks", { detail: props.value }));
});
