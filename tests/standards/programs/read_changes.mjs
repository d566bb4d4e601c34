// Follow changes with a client library for some seconds, and write what it hands on: URL SECONDS
import { createParser } from "eventsource-parser";

const [url, seconds] = process.argv.slice(2);
let end;
const parser = createParser({
  onEvent(event) {
    console.log(JSON.stringify([event.event, event.id, event.data]));
    // Counted from the first message, however long that takes to come.
    end ??= setTimeout(() => process.exit(0), 1000 * Number(seconds));
  },
});
const answer = await fetch(url);
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) { parser.feed(piece); }
throw new Error("the stream ended");
