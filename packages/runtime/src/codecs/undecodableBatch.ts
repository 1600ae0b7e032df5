/** A compressed batch that is broken or inflates beyond the bound. */
export class UndecodableBatch extends Error {
  override name = "UndecodableBatch";
}

export function requireAtMost(limit: number, bytes: number): void {
  if (bytes > limit) throw new UndecodableBatch(`inflates beyond the ${limit} bytes that are allowed`);
}
