// The official Socket.IO client under remote control: `node client.mjs GATEWAY TOKEN [TRANSPORT...]`. Commands come in on stdin, what
// happens goes out on stdout; both are one JSON object a line. When a lost connection is back, it joins again from where it was,
// as a page would.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [gateway, token, ...named] = process.argv.slice(2);
const transports = named.length ? named : ["polling", "websocket"];
const watched = new Map(); // story id -> the last sequence that arrived
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const socket = io(`${gateway}/stories`, { auth: { token }, transports, reconnectionDelay: 50, reconnectionDelayMax: 200 });

socket.on("connect", () => {
  say({ connected: socket.io.engine.transport.name });
  for (const [storyId, after] of watched) join({ storyId, after });
});
socket.io.engine.on("upgrade", (transport) => say({ upgraded: transport.name }));
socket.on("disconnect", (reason) => say({ disconnected: reason }));
socket.onAny((event, data) => {
  if (watched.has(data.storyId) && data.sequence) watched.set(data.storyId, data.sequence);
  say({ event, data });
});

async function submit({ text, name = "notes.txt", ...fields }) {
  const form = new FormData();
  form.set("file", new File([text], name, { type: "text/plain" }));
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  const answer = await fetch(`${gateway}/api/stories`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: form,
  });
  say({ submitted: { status: answer.status, body: await answer.json() } });
}

function join({ storyId, after = 0 }) {
  watched.set(storyId, after);
  ask("story:join", { storyId, after }, (ack) => {
    if (ack.error?.code !== "unavailable") return say({ joined: ack });
    setTimeout(() => watched.has(storyId) && join({ storyId, after }), 100); // a gateway that has only just come back
  });
}

function leave({ storyId }) {
  watched.delete(storyId);
  ask("story:leave", { storyId }, (ack) => say({ left: ack }));
}

// A callback and no promise: what it says stands before the events that came right behind the ack.
function ask(command, payload, then) {
  socket.timeout(10_000).emit(command, payload, (error, ack) => (error ? say({ unanswered: command }) : then(ack)));
}

const commands = { submit, join, leave };
await new Promise((resolve) => socket.once("connect", resolve));
for await (const line of createInterface({ input: process.stdin })) {
  for (const [command, payload] of Object.entries(JSON.parse(line))) await commands[command](payload);
}
socket.disconnect();
