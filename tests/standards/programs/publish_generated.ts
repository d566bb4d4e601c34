// Publish the events of a file with a client of generated types, one by one and together: URL KEY FILE
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./client.js";

type Event = components["schemas"]["ClaimReported"];
type Item = components["schemas"]["PublishedClaim"];

const [url, key, file] = process.argv.slice(2);
const events: Event[] = JSON.parse(readFileSync(file!, "utf-8"));
const client = createClient<paths>({ baseUrl: url!, headers: { Authorization: `Bearer ${key}` } });
const waiting = { header: { Prefer: "wait=60" } };
const items: Item[] = [];
for (const event of events) {
  const { data, error } = await client.POST("/v1/claims", { params: waiting, body: event });
  if (data === undefined) { throw new Error(error?.detail ?? "no answer"); }
  items.push(...data.items);
}
const { data: batch } = await client.POST("/v1/claims/batch", {
  params: waiting,
  body: events,
  headers: { "Content-Type": "application/cloudevents-batch+json" },
});
for (const item of [...items, ...batch!.items]) { console.log(item.outcome); }
const query = { ledger: events[0]!.subject, min_position: batch!.position, limit: 1000 };
const { data: claims } = await client.GET("/v1/claims", { params: { query } });
// The other form of a list is CSV, a text.
if (claims === undefined || typeof claims === "string") { throw new Error("no list of claims"); }
const found = new Set(claims.items.map((claim) => claim.id));
if (!events.every((event) => found.has(event.id))) { throw new Error("a claim is missing"); }
