/** Axes: where the ticks of a scale stand. */

/** 1, 2 or 5 times a power of ten, the least that is not below. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10;
  return step * power;
}

/**
 * Ticks of an axis that begins at zero and holds `top`; whole numbers, because counts are. The last tick is at or
 * above `top`.
 *
 * @param parts how many parts the axis has at most
 */
export function ticksTo(top: number, parts: number): number[] {
  const step = Math.max(1, niceStep(Math.max(top, 1) / parts));
  const count = Math.max(1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** 1, 2 and 5 times the powers of ten within a logarithmic axis, or the powers alone where that is enough. */
export function logTicks(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10) powers.push(power);
  const within = (factors: number[]) =>
    powers.flatMap((power) => factors.map((factor) => factor * power)).filter((at) => at >= from && at <= to);
  const fine = within([1, 2, 5]);
  return fine.length <= 9 ? fine : within([1]);
}
