// Publish each event of a file with CloudEvents' SDK: URL KEY FILE binary|structured
import { readFileSync } from "node:fs";
import { CloudEvent, HTTP } from "cloudevents";

const [url, key, file, mode] = process.argv.slice(2);
for (const event of JSON.parse(readFileSync(file, "utf-8"))) {
  const message = HTTP[mode](new CloudEvent(event));
  const headers = { ...message.headers, Authorization: `Bearer ${key}`, Prefer: "wait=60" };
  const answer = await fetch(url, { method: "POST", headers, body: message.body });
  console.log((await answer.json()).items[0].outcome);
}
