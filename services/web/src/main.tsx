import { render } from "preact";

import { storywire } from "../client/src/index.ts";
import { App } from "./app.tsx";
import { Client } from "./client.ts";
import { readConfig } from "./config.ts";
import "./style/index.css";

const { gateway } = await readConfig();
const client = storywire(gateway);
client.connection.state.subscribe(({ kind }) => {
  if (kind === "live") console.info("Connected to stories namespace");
});
render(
  <Client.Provider value={client}>
    <App />
  </Client.Provider>,
  document.getElementById("page")!,
);
