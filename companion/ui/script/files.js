// A file that was chosen or dropped, with what it holds in base64; nothing where it cannot be read. Whoever is told says what is wrong.
const read = (file) =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve({ name: file.name, content: reader.result.slice(reader.result.indexOf(",") + 1) }));
    reader.addEventListener("error", () => resolve({ name: file.name, content: "" }));
    reader.readAsDataURL(file);
  });
