import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import { createHttpServer, SERVER_BOUNDS, type ServerBounds } from "../src/http/server.ts";
import { startTestApi, type TestApi, WRITE_KEY } from "./apiFixture.ts";

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi((await createTestDatabase()).url);
});

interface Connection {
  socket: Socket;
  /** All that was answered. */
  seen(): string;
  /** When the server has closed it. */
  closed: Promise<void>;
}

async function open(port: number, { allowHalfOpen = false } = {}): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
  let seen = "";
  socket.on("data", (data) => {
    seen += data.toString("latin1");
  });
  socket.on("error", () => {}); // a server that closes while we write resets
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  onTeardown(async () => void socket.destroy());
  await once(socket, "connect");
  return { socket, seen: () => seen, closed };
}

const portOf = (url: string) => Number(new URL(url).port);

/** The API's server, with times a test can wait for. */
async function quick({ answer = "ok", ...bounds }: Partial<ServerBounds & { answer: string }> = {}): Promise<{
  port: number;
  server: Server;
}> {
  const server = createHttpServer((_request, response) => void response.end(answer), {
    ...SERVER_BOUNDS,
    ...{ headersTimeoutMs: 300, requestTimeoutMs: 600, keepAliveTimeoutMs: 300, lookEveryMs: 50, ...bounds },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTeardown(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as { port: number }).port, server };
}

test("headers of more than 16 KiB are answered 431, and the connection is closed", async () => {
  const { socket, seen, closed } = await open(portOf(api.url));
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(17_000)}\r\n\r\n`);
  await closed;
  expect(seen()).toMatch(/^HTTP\/1\.1 431 .*application\/problem\+json.*"status":431/s);
});

test("more than a hundred headers are answered 431", async () => {
  const { socket, seen } = await open(portOf(api.url));
  const headers = Array.from({ length: 101 }, (_, index) => `X-${index}: y\r\n`).join("");
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  await until(() => /^HTTP\/1\.1 431 .*at most 100 headers/s.test(seen()));
});

test("an address of more than 4096 characters is answered 414", async () => {
  expect((await api.get(`/live/stats?${"x".repeat(4_100)}`)).status).toBe(414);
  expect((await api.get(`/live/stats?${"x".repeat(4_000)}`)).status).toBe(200);
});

test("what is not HTTP is answered 400, and the connection is closed", async () => {
  const { socket, seen, closed } = await open(portOf(api.url));
  socket.write("\u0016\u0003\u0001\u0002 hello\r\n\r\n");
  await closed;
  expect(seen()).toMatch(/^HTTP\/1\.1 400 /);
});

test("a request with both a length and chunks, as smuggling needs it, is refused", async () => {
  const { socket, seen, closed } = await open(portOf(api.url));
  socket.write(
    "POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  );
  await closed;
  expect(seen()).toMatch(/^HTTP\/1\.1 400 /);
});

test("headers that come a byte at a time are cut off with 408", async () => {
  const { port } = await quick();
  const { socket, seen, closed } = await open(port);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const drip = setInterval(() => socket.write("x"), 20);
  onTeardown(async () => clearInterval(drip));
  await closed;
  expect(seen()).toMatch(/^HTTP\/1\.1 408 /);
});

/** Connections that the server holds. */
const held = (server: Server) => () =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

test("an offer to speak another protocol is passed over: the request is answered, and the next one too", async () => {
  const { socket, seen } = await open(portOf(api.url));
  const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
  const answers = () => seen().match(/HTTP\/1\.1 \d+/g) ?? [];
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${offer}\r\n`);
  await until(() => answers().length === 1);
  socket.write(`PUT /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n${offer}\r\n{}`);
  await until(() => answers().length === 2);
  socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await until(() => answers().length === 3);
  expect(answers()).toEqual(["HTTP/1.1 200", "HTTP/1.1 405", "HTTP/1.1 200"]);
});

test("who is cut off is let go of, though it never closes its end", async () => {
  const { port, server } = await quick();
  const { socket, seen } = await open(port, { allowHalfOpen: true });
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  await until(() => seen().startsWith("HTTP/1.1 408 "));
  await until(held(server), { is: (connections) => connections === 0 });
});

test("who takes none of its answers is let go of", async () => {
  const { port, server } = await quick({ stillMs: 300, answer: "x".repeat(200_000) });
  const come = once(server, "connection");
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  onTeardown(async () => void socket.destroy());
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200));
  await come;
  await until(held(server), { is: (connections) => connections === 0 });
});

test("a body that comes a byte at a time is cut off", async () => {
  const { port } = await quick();
  const { socket, closed } = await open(port);
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  const drip = setInterval(() => socket.write("x"), 20);
  onTeardown(async () => clearInterval(drip));
  await closed;
});

test("a connection that says nothing is closed, before and after a request", async () => {
  const { port } = await quick();
  await (await open(port)).closed;
  const { socket, seen, closed } = await open(port);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await closed;
  expect(seen()).toMatch(/^HTTP\/1\.1 200 /);
});

test("connections beyond the bound are refused, and taken again when others have gone", async () => {
  const { port, server } = await quick({
    connections: 3,
    headersTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
  });
  const taken = await Promise.all([open(port), open(port), open(port)]);
  const dropped = once(server, "drop");
  const surplus = await open(port);
  await dropped;
  await surplus.closed;
  taken[0]!.socket.destroy();
  await until(async () => (await fetch(`http://127.0.0.1:${port}`)).status, {
    is: (status) => status === 200,
  });
});

test.each([
  ["as they come", 4 * 1024 * 1024, ""],
  ["as compressed ones may become", 20, "Content-Encoding: gzip\r\n"],
])(
  "bodies of 256 MiB, %s, are received at once, more are answered 503 until some are gone",
  async (_, length, encoding) => {
    const ask = async (bytes: number, headers = "") => {
      const connection = await open(portOf(api.url));
      connection.socket.write(
        `POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${WRITE_KEY}\r\n` +
          `Content-Type: application/json\r\n${headers}Content-Length: ${bytes}\r\n\r\n[`,
      );
      return connection;
    };
    const asked = await Promise.all(Array.from({ length: 66 }, () => ask(length, encoding)));
    const refused = () => asked.filter(({ seen }) => seen().startsWith("HTTP/1.1 503 "));
    await until(() => refused().length, { is: (count) => count === 2 });
    expect(refused()[0]!.seen()).toMatch(/Retry-After: 1\r\n.*at once, try again/s);

    for (const { socket, seen } of asked) if (!seen()) socket.destroy();
    await until(async () => {
      const { socket, seen } = await ask(2);
      socket.write("]");
      await until(() => seen() !== "");
      socket.destroy();
      return seen().startsWith("HTTP/1.1 400 "); // there is no event in it, but it was read
    });
  },
);
