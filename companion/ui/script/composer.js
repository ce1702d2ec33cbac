// The composer. Python tells it where it stands through `props.value`; what is typed lives here and in localStorage, and
// is let go only once Python says that it is kept.
const words = element.querySelector("textarea");
const form = element.querySelector("form");
const send = element.querySelector(".send");
const count = element.querySelector(".count");
const editingBar = element.querySelector(".editing");
const jump = element.querySelector(".jump");

let state = { conversation: "", name: "", busy: false, limit: 0 };
let told = "";
let editing = null;
let pending = null;
let unanswered = null;
let unlock;

const draftKey = () => `companion.draft.${state.conversation}`;
const draft = () => localStorage.getItem(draftKey()) ?? "";

const grow = () => {
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight}px`;
  const left = state.limit - words.value.length;
  count.textContent = state.limit && left < state.limit / 10 ? (left < 0 ? `${-left} characters too many` : `${left} characters left`) : "";
  count.classList.toggle("over", left < 0);
};
const write = (text) => {
  words.value = text;
  grow();
};
const release = () => {
  clearTimeout(unlock);
  pending = null;
  words.readOnly = false;
};
const stopEditing = () => {
  editing = null;
  editingBar.hidden = true;
  write(draft());
};

const submit = () => {
  const text = words.value;
  if (!state.conversation || state.busy || pending !== null || !text.trim() || text.length > state.limit) return;
  pending = text;
  words.readOnly = true;
  unanswered = null;
  unlock = setTimeout(() => {
    release();
    unanswered = text;
    count.textContent = "No answer yet; your words are still here";
  }, 10000);
  window.dispatchEvent(new Event("companion:said"));
  const conversation = state.conversation;
  if (editing) trigger("rewrite", { id: editing.id, text, conversation });
  else trigger("send", { text, conversation });
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.busy) trigger("stop", { conversation: state.conversation });
  else submit();
});
words.addEventListener("input", () => {
  grow();
  if (!editing && state.conversation) localStorage.setItem(draftKey(), words.value);
});
words.addEventListener("keydown", (event) => {
  const typedOnGlass = window.matchMedia("(pointer: coarse)").matches;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !typedOnGlass) {
    event.preventDefault();
    submit();
  } else if (event.key === "ArrowUp" && !words.value && !state.busy) {
    const mine = document.querySelectorAll("#transcript .yours [data-act=edit]");
    if (mine.length) {
      event.preventDefault();
      mine[mine.length - 1].click();
    }
  }
});
document.addEventListener("keydown", (event) => {
  const elsewhere = !element.checkVisibility() || document.querySelector("[popover]:popover-open");
  if (event.key !== "Escape" || elsewhere) return;
  if (state.busy) trigger("stop", { conversation: state.conversation });
  else if (editing) stopEditing();
});
element.querySelector(".stop-editing").addEventListener("click", () => {
  stopEditing();
  words.focus();
});
element.querySelector(".undo").addEventListener("click", () => trigger("undo", { conversation: state.conversation }));
jump.addEventListener("click", () => window.dispatchEvent(new Event("companion:said")));

const hear = (news) => {
  if (news.kind === "accepted") {
    const sent = pending !== null || (unanswered !== null && words.value === unanswered);
    unanswered = null;
    if (sent && editing) stopEditing();
    else if (sent) {
      localStorage.removeItem(draftKey());
      write("");
    }
    release();
  } else if (news.kind === "refused") {
    release();
  } else if (news.kind === "restore") {
    if (!words.value) write(news.text);
    localStorage.setItem(draftKey(), words.value);
    words.focus();
  } else if (news.kind === "edit") {
    editing = { id: news.id };
    editingBar.hidden = false;
    editingBar.querySelector("span").textContent = news.label;
    write(news.text);
    words.focus();
    words.setSelectionRange(news.text.length, news.text.length);
  }
};
const follow = () => {
  const next = props.value;
  if (!next) return;
  const moved = next.conversation !== state.conversation;
  const typed = state.conversation ? "" : words.value; // before it was known for whom
  state = next;
  if (moved) {
    release();
    stopEditing();
    if (typed) {
      write([draft(), typed].filter(Boolean).join("\n"));
      localStorage.setItem(draftKey(), words.value);
    }
  }
  words.placeholder = `Write to ${state.name}…`;
  words.setAttribute("aria-label", `Write to ${state.name}`);
  send.textContent = state.busy ? "Stop" : "Send";
  send.classList.toggle("stop", state.busy);
  if (next.news && next.news.id_of_news !== told) {
    told = next.news.id_of_news;
    hear(next.news);
  }
};
watch("value", follow);
follow();
