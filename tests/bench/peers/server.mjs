// What a user would write instead: events from NATS to the Socket.IO room of their story. `node server.mjs PORT NATS_URL`.
// One wildcard subscription, JSON parsed and written again, no history: whoever joins gets what comes from then on.
import { createServer } from "node:http";
import { connect } from "@nats-io/transport-node";
import { Server } from "socket.io";

const [port, nats_url] = process.argv.slice(2);
const http = createServer((_, answer) => answer.writeHead(200).end("ok"));
const stories = new Server(http).of("/stories");

stories.on("connection", (socket) => {
  socket.on("story:join", ({ storyId }, acknowledge) => {
    socket.join(storyId);
    acknowledge({ ok: true });
  });
});

const { host, username: user, password: pass } = new URL(nats_url);
const nats = await connect({ servers: host, user: user || undefined, pass: pass || undefined });
nats.subscribe("story.>", {
  callback: (error, message) => {
    if (error) throw error;
    const [, storyId, ...kind] = message.subject.split(".");
    stories.to(storyId).emit(`story:${kind.join(":")}`, message.json());
  },
});
await nats.flush();
http.listen(Number(port), "127.0.0.1", 2_048); // as many may knock at once as at uvicorn
