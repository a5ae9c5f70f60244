"use strict";
// Filters the rows of the page and says what is left. Texts are only ever read from the page, never written as markup.
(() => {
  const at = (id) => document.getElementById(id);
  const filter = at("filter");
  if (!filter) return;
  const [name, label, shown, fold] = ["name", "label", "shown", "fold"].map(at);
  const kinds = [...filter.querySelectorAll("input[name=kind]")];
  const all = shown.textContent;

  const rows = [...document.querySelectorAll("tr[data-kind], [data-kind] tbody tr")].map((row) => ({
    row,
    kind: row.closest("[data-kind]").dataset.kind,
    name: row.querySelector("th").textContent.toLowerCase(),
    labels: row.querySelector(".labels").textContent.toLowerCase(),
    fits: true,
  }));
  const groups = [...document.querySelectorAll("section[data-kind]")];

  // A browser takes long to lay out thousands of rows at once: it gets some at a time, those at the top first.
  const some = 500;
  let changed = [];
  let left = new Set();
  let next = 0;
  const settle = (count) => {
    clearTimeout(next);
    for (const it of changed.splice(0, count)) it.row.hidden = !it.fits;
    if (changed.length > 0) next = setTimeout(settle, 0, some);
    else for (const group of groups) group.hidden = !left.has(group.dataset.kind);
  };

  const typed = (field) => field.value.trim().toLowerCase();

  const apply = () => {
    const wanted = typed(name);
    // As in a selector, each of several parts has to be met.
    const parts = typed(label).split(",").map((part) => part.trim()).filter(Boolean);
    const chosen = new Set(kinds.filter((it) => it.checked).map((it) => it.value));
    left = new Set();
    let count = 0;
    for (const it of rows) {
      it.fits = (chosen.size === 0 || chosen.has(it.kind))
        && it.name.includes(wanted)
        && parts.every((part) => it.labels.includes(part));
      if (it.fits) {
        count += 1;
        left.add(it.kind);
      }
    }
    for (const group of groups) if (left.has(group.dataset.kind)) group.hidden = false;
    changed = rows.filter((it) => it.row.hidden === it.fits);
    settle(some);
    const isFiltered = wanted !== "" || parts.length > 0 || chosen.size > 0;
    shown.textContent = isFiltered ? `${count} of ${all} shown` : all;
  };

  // The address says what is filtered by: it outlives a reload, and can be sent to somebody.
  const remember = () => {
    const said = new URLSearchParams();
    for (const it of [name, label]) if (it.value.trim()) said.append(it.id, it.value.trim());
    for (const it of kinds) if (it.checked) said.append(it.name, it.value);
    history.replaceState(null, "", `#${said}`);
  };
  const recall = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    for (const it of [name, label]) it.value = said.get(it.id) ?? "";
    for (const it of kinds) it.checked = said.getAll(it.name).includes(it.value);
    apply();
  };

  filter.addEventListener("input", () => {
    apply();
    remember();
  });
  at("clear").addEventListener("click", () => {
    name.value = label.value = "";
    for (const it of kinds) it.checked = false;
    apply();
    remember();
    name.focus();
  });
  if (fold) {
    fold.addEventListener("click", () => {
      const folds = rows.filter((it) => it.fits).flatMap((it) => [...it.row.querySelectorAll("details")]);
      const open = folds.some((it) => !it.open);
      for (const it of folds) it.open = open;
      fold.textContent = open ? "Close all" : "Open all";
    });
  }
  addEventListener("hashchange", recall);
  addEventListener("beforeprint", () => settle(rows.length));
  recall();
  filter.hidden = false;
})();
