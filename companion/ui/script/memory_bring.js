// Bringing in: the file is read here and its bytes are handed over, so that no copy of it stays anywhere.
const MOST_BYTES = 30000000;
element.addEventListener("change", (event) => {
  const file = event.target.files?.[0];
  if (!file) return;
  const label = element.querySelector(".file-name");
  if (file.size > MOST_BYTES) {
    label.textContent = `${file.name} is larger than 30 MB; split it, and bring in one part after another.`;
    return;
  }
  label.textContent = `Reading ${file.name}…`;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    trigger("bring", { name: file.name, content: reader.result.slice(reader.result.indexOf(",") + 1) });
    event.target.value = "";
  });
  reader.addEventListener("error", () => (label.textContent = `${file.name} cannot be read.`));
  reader.readAsDataURL(file);
});
watch("value", () => {
  const label = element.querySelector(".file-name");
  if (label) label.textContent = "";
});
