import type pg from "pg";

/** The text as searches compare it: by the function that has folded titles and names. */
export async function foldText(client: pg.ClientBase, text: string): Promise<string> {
  const { rows } = await client.query<{ folded: string }>({
    name: "folded text",
    text: "select fold_text($1) as folded",
    values: [text],
  });
  return rows[0]!.folded;
}
