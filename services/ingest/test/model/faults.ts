import type { ClientBase, Pool } from "pg";

/** What befalls a process at the `at`-th statement of its transactions, counted from 1. */
export interface Fault {
  at: number;
  /**
   * `before`: its connection is cut, and the statement never sent. `during`: it is cut once the statement is sent; of a
   * commit only the answer is lost. `hold`: the process stands still there until it is resumed.
   */
  how: "before" | "during" | "hold";
}

/**
 * The connections of one process. What is given to the process are proxies of real ones, which count the statements of
 * its transactions and cut the real connection, or hold the process, where a fault is armed.
 */
export class Wire {
  private fault: Fault | undefined;
  private noteHeld = (): void => {};
  private resumed: Promise<"on" | "cut"> = Promise.resolve("on");
  private noteResumed: (how: "on" | "cut") => void = () => {};
  private readonly beforeCommit: (client: ClientBase) => Promise<() => void>;
  private readonly onCut: () => void;

  /**
   * @param events.beforeCommit looks at what a transaction is about to commit; what it returns is called once the
   * commit has succeeded, whether the process hears of it or not
   * @param events.onCut called just before a connection is cut
   */
  constructor(events: {
    beforeCommit?: (client: ClientBase) => Promise<() => void>;
    onCut: () => void;
  }) {
    this.beforeCommit = events.beforeCommit ?? (async () => () => {});
    this.onCut = events.onCut;
  }

  /** Replaces the fault that was armed, whether it has come or not. */
  arm(fault: Fault | undefined): void {
    this.fault = fault && { ...fault };
  }

  /** To be called before the process is told to hold. @returns what resolves when it stands still */
  hold(): Promise<void> {
    this.resumed = new Promise((resolve) => {
      this.noteResumed = resolve;
    });
    return new Promise((resolve) => {
      this.noteHeld = resolve;
    });
  }

  /** Lets a process that stands still go on, or cuts its connection there; one that does not will not stand still. */
  resume(how: "on" | "cut"): void {
    this.fault = undefined;
    this.noteResumed(how);
  }

  pool(pool: Pool): Pool {
    const wired = { connect: async () => this.client(await pool.connect()), query: pool.query.bind(pool) };
    return wired as unknown as Pool;
  }

  client<T extends ClientBase>(client: T): T {
    return new Proxy(client, {
      get: (target, name) => {
        if (name === "query") return (...args: unknown[]) => this.query(target, args);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  private query(client: ClientBase, args: unknown[]): unknown {
    const how = this.due();
    const send = () => (client.query as (...args: unknown[]) => unknown)(...args);
    if (typeof (args[0] as { submit?: unknown }).submit !== "function")
      return this.execute(client, args[0], send, how);
    // A COPY is a stream, handed out at once: until it is sent it keeps what is written to it.
    if (how === "hold") {
      void this.stand().then((then) => {
        if (then === "cut") this.cut(client);
        send();
      });
      return args[0];
    }
    if (how === "before") this.cut(client);
    send();
    if (how === "during") this.cut(client);
    return args[0];
  }

  private async execute(
    client: ClientBase,
    statement: unknown,
    send: () => unknown,
    how: Fault["how"] | undefined,
  ): Promise<unknown> {
    const then = how === "hold" ? await this.stand() : "on";
    if (how === "before" || then === "cut") this.cut(client);
    const committed = statement === "commit" ? await this.beforeCommit(client) : () => {};
    const sent = send();
    if (statement !== "commit") {
      if (how === "during") this.cut(client);
      return sent;
    }
    const answer = await sent;
    committed();
    if (how !== "during") return answer;
    this.cut(client);
    throw new Error("Connection terminated unexpectedly");
  }

  private due(): Fault["how"] | undefined {
    const { fault } = this;
    if (!fault || --fault.at > 0) return undefined;
    this.fault = undefined;
    return fault.how;
  }

  private stand(): Promise<"on" | "cut"> {
    this.noteHeld();
    return this.resumed;
  }

  private cut(client: ClientBase): void {
    this.onCut();
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
