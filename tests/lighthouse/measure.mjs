/* Measures pages as Lighthouse does for a phone; one line of JSON each. Arguments: the browser, the server's
   address, and paths; one that begins with ~ is closed to crawlers on purpose. */
import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, base, ...paths] = process.argv.slice(2);
const chromeFlags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--no-first-run"];
const chrome = await launcher.launch({ chromePath, chromeFlags, ignoreDefaultFlags: true });
try {
  for (const path of paths) {
    const isClosed = path.startsWith("~");
    const skipAudits = isClosed ? ["is-crawlable"] : [];
    const measure = () => lighthouse(base + path.replace("~", ""), { port: chrome.port, logLevel: "error", skipAudits });
    let { lhr } = await measure();
    /* A browser that is short of time may lose a page; once more. */
    if (lhr.runtimeError) { ({ lhr } = await measure()); }
    if (lhr.runtimeError) { throw new Error(`${path}: ${lhr.runtimeError.message}`); }
    const failed = Object.values(lhr.categories).flatMap((category) => category.auditRefs)
      .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9).map(({ id }) => id);
    const value = (id) => lhr.audits[id].numericValue;
    console.log(JSON.stringify({
      path,
      scores: Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)])),
      shift: value("cumulative-layout-shift"), blocked_ms: value("total-blocking-time"),
      painted_ms: value("largest-contentful-paint"), kib: value("total-byte-weight") / 1024, failed,
    }));
  }
} finally {
  await chrome.kill();
}
