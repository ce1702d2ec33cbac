// The form: what is typed is reported field by field, and what is wrong is marked where it stands. The form is drawn anew only when
// its shape changes, so the caret stays.
const typing = new Map();
const valueOf = (field) => {
  if (field.type === "checkbox") return field.checked;
  if ("lines" in field.dataset) return field.value.split("\n").map((line) => line.trim()).filter(Boolean);
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

element.addEventListener("change", (event) => {
  const one = event.target.closest("[data-member]");
  if (!one) return;
  const all = [...element.querySelectorAll("[data-member]:checked")].filter((other) => other.dataset.member === one.dataset.member);
  one.closest("details").querySelector("summary").textContent = `Feelings she hides: ${all.length || "none"}`;
  trigger("edit", { field: one.dataset.member, value: all.map((other) => other.value), drop: false });
});
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
const at = (attribute, path) => element.querySelector(`[data-${attribute}='${JSON.stringify(path).replaceAll("'", "\\'")}']`);
const fieldOf = (path) => {
  const fields = [...element.querySelectorAll("[data-field]:is(input, textarea, select)")];
  return fields.find((field) => field.dataset.field === JSON.stringify(path));
};
// The place of a complaint: its field, or the nearest part of the form around it.
const placeOf = (path) => {
  for (let length = path.length; length > 0; length -= 1) {
    const above = path.slice(0, length);
    const field = fieldOf(above);
    if (field) return { field, place: field.closest("label") ?? field, number: path[length] };
    const part = length > 1 && at("at", above);
    if (part) return { place: part.querySelector(":scope > details > .item-fields") ?? part, inside: true };
  }
  return null;
};
const paragraph = (css, text, role) => {
  const says = document.createElement("p");
  says.className = css;
  says.textContent = text;
  if (role) says.setAttribute("role", role);
  return says;
};
const mark = () => {
  for (const old of element.querySelectorAll(".trouble, .warned")) old.remove();
  for (const field of element.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const loose = [];
  for (const { path, text } of marks.troubles) {
    const found = placeOf(path);
    if (!found) {
      loose.push(`${path.join(" · ").replaceAll("_", " ")} ${text}.`);
      continue;
    }
    const line = Number.isInteger(found.number) ? `Line ${found.number + 1}` : "This";
    const says = paragraph("trouble", `${line} ${text}.`, "alert");
    found.field?.setAttribute("aria-invalid", "true");
    for (let shut = found.place.closest("details:not([open])"); shut; shut = shut.parentElement.closest("details:not([open])")) shut.open = true;
    if (found.inside || found.place.parentElement.matches(".choices, .phrases")) found.place.append(says);
    else found.place.after(says);
  }
  for (const { path, text } of marks.warned ?? []) {
    const row = at("at", path);
    row?.append(paragraph("warned", text)); // what is seen of a row that is shut
    row?.querySelector(":scope > details > .item-fields")?.prepend(paragraph("warned", text));
  }
  for (const { path, title, text } of marks.said ?? []) {
    const name = at("title", path);
    if (name && title) name.textContent = title;
    const words = at("said", path);
    if (words) words.textContent = text;
  }
  if (loose.length) element.querySelector("[data-section]")?.before(paragraph("trouble elsewhere", `To put right elsewhere: ${loose.join(" ")}`));
};
window.addEventListener("companion:marks", (event) => {
  if (!event.detail.troubles) return;
  if (marks.persona !== event.detail.persona) opened.clear();
  marks = event.detail;
  mark();
});

// A row that was opened stays open when the form is drawn anew, also where it has moved to.
const opened = new Set();
const keyOf = (details) => details.dataset.at ?? details.parentElement.dataset.at;
const keepOpen = () => {
  for (const part of element.querySelectorAll("details")) {
    if (opened.has(keyOf(part))) part.open = true;
    else if (part.open && keyOf(part)) opened.add(keyOf(part));
  }
};
const shift = (path, to) => {
  const list = path.slice(0, -1);
  const from = path.at(-1);
  const before = [...opened].map((key) => JSON.parse(key));
  opened.clear();
  for (const key of before) {
    const number = key[list.length];
    if (JSON.stringify(key.slice(0, list.length)) === JSON.stringify(list) && Number.isInteger(number)) {
      if (to === null && number === from) continue;
      if (to === null && number > from) key[list.length] = number - 1;
      else if (number === from) key[list.length] = to;
      else if (number === to) key[list.length] = from;
    }
    opened.add(JSON.stringify(key));
  }
};
element.addEventListener("click", (event) => {
  const details = event.target.closest("summary")?.parentElement;
  if (details && keyOf(details)) opened[details.open ? "delete" : "add"](keyOf(details));
  const button = event.target.closest("button[data-act=move], button[data-act=remove]");
  if (!button) return;
  const path = JSON.parse(button.dataset.field);
  shift(path, button.dataset.act === "remove" ? null : path.at(-1) + Number(button.dataset.by));
});

// What is drawn anew takes over elements that somebody typed in, and with them what was typed: each gets its own value back.
let drawn = false;
const settle = () => {
  if (!drawn) return;
  drawn = false;
  keepOpen();
  for (const field of element.querySelectorAll("input[data-field], [data-member], textarea[data-field], select")) {
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
