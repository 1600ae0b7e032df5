import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder, testAdmin, testKafka } from "./support/brokers.ts";
import { forkMain, startChildBroker } from "./support/childBroker.ts";

const env = (more: Record<string, string> = {}) => ({
  PULSEBOARD_DATA: temporaryFolder(),
  KAFKA_PORT: "0",
  ...more,
});

/** Holds a port for the length of the test, unless another program holds it already. */
async function occupy(wanted: number): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(wanted);
      else reject(error);
    });
    server.listen(wanted, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
  onTestFinished(() => void server.close());
  return port;
}

test("--help says what there is and exits with 0", async () => {
  const { exited, stdout } = forkMain({}, ["--help"]);
  expect(await exited).toBe(0);
  for (const name of ["PULSEBOARD_DATA", "HOST", "KAFKA_PORT", "LOG_LEVEL"]) expect(stdout()).toContain(name);
});

test.each([
  ["an unknown argument", {}, ["--wrong"], /^broker: unknown argument --wrong.*\n$/],
  [
    "a bad port",
    { KAFKA_PORT: "70000" },
    [],
    /^broker: KAFKA_PORT: a port from 0 to 65535 expected, got "70000"\n$/,
  ],
  ["a bad log level", { LOG_LEVEL: "loud" }, [], /^broker: LOG_LEVEL: .*expected, got "loud"\n$/],
])("%s is one clear line and a status that is not 0", async (_name, more, args, line) => {
  const { exited, stderr, stdout } = forkMain(env(more), args);
  expect(await exited).toBe(2);
  expect(stderr()).toMatch(line);
  expect(stdout()).toBe("");
});

test("when ready it prints one line and tells its parent; SIGTERM ends it with 0 and frees the folder", async () => {
  const settings = env();
  for (let start = 0; start < 2; start++) {
    const { child, exited, stdout, stderr } = forkMain(settings);
    const [ready] = (await once(child, "message")) as [{ type: string; host: string; port: number }];
    expect(ready).toEqual({ type: "ready", host: "127.0.0.1", port: expect.any(Number) });
    const admin = await testAdmin(testKafka({ address: `127.0.0.1:${ready.port}` }));
    expect(await admin.listTopics()).toEqual([]);
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(stdout()).toBe(`kafka 127.0.0.1:${ready.port}\n`);
    for (const line of stderr().trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("msg");
  }
});

test("a port that was asked for and is taken is an error", async () => {
  const port = await occupy(0);
  const { exited, stderr } = forkMain(env({ KAFKA_PORT: String(port), LOG_LEVEL: "silent" }));
  expect(await exited).toBe(1);
  expect(stderr()).toBe(`broker: port ${port} on 127.0.0.1 is taken by another program\n`);
});

test("the default port, when taken, gives way to the next free one", async () => {
  await occupy(9092);
  const { child } = forkMain({ PULSEBOARD_DATA: temporaryFolder() });
  const [ready] = (await once(child, "message")) as [{ port: number }];
  expect(ready.port).toBeGreaterThan(9092);
});

test("it stops when the process that forked it lets go", async () => {
  const { child } = await startChildBroker(temporaryFolder());
  const exit = once(child, "exit");
  child.disconnect();
  expect(await exit).toEqual([0, null]);
});

test("a second process on the same data is refused with one line", async () => {
  const dataDir = temporaryFolder();
  await startChildBroker(dataDir);
  const { exited, stderr } = forkMain({ PULSEBOARD_DATA: dataDir, KAFKA_PORT: "0" });
  expect(await exited).toBe(1);
  expect(stderr()).toMatch(/^broker: the data folder .* is in use by the broker with process id \d+\n$/);
});
