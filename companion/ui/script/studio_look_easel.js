// The live sketch: asked for as soon as the draft or a choice has changed, shown once it has come; until then the last one stays. The
// small ones, faces and thumbnails, follow when she is at rest, one after the other. How she is looked at is kept here, by persona.
const FACE_PX = 160;
const THUMB_PX = 240;
const REST_MS = 350;
const card = () => element.querySelector(".easel");
const form = () => element.querySelector(".easel-view");
// As large as it is shown: a small drawing comes sooner.
const large = () => (element.querySelector(".easel-frame").clientHeight * devicePixelRatio > 500 ? 900 : 480);
const fields = () => Object.fromEntries(new FormData(form()));
const address = (view, size) => `${card().dataset.sketch}${card().dataset.look}/${size}?${new URLSearchParams(view)}`;

const chosen = new Map(); // persona → how she is looked at
let shown = { persona: "", address: "" };
let asked = "";
let number = 0;
const draw = () => {
  if (!card()) return;
  const persona = card().dataset.persona;
  const next = address(fields(), large());
  if (next === asked) return;
  asked = next;
  const mine = ++number;
  const late = setTimeout(() => element.querySelector(".easel-frame")?.classList.add("awaiting"), 400);
  const image = new Image();
  image.src = next;
  image
    .decode()
    .then(() => {
      if (mine !== number) return;
      shown = { persona, address: next };
      settle();
    })
    .catch(() => {
      if (mine === number) asked = ""; // it is asked for again with the next change; what was drawn last stays
    })
    .finally(() => {
      clearTimeout(late);
      if (mine !== number) return;
      element.querySelector(".easel-frame")?.classList.remove("awaiting");
      rest();
    });
};

// The small ones. `small` holds what each shows, so that what is drawn anew keeps it.
const small = new Map();
const places = () => [
  ...[...element.querySelectorAll("[data-face]")].map((each) => ({
    each,
    key: `face ${each.dataset.face}`,
    view: { expression: each.dataset.face, framing: "close" },
    size: FACE_PX,
  })),
  ...[...document.querySelectorAll("#studio-form [data-see]")].map((each) => ({
    each: each.firstElementChild,
    key: each.dataset.see,
    view: { expression: "calm", ...JSON.parse(each.dataset.see) },
    size: THUMB_PX,
  })),
];
const inSight = (each) => {
  const box = each.getBoundingClientRect();
  const strip = each.closest(".easel-faces")?.getBoundingClientRect() ?? { left: -99, right: innerWidth + 99 };
  return box.width > 0 && box.right > strip.left - 60 && box.left < strip.right + 60 && box.bottom > -300 && box.top < innerHeight + 300;
};
let resting;
const rest = () => {
  clearTimeout(resting);
  resting = setTimeout(follow, REST_MS);
};
let following = false;
const follow = async () => {
  if (following || !card()) return;
  following = true;
  const mine = number;
  for (const { each, key, view, size } of places()) {
    const next = address(view, size);
    if (small.get(key)?.asked === next || !inSight(each)) continue;
    const image = new Image();
    image.src = next;
    const came = await image.decode().then(() => true, () => false);
    small.set(key, { asked: next, shown: came ? next : small.get(key)?.shown });
    settle();
    if (mine !== number || !card()) break;
  }
  following = false;
  if (mine !== number) rest();
};

// What is drawn anew gets back what it showed and how she was looked at.
const settle = () => {
  if (!card()) return;
  const image = element.querySelector(".easel-sketch");
  const here = shown.persona === card().dataset.persona ? shown.address : "";
  if (here && image.getAttribute("src") !== here) image.src = here;
  for (const { each, key } of places()) {
    const known = small.get(key)?.shown;
    const wanted = known?.startsWith(card().dataset.sketch) ? `url("${known}")` : "";
    if (each.style.backgroundImage !== wanted) each.style.backgroundImage = wanted;
  }
  const view = chosen.get(card().dataset.persona) ?? {};
  for (const field of form().elements) {
    if (!(field.name in view)) continue;
    if (field.type === "radio") field.checked = field.value === view[field.name];
    else if ([...field.options].some((option) => option.value === view[field.name])) field.value = view[field.name];
  }
  const now = fields();
  for (const each of document.querySelectorAll("#studio-form [data-see]")) {
    const [name] = Object.keys(JSON.parse(each.dataset.see));
    const pressed = String(JSON.parse(each.dataset.see)[name] === now[name]);
    if (each.getAttribute("aria-pressed") !== pressed) each.setAttribute("aria-pressed", pressed);
  }
};
const look = (view) => {
  chosen.set(card().dataset.persona, { ...fields(), ...view });
  settle();
  draw();
};

element.addEventListener("input", (event) => {
  if (event.target.closest(".easel-view")) look({});
});
element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("scroll", rest, { capture: true, passive: true });
document.addEventListener("click", (event) => {
  const seen = event.target.closest("#studio-form [data-see]");
  if (seen && card()) look(JSON.parse(seen.dataset.see));
});
document.querySelector("#studio").addEventListener("scroll", () => card() && rest(), { passive: true });
// The arrow keys go from face to face, and the one that is chosen is in sight.
element.addEventListener("change", (event) => {
  if (event.target.name === "expression") event.target.closest("label").scrollIntoView({ block: "nearest", inline: "center", behavior: "smooth" });
});
const redrawn = () => {
  settle();
  draw();
  rest();
};
new MutationObserver(redrawn).observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-look", "data-sketch", "src"] });
new MutationObserver(() => card() && redrawn()).observe(document.querySelector("#studio-form"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-see"] });
watch("value", () => setTimeout(redrawn, 0));
