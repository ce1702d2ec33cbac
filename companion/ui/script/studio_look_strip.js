// The strip comes into sight when it is asked for; what is painted later moves nothing.
let shown = false;
new MutationObserver(() => {
  const card = element.querySelector(".strip-of");
  if (card && !shown) card.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  shown = Boolean(card);
}).observe(element, { childList: true, subtree: true });
