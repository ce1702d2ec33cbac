// The transcript: copying, the rarer actions, keeping the newest words in sight, and the conversation's address.
element.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-act=copy]");
  if (!button) return;
  const words = button.closest(".turn").querySelector(".words, .referral");
  try {
    await navigator.clipboard.writeText(words.innerText.trim());
    button.textContent = "copied";
  } catch {
    // Only this machine and secure addresses may write to the clipboard; elsewhere the words are ready to be copied by hand.
    window.getSelection().selectAllChildren(words);
    button.textContent = "selected";
  }
  setTimeout(() => (button.textContent = "copy"), 1500);
});

element.addEventListener("click", (event) => {
  const more = event.target.closest("button[data-act=more]");
  if (!more) return;
  const open = more.closest(".acts").classList.toggle("all");
  more.setAttribute("aria-expanded", String(open));
  more.closest(".under").scrollIntoView({ block: "nearest" });
});

document.addEventListener("click", (event) => {
  for (const chip of element.querySelectorAll("details:is(.chip, .why-chip)[open]")) if (!chip.contains(event.target)) chip.open = false;
});

const scroller = document.getElementById("scroll");
const jump = () => document.querySelector("#composer .jump");
let atEnd = true;
let conversation = "";
let fromEnd = null; // how far from the end one was when earlier messages were asked for

const live = document.getElementById("live");
// A piece of a reply can still arrive after one has left its conversation: it is not shown in another.
const keepApart = (shown) => {
  const writing = live.querySelector(".turn");
  live.classList.toggle("elsewhere", Boolean(writing) && writing.dataset.conversation !== shown);
};

// A message that someone asked for: it is shown as soon as it is drawn, and marked for a moment.
let wanted = "";
const seek = () => {
  const found = wanted && element.querySelector(`.turn[data-id="${CSS.escape(wanted)}"]`);
  if (!found || !element.checkVisibility()) return;
  wanted = "";
  found.scrollIntoView({ block: "center" });
  found.focus({ preventScroll: true });
  found.classList.add("found");
  setTimeout(() => found.classList.remove("found"), 2400);
};
window.addEventListener("companion:spot", (event) => {
  wanted = event.detail;
  atEnd = false;
  seek();
});

const toEnd = () => (scroller.scrollTop = scroller.scrollHeight);
scroller.addEventListener("scroll", () => {
  atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  if (jump()) jump().hidden = atEnd;
}, { passive: true });
const sizes = new ResizeObserver(() => {
  if (wanted) seek();
  else if (atEnd) toEnd();
});
sizes.observe(scroller);
sizes.observe(element); // fonts and pictures arrive after the words
new MutationObserver(() => {
  const shown = element.querySelector(".log")?.dataset.conversation ?? "";
  keepApart(shown);
  if (shown !== conversation) {
    conversation = shown;
    atEnd = !wanted;
    const address = new URL(window.location);
    address.searchParams.set("talk", shown);
    window.history.replaceState(null, "", address);
  }
  if (fromEnd !== null) {
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
    fromEnd = null;
  } else if (wanted) seek();
  else if (atEnd) toEnd();
}).observe(scroller, { childList: true, subtree: true, characterData: true });
element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-act=earlier]")) fromEnd = scroller.scrollHeight - scroller.scrollTop;
});
window.addEventListener("companion:said", () => { atEnd = true; toEnd(); });
