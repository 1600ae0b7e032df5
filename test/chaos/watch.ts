import { setTimeout as sleep } from "node:timers/promises";
import { isTransientDatabaseError } from "../../packages/runtime/src/postgres.ts";
import type { World } from "./world.ts";

const EVERY_MS = 250;

/** Looks at the stats row all the time, whatever happens: version and as_of only grow, and as_of is never ahead. */
export class Watch {
  private readonly found = new Set<string>();
  private stopping = false;
  private readonly loop: Promise<void>;
  private last = { version: 0, asOf: 0 };
  private looks = 0;

  constructor(world: Pick<World, "query">) {
    this.loop = this.run(world);
  }

  takeDeviations(): string[] {
    const deviations = [...this.found];
    this.found.clear();
    return deviations;
  }

  /** One that has seen nothing is a deviation too. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.loop;
    if (this.looks === 0) this.found.add("the stats row was never seen");
  }

  private async run(world: Pick<World, "query">): Promise<void> {
    while (!this.stopping) {
      try {
        await this.look(world);
      } catch (error) {
        // The database is away now and then: that is what it is looked at for afterwards.
        if (!isTransientDatabaseError(error))
          this.found.add(`the stats row cannot be read: ${(error as Error).message}`);
      }
      await sleep(EVERY_MS);
    }
  }

  private async look(world: Pick<World, "query">): Promise<void> {
    const [row] = await world.query(
      "select version::float8, extract(epoch from as_of)::float8 as as_of, extract(epoch from clock_timestamp())::float8 as now from stats",
    );
    if (!row) throw new Error("there is none");
    this.looks += 1;
    const { version, as_of: asOf, now } = row;
    if (version < this.last.version)
      this.found.add(`the version fell from ${this.last.version} to ${version}`);
    if (asOf < this.last.asOf) this.found.add(`as_of fell by ${this.last.asOf - asOf} s`);
    if (asOf > now) this.found.add(`as_of was ${asOf - now} s ahead of the database's clock`);
    this.last = { version, asOf };
  }
}
