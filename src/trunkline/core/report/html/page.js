"use strict";
// Search, folding, keys and the theme. Without it the page can be read, folded and split alike.
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const one = (id) => document.getElementById(id);
  const groups = all(".group");
  const changes = all(".change");
  const search = one("search");
  const split = one("split");
  const root = document.documentElement;

  // What was chosen last time; a page opened from a file may have no storage.
  const kept = {
    get(key) { try { return localStorage.getItem(`trunkline-${key}`); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(`trunkline-${key}`, value); } catch { /* no */ } },
  };

  // Search: each word has to stand somewhere in the component's head and the change together.
  const said = new Map();
  const textOf = (element) => {
    if (!said.has(element)) said.set(element, element.textContent.toLowerCase());
    return said.get(element);
  };
  const heads = new Map(groups.map((group) => [group, ["summary", ".members", ".note"]
    .flatMap((query) => all(`:scope > ${query}, :scope > .body > ${query}`, group))]));
  const links = new Map(all("nav a").map((link) => [link.getAttribute("href").slice(1), link]));

  // What a search opens is closed again after it: who looked for one thing had folded the rest away.
  let opened = null;
  const find = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) opened ??= new Map(folds().map((each) => [each, each.open]));
    let found = 0;
    for (const group of groups) {
      const head = heads.get(group).map(textOf).join(" ");
      const left = words.filter((word) => !head.includes(word));
      let inside = 0;
      for (const change of all(".change", group)) {
        const matches = left.every((word) => textOf(change).includes(word));
        change.hidden = !matches;
        if (!matches) continue;
        inside += 1;
        if (left.length && change.tagName === "DETAILS") change.open = true;
      }
      group.hidden = inside === 0 && left.length > 0;
      if (words.length && !group.hidden) group.open = true;
      if (links.has(group.id)) links.get(group.id).hidden = group.hidden;
      found += group.hidden ? 0 : inside;
    }
    if (!words.length) {
      for (const [each, open] of opened ?? []) each.open = open;
      opened = null;
    }
    root.toggleAttribute("data-searching", words.length > 0);
    one("none").hidden = !words.length || groups.some((group) => !group.hidden);
    one("count").textContent = words.length ? `${found} of ${changes.length} changes` : "";
    mark(words);
  };

  const mark = (words) => {
    if (!window.CSS || !CSS.highlights) return;
    const ranges = [];
    for (const group of words.length ? groups.filter((each) => !each.hidden) : []) {
      const walker = document.createTreeWalker(group, NodeFilter.SHOW_TEXT);
      while (walker.nextNode() && ranges.length < 500) {
        const text = walker.currentNode.data.toLowerCase();
        for (const word of words) {
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, groups.length > 50 ? 120 : 0);
  });

  // Folding.
  const folds = () => all("details.group, details.change");
  const openAll = (open) => {
    for (const each of folds()) each.open = open;
    opened = null;
    told();
  };
  const told = () => {
    one("fold").textContent = groups.some((group) => group.open) ? "Close all" : "Open all";
  };
  one("fold").addEventListener("click", () => openAll(!groups.some((group) => group.open)));
  document.addEventListener("toggle", told, true);
  let before = [];
  window.addEventListener("beforeprint", () => {
    before = folds().filter((each) => !each.open);
    for (const each of before) each.open = true;
  });
  window.addEventListener("afterprint", () => { for (const each of before) each.open = false; });
  const openTarget = () => {
    const target = one(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  window.addEventListener("hashchange", openTarget);

  // Light or dark: as the system says, until somebody chooses.
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = (name) => { root.dataset.theme = name; kept.set("theme", name); };
  one("theme").addEventListener("click", () => theme(dark() ? "light" : "dark"));
  if (["light", "dark"].includes(kept.get("theme"))) root.dataset.theme = kept.get("theme");

  // Side by side.
  const splitting = (on) => { split.checked = on; kept.set("split", on ? "1" : ""); };
  split.addEventListener("change", () => splitting(split.checked));
  split.checked = kept.get("split") === "1";

  // Keys.
  const stops = () => all(".group, .change").filter((each) =>
    !each.hidden && !each.closest("[hidden]") &&
    (each.matches(".group") || each.closest(".group").open));
  let here = null;
  const go = (step) => {
    const places = stops();
    const at = places.indexOf(here);
    const next = at < 0 ? (step > 0 ? 0 : places.length - 1) : at + step;
    if (!places[next]) return;
    if (here) here.classList.remove("here");
    here = places[next];
    here.classList.add("here");
    (here.querySelector("summary") || here).focus({ preventScroll: true });
    here.scrollIntoView({ block: here.matches(".group") ? "start" : "nearest" });
  };
  const keys = {
    "/": () => { search.focus(); search.select(); },
    j: () => go(1),
    k: () => go(-1),
    o: () => openAll(true),
    c: () => openAll(false),
    s: () => splitting(!split.checked),
    t: () => theme(dark() ? "light" : "dark"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key !== "Escape") return;
      search.value = "";
      find();
      search.blur();
    } else if (keys[event.key]) {
      keys[event.key]();
      event.preventDefault();
    } else if (["Enter", " "].includes(event.key) && event.target.matches("label.button")) {
      splitting(!split.checked);
      event.preventDefault();
    }
  });
  openTarget();
  told();
  root.dataset.ready = "yes";
})();
