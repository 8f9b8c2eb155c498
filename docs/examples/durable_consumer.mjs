// Hear of every finished story, those included that are finished while this is down.
// Needs: npm install @nats-io/transport-node @nats-io/jetstream
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";

const stream = "STORIES";
const durable_name = "example-archivist"; // NATS remembers under this name which stories have been acknowledged

const { host, username, password } = new URL(process.env.NATS_URL ?? "nats://127.0.0.1:4222");
const connection = await connect({
  servers: host,
  user: username || undefined,
  pass: password || undefined,
  maxReconnectAttempts: -1,
  inboxPrefix: "_INBOX.reader", // where Storywire's user `reader` may hear answers
});
const manager = await jetstreamManager(connection);
await manager.consumers.add(stream, {
  durable_name,
  filter_subject: "story.*.processing.complete",
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(10_000), // what is not acknowledged by then comes again
});

const consumer = await jetstream(connection).consumers.get(stream, durable_name);
const stories = await consumer.consume();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stories.close());
console.log("listening");

for await (const message of stories) {
  const story = message.json();
  console.log(`${story.storyId}: ${story.generatedWordCount} words (event ${message.headers.get("ce-id")})`);
  message.ack(); // only now: had we crashed before, it would come again
}
await connection.drain();
