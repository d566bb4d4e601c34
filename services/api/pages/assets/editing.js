// Lists by keyboard: j and k move, Enter opens; other keys press what carries them as data-key.
(() => {
  "use strict";
  const writes = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  const cases = () => [...document.querySelectorAll(".case[tabindex]")];
  const move = (step) => {
    const all = cases();
    if (!all.length) return false;
    const at = all.findIndex((one) => one.contains(document.activeElement));
    const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  };
  const press = (key) => {
    const here = document.activeElement?.closest(".case");
    const found = here?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`main > [data-key="${key}"], .actions [data-key="${key}"], .editor-bar [data-key="${key}"]`);
    if (!found) return false;
    if (found.tagName === "INPUT" || found.tagName === "TEXTAREA") found.focus();
    else found.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (writes(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    let done = false;
    if (event.key === "j") done = move(1);
    else if (event.key === "k") done = move(-1);
    else if (event.key === "Enter" && event.target.matches(".case")) done = press("Enter");
    else if (/^[a-zA-Z?]$/.test(event.key)) done = press(event.key);
    if (done) event.preventDefault();
  });
  document.getElementById("faults")?.focus();
})();
