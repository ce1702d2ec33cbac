// The form: what is typed is reported field by field, and what is wrong is marked where it stands. The form is drawn anew only when
// its shape changes, so the caret stays.
const typing = new Map();
const valueOf = (field) => {
  if (field.type === "checkbox") return field.checked;
  if (field.value === "" && ("null" in field.dataset || field.type === "number")) return null;
  return field.type === "range" || field.type === "number" ? Number(field.value) : field.value;
};
const tell = (field) => {
  clearTimeout(typing.get(field));
  typing.delete(field);
  trigger("edit", { field: field.dataset.field, value: valueOf(field), drop: "drop" in field.dataset });
};

const TRAITS = ["openness", "conscientiousness", "extraversion", "agreeableness", "emotional_stability"];
const drawRadar = () => {
  const shape = element.querySelector(".traits-shape");
  if (!shape) return;
  const points = TRAITS.map((name, at) => {
    const slider = element.querySelector(`[data-field='["character","big_five","${name}"]']`);
    const reach = (72 * (Number(slider.value) + 1)) / 2;
    const turn = (2 * Math.PI * at) / 5 - Math.PI / 2;
    return `${(110 + reach * Math.cos(turn)).toFixed(1)},${(92 + reach * Math.sin(turn)).toFixed(1)}`;
  });
  shape.setAttribute("points", points.join(" "));
};

element.addEventListener("input", (event) => {
  const field = event.target.closest("[data-field]");
  if (!field) return;
  if (field.type === "range") {
    const value = Number(field.value);
    field.nextElementSibling.textContent = ("signed" in field.dataset && value >= 0 ? "+" : "") + value.toFixed(2);
    drawRadar();
  }
  clearTimeout(typing.get(field));
  typing.set(field, setTimeout(() => tell(field), 600));
});
element.addEventListener("change", (event) => {
  const field = event.target.closest("[data-field]");
  if (field && typing.has(field)) tell(field);
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input[data-field]")) {
    event.preventDefault();
    if (typing.has(event.target)) tell(event.target);
  }
});

let marks = { troubles: [] };
const fieldOf = (path) => {
  const fields = [...element.querySelectorAll("[data-field]:is(input, textarea, select)")];
  return fields.find((field) => field.dataset.field === JSON.stringify(path));
};
const mark = () => {
  for (const old of element.querySelectorAll(".trouble")) old.remove();
  for (const field of element.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const loose = [];
  for (const { path, text } of marks.troubles) {
    const field = fieldOf(path);
    const says = document.createElement("p");
    says.className = "trouble";
    says.setAttribute("role", "alert");
    if (field) {
      says.textContent = `This ${text}.`;
      field.setAttribute("aria-invalid", "true");
      field.closest("details:not([open])")?.setAttribute("open", "");
      (field.closest("label") ?? field).after(says);
    } else loose.push(`${path.join(" · ").replaceAll("_", " ")} ${text}.`);
  }
  if (!loose.length) return;
  const says = document.createElement("p");
  says.className = "trouble elsewhere";
  says.textContent = `To put right elsewhere: ${loose.join(" ")}`;
  element.querySelector("form")?.before(says);
};
window.addEventListener("companion:marks", (event) => {
  if (!event.detail.troubles) return;
  marks = event.detail;
  mark();
});

// What is drawn anew takes over elements that somebody typed in, and with them what was typed: each gets its own value back.
let drawn = false;
const settle = () => {
  if (!drawn) return;
  drawn = false;
  for (const field of element.querySelectorAll("input[data-field], textarea[data-field], select[data-field]")) {
    if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field.tagName === "SELECT") {
      const chosen = [...field.options].findIndex((option) => option.defaultSelected);
      field.selectedIndex = Math.max(0, chosen);
    } else field.value = field.defaultValue;
  }
  mark();
};
new MutationObserver(settle).observe(element, { childList: true, subtree: true, characterData: true, attributes: true });
watch("value", () => {
  for (const timer of typing.values()) clearTimeout(timer);
  typing.clear();
  drawn = true;
  setTimeout(settle, 50);
});
