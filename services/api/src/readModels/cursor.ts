import { WrongParameter } from "./wrongParameter.ts";

export type Direction = "asc" | "desc";

/** Behind which row a list goes on: its value in the order, where that is a number, and its id. */
export interface Place {
  key: number | null;
  id: number;
}

/** Names the row and the order that it belongs to. */
export const writeCursor = (sort: string, direction: Direction, { key, id }: Place): string =>
  Buffer.from(JSON.stringify([sort, direction, key, id])).toString("base64url");

/** @throws WrongParameter when it is no cursor of this order, or stands beside an offset */
export function readCursor(
  { cursor, offset }: { cursor?: string | undefined; offset?: number | undefined },
  sort: string,
  direction: Direction,
): Place | undefined {
  if (cursor === undefined) return undefined;
  if (offset !== undefined) throw new WrongParameter("offset", "nothing beside a cursor");
  const wrong = new WrongParameter("cursor", "a next_cursor of an earlier answer with this sort and order");
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw wrong;
  }
  if (!Array.isArray(parts)) throw wrong;
  const [ofSort, ofDirection, key, id] = parts;
  const isKey = key === null || typeof key === "number";
  if (ofSort !== sort || ofDirection !== direction || !isKey || !Number.isInteger(id)) throw wrong;
  return { key, id };
}
