// The sheet that tells why: what it showed last is not shown while something else is fetched.
let fetching;
document.addEventListener("click", (event) => {
  const asks = event.target.closest("button[data-act=why]");
  if (!asks) return;
  element.classList.add("fetching");
  clearTimeout(fetching);
  fetching = setTimeout(() => element.classList.remove("fetching"), 4000); // told the same as before, nothing is drawn anew
}, true);
watch("value", () => {
  clearTimeout(fetching);
  element.classList.remove("fetching");
});
