import { render } from "preact";

import { Guest, storywire } from "../client/src/index.ts";
import { App } from "./app.tsx";
import { Client } from "./client.ts";
import { readConfig } from "./config.ts";
import { guest } from "./memory.ts";
import "./style/index.css";

const { gateway } = await readConfig();
const client = storywire(gateway, new Guest(gateway, guest));
client.connection.state.subscribe(({ kind }) => {
  if (kind === "live") console.info("Connected to stories namespace");
});
render(
  <Client.Provider value={client}>
    <App />
  </Client.Provider>,
  document.getElementById("page")!,
);
