import { fileURLToPath } from "node:url";
import { spawnService, type TestService } from "../support/process.ts";
import type { Random } from "./random.ts";

const SKEWED_CLOCK = fileURLToPath(new URL("skewedClock.mjs", import.meta.url));

/** The ingest processes that run side by side. */
export class Fleet {
  readonly members: TestService[] = [];
  /** Everything that ever ran, for its logs. */
  readonly history: TestService[] = [];
  private readonly env: () => Record<string, string>;
  private readonly deaths: string[] = [];

  /** @param env asked at every start */
  constructor(env: () => Record<string, string>) {
    this.env = env;
  }

  /** @param clockSkewMs how far its clock is ahead of all hosts' */
  async start(clockSkewMs = 0): Promise<TestService> {
    const member = await this.spawn({ CLOCK_SKEW_MS: String(clockSkewMs) }, "message");
    this.members.push(member);
    void member.exited.then(({ code, signal }) => {
      if (this.members.includes(member))
        this.deaths.push(
          `ingest ended by itself with ${signal ?? `status ${code}`}:\n${member.logs.slice(-10).join("\n")}`,
        );
    });
    return member;
  }

  /** One that is not awaited, to be killed while it starts. */
  startUnwatched(): Promise<TestService> {
    return this.spawn({}, "spawned");
  }

  async kill9(member: TestService): Promise<void> {
    this.dismiss(member);
    await member.kill9();
  }

  async stop(member: TestService): Promise<void> {
    this.dismiss(member);
    await member.stop({ timeoutMs: 30_000 });
  }

  /** Brings their number to one or two. */
  async level(random: Random): Promise<void> {
    while (this.members.length > 2 || (this.members.length === 2 && random.chance(0.5)))
      await this.stop(random.pick(this.members));
    if (this.members.length === 0) await this.start();
  }

  /** What ended by itself since the last question. */
  takeDeaths(): string[] {
    return this.deaths.splice(0);
  }

  private async spawn(env: Record<string, string>, readyWhen: "message" | "spawned"): Promise<TestService> {
    const service = await spawnService(
      "services/ingest/src/main.ts",
      { ...this.env(), NODE_OPTIONS: `--import ${SKEWED_CLOCK}`, ...env },
      { readyWhen, timeoutMs: 120_000 },
    );
    this.history.push(service);
    return service;
  }

  private dismiss(member: TestService): void {
    this.members.splice(this.members.indexOf(member), 1);
  }
}
