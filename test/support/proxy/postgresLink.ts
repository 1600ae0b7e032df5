import { PostgresMessages } from "./postgresMessages.ts";
import { type Passage, Relay, type Wire } from "./relay.ts";

const NOTHING = Buffer.alloc(0);

/** A moment of the conversation at which a connection is cut. */
export type Moment =
  /** When the client has sent so many bytes of COPY data. */
  | { at: "copy"; bytes: number }
  /** The client has sent COMMIT: it does not arrive. */
  | { at: "before commit" }
  /** The server has committed: its answer does not arrive. */
  | { at: "after commit" };

interface Trap {
  moment: Moment;
  application: string;
  sprung: () => void;
  /** The connection that has sent its COMMIT, whose answer will not pass. */
  owner?: Wire;
}

/** The connections between clients and a PostgreSQL server. */
export class PostgresLink {
  readonly relay: Relay;
  /** Of the database, by way of this link. */
  readonly url: string;
  private readonly traps: { set: Trap | undefined };

  private constructor(relay: Relay, url: string, traps: { set: Trap | undefined }) {
    this.relay = relay;
    this.url = url;
    this.traps = traps;
  }

  static async open(databaseUrl: string): Promise<PostgresLink> {
    const url = new URL(databaseUrl);
    const traps = { set: undefined };
    const relay = await Relay.open(Number(url.port), () => new TrappedWire(traps));
    url.port = String(relay.port);
    return new PostgresLink(relay, url.href, traps);
  }

  /**
   * Cuts the first connection of `application` that comes to the moment.
   * @returns a promise of that, to be given up with disarm()
   */
  cutAt(moment: Moment, application: string): Promise<void> {
    return new Promise((resolve) => {
      this.traps.set = {
        moment,
        application,
        sprung: () => {
          this.traps.set = undefined;
          resolve();
        },
      };
    });
  }

  disarm(): void {
    this.traps.set = undefined;
  }
}

class TrappedWire implements Wire {
  private readonly sent = new PostgresMessages("client");
  private readonly received = new PostgresMessages("server");
  private readonly traps: { set: Trap | undefined };
  private application = "";
  private copied = 0;

  constructor(traps: { set: Trap | undefined }) {
    this.traps = traps;
  }

  fromClient(chunk: Buffer): Passage {
    for (const { type, from, to, complete, head } of this.sent.read(chunk)) {
      if (type === "" && complete) this.application = applicationIn(head);
      const trap = this.traps.set;
      if (trap?.application !== this.application || trap.owner) continue;
      const { moment } = trap;
      if (moment.at === "copy") {
        if (type !== "d") this.copied = 0;
        else if (this.copied + to - from < moment.bytes) this.copied += to - from;
        else {
          trap.sprung();
          return { last: chunk.subarray(0, from + moment.bytes - this.copied) };
        }
      } else if (complete && isCommit(type, head)) {
        if (moment.at === "after commit") trap.owner = this;
        else {
          trap.sprung();
          return { last: NOTHING };
        }
      }
    }
    return chunk;
  }

  fromServer(chunk: Buffer): Passage {
    for (const { type, complete, head } of this.received.read(chunk)) {
      const trap = this.traps.set;
      if (trap?.owner !== this || !complete || type !== "C" || !head.toString().startsWith("COMMIT"))
        continue;
      trap.sprung();
      return { last: NOTHING };
    }
    return chunk;
  }
}

/** Startup parameters: zero-ended names and values in turn, behind the protocol's version. */
function applicationIn(startup: Buffer): string {
  const words = startup.subarray(4).toString().split("\0");
  return words[words.indexOf("application_name") + 1] ?? "";
}

/** As a simple query, or as the statement that an extended one parses. */
const isCommit = (type: string, head: Buffer): boolean =>
  (type === "Q" || type === "P") && /(^|;)\s*commit\s*(;|$)/i.test(head.toString().replaceAll("\0", ";"));
