"use strict";
(() => {
  const form = document.getElementById("filter");
  const checks = [...document.querySelectorAll("[data-outcome]")];
  const groups = [...document.querySelectorAll(".outcome-group")];
  const texts = checks.map((check) => check.textContent.toLowerCase());
  const said = document.getElementById("filtered");
  const apply = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set([...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value));
    let shown = 0;
    checks.forEach((check, number) => {
      const fits = wanted.has(check.dataset.outcome) && words.every((word) => texts[number].includes(word));
      check.hidden = !fits;
      shown += fits;
    });
    groups.forEach((group) => {
      group.hidden = !group.querySelector("[data-outcome]:not([hidden])");
      if (words.length && !group.hidden && group.tagName === "DETAILS") group.open = true;
    });
    said.textContent = shown === checks.length ? "" : `${shown} of ${checks.length} shown`;
  };
  if (form) {
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.elements.all.addEventListener("click", () => {
      const inside = [...document.querySelectorAll("#checks details")];
      const open = inside.some((one) => !one.open);
      inside.forEach((one) => { one.open = open; });
      form.elements.all.textContent = open ? "Close all" : "Open all";
    });
  }
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) {
      at.hidden = false;
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  if (location.hash) follow();
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
  });
})();
