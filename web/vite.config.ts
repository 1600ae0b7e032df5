import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The API that `npm run dev -w web` talks to. */
const API = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/dashboard/",
  plugins: [svelte()],
  build: {
    target: "es2023",
    // Every asset is a file: an inlined one would need data: in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // How long plugins take says nothing to who starts the whole.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    proxy: {
      "/socket.io": { target: API, ws: true },
      // Everything but the page itself is REST.
      "^/(?!dashboard/)": { target: API },
    },
  },
});
