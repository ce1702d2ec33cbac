// Cards come in: chosen or dropped, read here, and handed over together.
const MOST_BYTES = 100000000;
const bring = async (list) => {
  const files = [...list];
  if (!files.length) return;
  const label = element.querySelector(".file-name");
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
    label.textContent = "These are larger than 100 MB together; drop fewer at once.";
    return;
  }
  label.textContent = files.length > 1 ? `Reading ${files.length} files…` : `Reading ${files[0].name}…`;
  trigger("bring", { files: await Promise.all(files.map(read)) });
};
element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  bring(event.target.files);
});
for (const name of ["dragenter", "dragover"])
  element.addEventListener(name, (event) => {
    const drop = event.target.closest(".drop");
    if (!drop) return;
    event.preventDefault();
    drop.classList.add("over");
  });
for (const name of ["dragleave", "drop"])
  element.addEventListener(name, (event) => event.target.closest(".drop")?.classList.remove("over"));
element.addEventListener("drop", (event) => {
  if (!event.target.closest(".drop")) return;
  event.preventDefault();
  bring(event.dataTransfer.files);
});
