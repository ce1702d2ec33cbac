// The clock of the tab: it ticks while somebody looks, faster while a picture is on its way.
let waited = 0;
setInterval(() => {
  if (document.hidden || !element.checkVisibility()) return void (waited = 0);
  const coming = document.querySelector("#gallery :is(.coming:not(.unpainted), .warming)");
  const drawn = document.querySelector(".gallery-head");
  waited += 500;
  if (drawn && waited < (coming ? 1000 : 2500)) return;
  waited = 0;
  trigger("look", {});
}, 500);
