import { createPool } from "@pulseboard/runtime";
import type { Client, Pool } from "pg";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { openConnection } from "../../src/fold/connection.ts";
import { Wire } from "./faults.ts";
import { REFUSED_USER } from "./messages.ts";

/** A fold's connection, which can be cut. */
export interface Folder {
  wire: Wire;
  client: Client;
  wasCut: boolean;
}

/** A database that many histories use one after the other, each with a topic, posts and authors of its own. */
export class ModelDatabase {
  /** What every process and every fold takes for the time, ms. */
  clock: number;
  /** Histories begun. */
  histories = 0;
  readonly url: string;
  readonly pool: Pool;
  private readonly folders: (Folder | undefined)[] = [];
  private readonly drop: () => Promise<void>;

  private constructor(url: string, drop: () => Promise<void>, clock: number) {
    this.url = url;
    this.drop = drop;
    this.clock = clock;
    this.pool = createPool({ databaseUrl: url, applicationName: "model", max: 10 });
  }

  /** @param clock ms */
  static async open(clock: number): Promise<ModelDatabase> {
    const { url, drop } = await createTestDatabase();
    const database = new ModelDatabase(url, drop, clock);
    const name = new URL(url).pathname.slice(1);
    await database.pool.query(`
      alter database ${name} set deadlock_timeout = '50ms';
      alter table engagements add check (user_id <> ${REFUSED_USER});
      update stats set as_of = 'epoch', window_minute = ${Math.floor(clock / 60_000)}, minutes_from = ${Math.floor(clock / 60_000) - 2880}, today = to_timestamp(${clock / 1000}) at time zone 'UTC'`);
    return database;
  }

  /** A millisecond passes. @returns the time, ms */
  tick(): number {
    this.clock += 1;
    return this.clock;
  }

  /** The fold's connection of one process. */
  async folder(process: number): Promise<Folder> {
    const known = this.folders[process];
    if (known && !known.wasCut) return known;
    await known?.client.end();
    const real = await openConnection(this.url);
    const folder: Folder = {
      wire: new Wire({
        onCut: () => {
          folder.wasCut = true;
        },
      }),
      client: real,
      wasCut: false,
    };
    folder.client = folder.wire.client(real);
    this.folders[process] = folder;
    return folder;
  }

  /** Whether a fault has cut that connection. */
  isCut(process: number): boolean {
    return this.folders[process]?.wasCut ?? false;
  }

  async close(): Promise<void> {
    for (const folder of this.folders) await folder?.client.end();
    await this.pool.end();
    await this.drop();
  }
}
