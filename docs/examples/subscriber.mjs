// Hear of every story that is finished while this runs. Needs: npm install @nats-io/transport-node
import { connect } from "@nats-io/transport-node";

const { host, username, password } = new URL(process.env.NATS_URL ?? "nats://127.0.0.1:4222");
const connection = await connect({
  servers: host,
  user: username || undefined,
  pass: password || undefined,
  maxReconnectAttempts: -1,
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => connection.drain());

const finished = connection.subscribe("story.*.processing.complete");
await connection.flush(); // from here on nothing can be missed
console.log("listening");

for await (const message of finished) {
  const story = message.json();
  console.log(`${story.storyId}: ${story.generatedWordCount} words: ${JSON.stringify(story.generatedContent.slice(0, 40))}...`);
}
