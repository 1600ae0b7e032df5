import type { Board } from "@pulseboard/contract";
import type { Connection, LiveSocket, Passenger } from "./connection.svelte.ts";

export interface Name {
  id: string;
  label: string;
}

/**
 * The names to filter by: those engaged in the last 24 hours, most engaged first. Asked for once a connection and
 * not followed, since a list that reorders under the pointer helps nobody.
 */
export class Names implements Passenger {
  #by: Board;
  #list = $state.raw<Name[]>([]);

  constructor(by: Board) {
    this.#by = by;
  }

  get list() {
    return this.#list;
  }

  labelOf(id: string): string | undefined {
    return this.#list.find((name) => name.id === id)?.label;
  }

  follow(connection: Connection): () => void {
    return connection.board(this);
  }

  connected(socket: LiveSocket): void {
    const request = { channel: "leaderboard", params: { by: this.#by, window: "24h", limit: 100 } };
    socket.emit("subscribe", request, (answer) => {
      if ("error" in answer) return;
      socket.emit("unsubscribe", request, () => {});
      const rows = answer.data as { id: string | number; label: string }[];
      this.#list = rows.map(({ id, label }) => ({ id: String(id), label }));
    });
  }

  disconnected(): void {}
}
