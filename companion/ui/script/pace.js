// How she types. All that was written is on the page at once, to be read aloud, copied and counted; what she has not typed yet is
// merely not painted, with a highlight that moves on at her pace. Her first word is never held back, and she is never more than
// LAG_S behind. Where there are no highlights, or less motion is asked for, it stands there as it comes.
const HIDDEN = "companion-untyped";
const LAG_S = 1.2;
const SIGNS_A_SECOND = { slow: 32, even: 240 }; // quick is as it comes
const MET = 80; // so many signs at first sight were there before one came
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const able = Boolean(window.CSS?.highlights) && Boolean(window.Highlight);
let typed = 0; // signs that are painted
let pace = "even";
let at = 0; // when it was looked at last
let before = ""; // the reply that stood last when this one began
let frame = 0;

const growing = () => element.querySelector(".turn .words > :not(.waiting)")?.parentElement;
const last = () => document.querySelector("#transcript .log > .turn.hers:last-of-type");
const signs = (words) => {
  const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
};
const rest = () => {
  cancelAnimationFrame(frame);
  frame = typed = at = 0;
  CSS.highlights.delete(HIDDEN);
};
const paint = (now) => {
  frame = 0;
  const done = typed && last()?.dataset.id !== before ? last()?.querySelector(".words") : null;
  const words = growing() ?? done;
  if (!words || calm.matches || !(pace in SIGNS_A_SECOND)) return rest();
  const nodes = signs(words);
  const all = nodes.reduce((sum, node) => sum + node.length, 0);
  const first = all > MET ? all : words.textContent.search(/\S\s/) + 1 || all;
  const behind = Math.max(0, all - typed);
  if (typed) typed += (Math.max(0, now - at) / 1000) * Math.max(SIGNS_A_SECOND[pace], behind / LAG_S);
  typed = Math.min(all, typed || first);
  at = Math.max(at, now); // a frame's time is that of its beginning
  if (typed >= all) {
    CSS.highlights.delete(HIDDEN);
    if (!growing()) return rest();
    typed = all;
    return;
  }
  let from = Math.floor(typed);
  const node = nodes.find((one) => from < one.length || ((from -= one.length), false));
  const range = new StaticRange({
    startContainer: node, startOffset: from, endContainer: nodes[nodes.length - 1], endOffset: nodes[nodes.length - 1].length,
  });
  CSS.highlights.set(HIDDEN, new Highlight(range));
  frame = requestAnimationFrame(paint);
};
const look = () => {
  const writing = element.querySelector(".turn.writing");
  if (writing) pace = writing.dataset.pace || "even";
  if (writing && !typed) before = last()?.dataset.id ?? "";
  if (writing && !growing()) return rest();
  if (!frame) {
    at = performance.now();
    paint(at); // before the next frame, so that nothing shows that is then taken away
  }
};
if (able) new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true });
