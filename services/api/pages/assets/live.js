/* Keeps a page current. It follows the feed of changes from the position that the page stands for,
   asks the server for the page anew when something changed, and puts in place only what differs, so
   that scroll, focus and opened parts stay. What changed is said once, politely.

   A page of another time stands still. A hidden page lets go of its connection, and catches up. */
"use strict";

(() => {
  const root = document.documentElement;
  if (!("live" in root.dataset)) { return; }
  /* At most one reload of the page in that time, in milliseconds, and this soon after a change. */
  const PAUSE_MS = 1000, SOON_MS = 60;
  const status = document.getElementById("live");
  const announcer = document.getElementById("announcer");
  let source = null, lastId = root.dataset.position, timer = null, lastFetch = -Infinity, isBusy = false, isAgain = false;
  const changed = new Map();

  /* English days and hours as the pages have them. */
  const locale = root.lang === "en" ? "en-GB" : root.lang;
  const words = status.dataset;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (text) => { if (status.textContent !== text) { status.textContent = text; } };

  function follow() {
    const query = new URLSearchParams({ ledger: root.dataset.ledger, last_event_id: lastId });
    source = new EventSource(`/v1/changes?${query}`);
    source.onopen = () => say(words.follows);
    source.onerror = () => say(words.lost);
    for (const kind of ["figure", "withdrawn", "reload"]) {
      source.addEventListener(kind, (event) => {
        if (event.lastEventId) { lastId = event.lastEventId; }
        note(kind, JSON.parse(event.data));
        soon();
      });
    }
    /* After these the server ends the stream, and the browser comes back by itself. */
    for (const kind of ["dropped", "closing"]) { source.addEventListener(kind, () => say(words.lost)); }
  }

  function note(kind, told) {
    if (kind === "figure" && told.exchange) { changed.set(told.exchange, told.date ?? told.exchange); }
    else if (kind === "withdrawn") { changed.set(told.id.split(":")[0], told.id.split(":")[0]); }
  }

  function soon() {
    if (timer !== null) { return; }
    timer = setTimeout(() => { timer = null; renew(); }, Math.max(SOON_MS, lastFetch + PAUSE_MS - performance.now()));
  }

  async function renew() {
    if (isBusy) { isAgain = true; return; }
    isBusy = true;
    lastFetch = performance.now();
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.ok) { put(new DOMParser().parseFromString(await answer.text(), "text/html")); }
    } catch {
      say(words.lost);
    }
    isBusy = false;
    if (isAgain) { isAgain = false; soon(); }
  }

  function put(next) {
    const before = rows();
    Idiomorph.morph(document.getElementById("main"), next.getElementById("main"), {
      restoreFocus: true,
      callbacks: {
        /* Charts are drawn here; what somebody opened stays open. */
        beforeNodeMorphed: (old) => !(old instanceof Element && (old.matches("[data-chart]") || old.id === "note-curves" || old.id === "history-here")),
        beforeNodeRemoved: (old) => !(old instanceof Element && old.id === "history-here"),
        beforeAttributeUpdated: (name, element) => !(name === "open" && element.tagName === "DETAILS"),
      },
    });
    document.getElementById("position").replaceWith(next.getElementById("position"));
    root.dataset.position = next.documentElement.dataset.position;
    document.dispatchEvent(new CustomEvent("ledger:updated"));
    for (const [id, text] of rows()) { if (before.get(id) !== text) { mark(document.getElementById(id)); } }
    tell();
  }

  const rows = () => new Map(Array.from(document.querySelectorAll("main tr[id], main li.claim[id]"), (row) => [row.id, row.textContent]));

  function mark(row) {
    row.classList.add("is-fresh");
    row.addEventListener("animationend", () => row.classList.remove("is-fresh"), { once: true });
  }

  function tell() {
    const days = Array.from(changed.values()).slice(0, 3).map((day) => dayText(day)).join(", ");
    const all = changed.size > 3 ? fill(words.more, { days, number: changed.size - 3 }) : days;
    changed.clear();
    say(fill(words.updated, { time: new Date().toLocaleTimeString(locale) }));
    if (days) { announcer.textContent = fill(words.figures, { days: all }); }
  }

  function dayText(day) {
    const found = /^\d{4}-\d{2}-\d{2}/.exec(day);
    return found ? new Date(`${found[0]}T00:00:00Z`).toLocaleDateString(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }) : day;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) { source.close(); source = null; }
    else if (!document.hidden && !source) { follow(); }
  });
  window.addEventListener("pagehide", () => { if (source) { source.close(); source = null; } });
  window.addEventListener("pageshow", (event) => { if (event.persisted && !source && !document.hidden) { follow(); } });
  if (!document.hidden) { follow(); }
})();
