import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { compression, defineAlgorithm } from "vite-plugin-compression2";

/** The API that `npm run dev -w web` talks to. */
const API = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/dashboard/",
  plugins: [
    svelte(),
    // The API serves these forms as they are: nothing is compressed while a reader waits.
    compression({
      algorithms: [defineAlgorithm("brotliCompress"), defineAlgorithm("gzip")],
      threshold: 1_000,
    }),
  ],
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
