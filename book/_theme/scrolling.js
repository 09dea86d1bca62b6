// What scrolls sideways on a narrow screen can be scrolled with the keyboard too.
"use strict";

(() => {
  const scrolls = (box) => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX !== "visible";

  function mark() {
    for (const box of document.querySelectorAll(".bd-article table, .bd-article pre, figure.tf-figure")) {
      if (scrolls(box)) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  window.addEventListener("load", mark);
  window.addEventListener("resize", mark);
})();
