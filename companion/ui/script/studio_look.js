// The look's form: colours are picked or named, changes are reported sooner so that the sketch can follow, pictures come in by a button or
// are dropped, and a strip of one shot is asked for.
{
  const SOON_MS = { color: 140, range: 250, text: 400 };
  const MOST_BYTES = 100000000;
  const inLook = (target) => target.closest(".look-form");
  const HEX = /^#[0-9a-f]{6}$/i;

  const soon = new Map();
  const hurry = (field, kind) => {
    clearTimeout(soon.get(field));
    soon.set(field, setTimeout(() => field.dispatchEvent(new Event("change", { bubbles: true })), SOON_MS[kind]));
  };
  element.addEventListener("input", (event) => {
    const field = event.target;
    if (!inLook(field)) return;
    if ("picks" in field.dataset) {
      const named = field.parentElement.querySelector("[data-field]");
      named.value = field.value.toUpperCase();
      field.closest(".colour").classList.remove("uncoloured");
      named.dispatchEvent(new Event("input", { bubbles: true }));
      hurry(named, "color");
    } else if (field.closest(".colour")) {
      const value = field.value.trim().toLowerCase();
      const hex = HEX.test(value) ? value : [...(field.list?.options ?? [])].find((option) => option.value === value)?.dataset.hex;
      if (hex) field.parentElement.querySelector("[data-picks]").value = hex;
      field.closest(".colour").classList.toggle("uncoloured", !hex && value === "");
      if (event.isTrusted) hurry(field, "text");
    } else if (field.dataset.field) hurry(field, field.type === "range" ? "range" : "text");
  });

  element.addEventListener("change", (event) => {
    const field = event.target;
    if (!inLook(field)) return;
    if ("painter" in field.dataset) {
      const named = element.querySelector(".painter-named");
      named.hidden = field.value !== "other";
      if (field.value === "other") {
        named.querySelector("input").value = "";
        named.querySelector("input").focus();
      } else trigger("put", { field: '["visual","painter"]', value: field.value });
    }
    if ("condition" in field.dataset) {
      const value = [...element.querySelectorAll("[data-condition]:checked")].map((each) => each.value);
      trigger("edit", { field: '["visual","controlnet"]', value, drop: false });
    }
    if ("refer" in field.dataset) {
      bring(field.files);
      field.value = "";
    }
    if (event.isTrusted && field.dataset.field === '["visual","painter"]') trigger("put", { field: field.dataset.field, value: field.value.trim() });
  });
  element.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !inLook(button)) return;
    if ("put" in button.dataset) trigger("put", { field: button.dataset.field, value: JSON.parse(button.dataset.put) });
    if ("strip" in button.dataset) {
      const view = Object.fromEntries(new FormData(document.querySelector("#studio-easel form")));
      trigger("strip", { at: Number(button.dataset.strip), view });
    }
    if ("to" in button.dataset) {
      const part = document.getElementById(button.dataset.to);
      part.scrollIntoView({ block: "center" });
      part.querySelector("select").focus({ preventScroll: true });
    }
  });

  // --- reference pictures
  let refused = [];
  const tellRefused = () => {
    const list = element.querySelector(".refused");
    if (list) list.replaceChildren(...refused.map((one) => paragraph("trouble", one.text)));
  };
  const bring = async (list) => {
    const files = [...list];
    if (!files.length) return;
    refused = [];
    const card = element.querySelector(".references");
    if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
      refused = [{ text: "These are larger than 100 MB together. Choose fewer at once." }];
      tellRefused();
      return;
    }
    tellRefused();
    card.classList.add("receiving");
    trigger("refer", { files: await Promise.all(files.map(read)) });
  };
  window.addEventListener("companion:marks", (event) => {
    if (event.detail.refused) {
      refused = event.detail.refused;
      element.querySelector(".references")?.classList.remove("receiving");
    } else refused = [];
    setTimeout(tellRefused, 80); // after what is drawn anew
  });
  let inside = 0;
  const over = (on) => element.querySelector(".references")?.classList.toggle("over", on);
  for (const name of ["dragenter", "dragover", "dragleave", "drop"])
    element.addEventListener(name, (event) => {
      if (!event.target.closest(".references") || ![...event.dataTransfer.types].includes("Files")) return;
      if (name !== "dragleave") event.preventDefault();
      inside = name === "dragenter" ? inside + 1 : name === "dragleave" ? inside - 1 : name === "drop" ? 0 : inside;
      over(inside > 0);
      if (name === "drop") bring(event.dataTransfer.files);
    });

  // What is drawn anew takes over fields that somebody picked in: each gets its own value back.
  watch("value", () =>
    setTimeout(() => {
      for (const pick of element.querySelectorAll("[data-picks]")) pick.value = pick.defaultValue;
      const other = element.querySelector("[data-painter]")?.value === "other";
      const named = element.querySelector(".painter-named");
      if (named) named.hidden = !other;
    }, 60),
  );
}
