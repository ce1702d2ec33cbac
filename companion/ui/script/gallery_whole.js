// The whole picture takes the place of the small one as soon as it has come.
const sharpen = () => {
  for (const image of element.querySelectorAll("img[data-full]")) {
    const full = image.dataset.full;
    if (image.getAttribute("src") === full || image.dataset.fetching === full) continue;
    image.dataset.fetching = full;
    const whole = new Image();
    whole.src = full;
    whole
      .decode()
      .then(() => {
        if (image.dataset.full === full) image.src = full;
      })
      .catch(() => undefined) // the small one stays
      .finally(() => delete image.dataset.fetching);
  }
};
new MutationObserver(sharpen).observe(element, { subtree: true, childList: true, attributeFilter: ["data-full", "src"] });
