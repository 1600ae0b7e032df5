import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createPool } from "@pulseboard/runtime";
import { expect, it, onTestFinished } from "vitest";
import { databaseCheck } from "../src/health.ts";

it("a database that takes connections and says nothing is named after two seconds, and asked once", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on("error", () => {})));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const pool = createPool({
    databaseUrl: `postgresql://nobody@127.0.0.1:${port}/none`,
    applicationName: "health-test",
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    await pool.end();
  });

  const check = databaseCheck(pool);
  const silence = { ok: false, detail: "no answer within 2 s" };
  expect(await Promise.all([check(), check(), check()])).toEqual([silence, silence, silence]);
  expect(sockets).toHaveLength(1);
});
