// Filters and order of the scoreboard.  Without JavaScript the whole table is shown, and the form stays hidden.
// An address such as scoreboard.html?chapter=03_phi3&verdict=inconclusive opens it filtered.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("scoreboard-filter");
  if (!form) return;
  const body = document.querySelector("#scoreboard tbody");
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const filter = () => {
    const wanted = [...new FormData(form)].filter(([name, value]) => value && name !== "words");
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      row.hidden = wanted.some(([name, value]) => row.dataset[name] !== value)
        || words.some((word) => !texts.get(row).includes(word));
    }
    form.querySelector("output").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
  };
  // A click on a column's head sorts by it, another one turns the order round.
  for (const button of document.querySelectorAll("#scoreboard thead button")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const head = button.closest("th");
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[head.cellIndex].dataset.sort;
      // "d12: 0.43 [0.15, 0.67]; …" is 0.43; what has no number comes last
      const number = (row) => Number(/-?\d[\d,]*\.?\d*(e[-+]?\d+)?/i.exec(key(row).split(/[;[]/)[0].split(": ").at(-1))?.[0]
        .replaceAll(",", "") ?? Infinity);
      const compare = "number" in head.dataset
        ? (a, b) => Math.sign(number(a) - number(b)) || 0
        : (a, b) => key(a).localeCompare(key(b), "en", { numeric: true });
      const order = (a, b) => compare(a, b) || rows.indexOf(a) - rows.indexOf(b);
      body.append(...[...rows].sort(up ? order : (a, b) => order(b, a)));
    });
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name in form.elements) form.elements[name].value = value;
  }
  form.hidden = false;
  filter();
});
