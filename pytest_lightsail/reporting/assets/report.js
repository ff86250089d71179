"use strict";
// Finding a test among many; all else on the page does without.
(() => {
  const form = document.querySelector(".controls");
  if (!form) return;
  const tests = [...document.querySelectorAll(".tests > details")].map((element) => ({
    element,
    name: element.querySelector(".name").textContent.toLowerCase(),
  }));
  const { name, outcome, shown } = form.elements;

  const choose = () => {
    const words = name.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const test of tests) {
      const fits =
        words.every((word) => test.name.includes(word)) &&
        (!outcome.value || test.element.dataset.outcome === outcome.value);
      test.element.hidden = !fits;
      count += fits;
    }
    shown.value = count === tests.length ? `${count} tests` : `${count} of ${tests.length} tests`;
  };
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const test = target && target.closest(".tests > details");
    if (!test) return;
    if (test.hidden) {
      name.value = outcome.value = "";
      choose();
    }
    test.open = true;
    test.querySelector("summary").focus();
    test.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  choose();
  reveal();
})();
