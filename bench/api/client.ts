import { connect, type Socket } from "node:net";

export interface Answered {
  milliseconds: number;
  status: number;
  /** The stats version, from the ETag; undefined where there is none. */
  version: number | undefined;
  bytes: number;
}

const BUFFER_BYTES = 64 * 1024;
const END_OF_HEAD = Buffer.from("\r\n\r\n");

interface Asked {
  started: number;
  resolve(answered: Answered): void;
  reject(error: Error): void;
}

/**
 * One kept HTTP/1.1 connection, one request at a time. What it receives goes into one buffer that is used again and again:
 * Node's own client allocates a buffer for each answer, and collecting those would be in the figures.
 */
class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #asked: Asked | undefined;
  #answer: Omit<Answered, "milliseconds"> | undefined;
  /** What is still to come of the answer's body. */
  #bodyLeft = 0;
  /** The part of a head that came alone. */
  #begun = Buffer.alloc(0);

  constructor({ hostname, port, host }: URL) {
    this.#host = host;
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.alloc(BUFFER_BYTES),
        callback: (length, buffer) => {
          try {
            this.#take(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          } catch (error) {
            this.#fail(error as Error);
          }
          return true;
        },
      },
    });
    this.#socket.once("error", (error) => this.#fail(error));
    this.#socket.once("close", () => this.#fail(new Error("the server closed the connection")));
  }

  ask(path: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.#asked = { started: performance.now(), resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`);
    });
  }

  /** Servers close connections that rest. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(received: Buffer): void {
    let body = received.length;
    if (!this.#answer) {
      const bytes = Buffer.concat([this.#begun, received]);
      const end = bytes.indexOf(END_OF_HEAD);
      if (end < 0) {
        this.#begun = bytes;
        return;
      }
      this.#begun = Buffer.alloc(0);
      this.#answer = readHead(bytes.toString("latin1", 0, end));
      this.#bodyLeft = this.#answer.bytes;
      body = bytes.length - end - END_OF_HEAD.length;
    }
    this.#bodyLeft -= body;
    if (this.#bodyLeft < 0) throw new Error("more was received than Content-Length says");
    if (this.#bodyLeft === 0) this.#finish(this.#answer);
  }

  #finish(answer: Omit<Answered, "milliseconds">): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#answer = undefined;
    asked?.resolve({ ...answer, milliseconds: performance.now() - asked.started });
  }

  #fail(error: Error): void {
    this.#asked?.reject(error);
    this.#asked = undefined;
    this.#socket.destroy();
  }
}

function readHead(head: string): Omit<Answered, "milliseconds"> {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
  const version = /^etag: *"(\d+)\./im.exec(head)?.[1];
  return {
    status: Number(head.slice(9, 12)),
    version: version === undefined ? undefined : Number(version),
    bytes: Number(length),
  };
}

export interface Client {
  /** Times a whole answer, the body's last byte included. */
  ask(path: string): Promise<Answered>;
  end(): void;
}

/** As many connections as there are requests at a time. */
export function createClient(url: string): Client {
  const all: Connection[] = [];
  const idle: Connection[] = [];
  function connection(): Connection {
    const made = new Connection(new URL(url));
    all.push(made);
    return made;
  }
  return {
    async ask(path) {
      let mine = idle.pop();
      while (mine && !mine.isOpen) mine = idle.pop();
      mine ??= connection();
      const answered = await mine.ask(path);
      idle.push(mine);
      return answered;
    },
    end() {
      for (const each of all) each.end();
    },
  };
}

/** @throws when an answer is not a 200: a fast error is worth nothing. */
export function expectAnswer(path: string, answered: Answered): Answered {
  if (answered.status !== 200) throw new Error(`${path}: expected 200, got ${answered.status}`);
  return answered;
}
