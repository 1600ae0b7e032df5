/** Of as many values as there are: Math.max(...values) has no stack for the seconds of a long run. Null without any. */
export const maxOf = (values: readonly number[]): number | null =>
  values.reduce<number | null>((most, value) => (most === null || value > most ? value : most), null);
