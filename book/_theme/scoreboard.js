// Filters of the scoreboard.  Without JavaScript the whole table is shown and the form stays hidden.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("scoreboard-filter");
  if (!form) return;
  const rows = [...document.querySelectorAll("#scoreboard tbody tr")];
  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value);
    for (const row of rows) row.hidden = wanted.some(([name, value]) => row.dataset[name] !== value);
    form.querySelector("output").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
  };
  form.addEventListener("change", apply);
  form.hidden = false;
  apply();
});
