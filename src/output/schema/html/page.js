"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const root = document.documentElement;
  const picture = one(".picture");
  const svg = one(".picture svg");
  const search = one("#search");
  const found = one(".found");
  root.classList.add("script");

  // Tables, and what foreign keys join them to.
  const tables = new Map(all(".table", svg).map((table) => [table.dataset.table, table]));
  const keys = all(".key", svg);
  const parts = new Map(all(".part[data-table]").map((part) => [part.dataset.table, part]));
  const keysOf = new Map();
  for (const key of keys) {
    for (const end of new Set([key.dataset.parent, key.dataset.child])) {
      if (!keysOf.has(end)) keysOf.set(end, []);
      keysOf.get(end).push(key);
    }
  }

  // A table and its neighbours are lit. A click keeps them so.
  let kept = null;
  let lit = [];
  const light = (number) => {
    for (const element of lit) element.classList.remove("near", "here");
    lit = [];
    svg.classList.toggle("lit", number !== null);
    if (number === null) return;
    const mark = (element, name) => { element.classList.add(name); lit.push(element); };
    mark(tables.get(number), "here");
    for (const key of keysOf.get(number) || []) {
      mark(key, "near");
      for (const end of [key.dataset.parent, key.dataset.child]) mark(tables.get(end), "near");
    }
  };
  const tableAt = (target) => {
    const table = target.closest ? target.closest(".table") : null;
    return table && svg.contains(table) ? table.dataset.table : null;
  };
  svg.addEventListener("mouseover", (event) => light(tableAt(event.target) ?? kept));
  svg.addEventListener("mouseleave", () => light(kept));
  svg.addEventListener("focusin", (event) => light(tableAt(event.target) ?? kept));
  svg.addEventListener("focusout", () => light(kept));

  // Zoom: the picture is made larger in a box that scrolls.
  const size = { width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
  let scale = 1;
  const resize = (next) => {
    scale = next;
    svg.style.width = `${size.width * scale}px`;
    svg.style.height = `${size.height * scale}px`;
    one("#percent").textContent = `${Math.round(scale * 100)} %`;
  };
  // Nothing that the browser would have to lay the page out for: it has not yet done so.
  resize(Math.max(0.45, Math.min(1, innerWidth / size.width, innerHeight * 0.7 / size.height)));
  const zoom = (wanted, x = picture.clientWidth / 2, y = picture.clientHeight / 2) => {
    const next = Math.min(4, Math.max(0.05, wanted));
    const left = (picture.scrollLeft + x) / scale;
    const top = (picture.scrollTop + y) / scale;
    resize(next);
    picture.scrollLeft = left * scale - x;
    picture.scrollTop = top * scale - y;
  };
  const whole = () => Math.min(1, picture.clientWidth / size.width, picture.clientHeight / size.height);
  one("#larger").addEventListener("click", () => zoom(scale * 1.25));
  one("#smaller").addEventListener("click", () => zoom(scale / 1.25));
  one("#whole").addEventListener("click", () => zoom(whole()));
  one("#percent").addEventListener("click", () => zoom(1));
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = picture.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  // It is moved with the mouse.
  let grip = null;
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    grip = { x: event.clientX, y: event.clientY, left: picture.scrollLeft, top: picture.scrollTop, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [x, y] = [event.clientX - grip.x, event.clientY - grip.y];
    if (!grip.moved && Math.hypot(x, y) < 4) return;
    grip.moved = true;
    picture.classList.add("moving");
    picture.scrollTo(grip.left - x, grip.top - y);
  });
  addEventListener("pointerup", () => { picture.classList.remove("moving"); setTimeout(() => { grip = null; }); });
  picture.addEventListener("click", (event) => {
    if (grip && grip.moved) { event.preventDefault(); return; }
    if (event.target.closest("a")) return;
    kept = tableAt(event.target);
    light(kept);
  }, true);

  const show = (number) => {
    const table = tables.get(number);
    if (!table) return;
    if (scale < 0.6) zoom(0.8);
    const [box, frame] = [table.getBoundingClientRect(), picture.getBoundingClientRect()];
    picture.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
    picture.scrollTop += box.top + Math.min(box.height, frame.height) / 2 - frame.top - frame.height / 2;
    kept = number;
    light(number);
  };
  for (const button of all(".show")) {
    button.addEventListener("click", () => {
      scrollTo({ top: 0 });
      show(button.dataset.table);
    });
  }

  // Search: in the names of tables and columns.
  const entries = all("nav li[data-table]").map((entry) => ({
    entry, number: entry.dataset.table, names: entry.dataset.names.toLowerCase(),
  }));
  let hits = [];
  const look = () => {
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    for (const { entry, number, names } of entries) {
      const fits = names.includes(wanted);
      entry.hidden = !fits;
      parts.get(number).hidden = !fits;
      tables.get(number).classList.toggle("hit", fits && wanted !== "");
      if (fits) hits.push(number);
    }
    for (const group of all("nav section")) {
      group.hidden = all("li", group).every((entry) => entry.hidden);
    }
    found.textContent = wanted === "" ? "" : `${hits.length} of ${entries.length} tables`;
    // What is called so comes before what has a column that is called so.
    if (wanted !== "") {
      const called = ({ names }) => names.split("\n")[0].includes(wanted);
      const numbers = new Set(entries.filter(called).map(({ number }) => number));
      hits.sort((one, other) => numbers.has(other) - numbers.has(one));
    }
  };
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length > 0) {
      const next = event.shiftKey ? hits[(hits.indexOf(kept) + hits.length - 1) % hits.length] : hits[(hits.indexOf(kept) + 1) % hits.length];
      show(next);
    }
  });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      kept = null;
      light(null);
      if (search.value !== "") { search.value = ""; look(); }
      return;
    }
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = {
      "/": () => search.focus(),
      "+": () => zoom(scale * 1.25),
      "-": () => zoom(scale / 1.25),
      "0": () => zoom(whole()),
      "1": () => zoom(1),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });
  if (search.value !== "") look();
})();
