/* Brings the history of an exchange into its page when a reader comes near it. The server reads its log
   for that, so nobody asks for it who does not look; without scripts it is a page of its own. */
"use strict";

(() => {
  const place = document.getElementById("history-here");
  const link = document.getElementById("history-link");
  if (!place || !link) { return; }
  let isWanted = false;

  async function load() {
    isWanted = true;
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) { return; }
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("history-all");
      /* There each figure heads the page; here it stands below a heading. */
      for (const heading of found.querySelectorAll("h2")) {
        const lower = document.createElement("h3");
        lower.append(...heading.childNodes);
        heading.replaceWith(lower);
      }
      place.replaceChildren(...found.childNodes);
    } catch { /* The link above leads there all the same. */ }
  }

  new IntersectionObserver((seen, observer) => {
    if (seen.some((entry) => entry.isIntersecting)) { observer.disconnect(); load(); }
  }, { rootMargin: "400px" }).observe(place);
  document.addEventListener("ledger:updated", () => { if (isWanted) { load(); } });
})();
