import { defineConfig } from "vite";

export default defineConfig({
  server: { port: 3000, strictPort: true }, // the gateway lets this origin in
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: addresses
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
});
