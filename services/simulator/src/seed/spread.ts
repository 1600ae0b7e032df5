/** Integers in proportion to the weights whose sum is exactly `total`; where a count falls follows the running sum. */
export function spread(total: number, weights: Float64Array): Float64Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  const counts = new Float64Array(weights.length);
  if (!(sum > 0)) return counts;
  const last = weights.findLastIndex((weight) => weight > 0);
  let running = 0;
  let given = 0;
  for (const [index, weight] of weights.entries()) {
    running += weight;
    // The last weight takes what rounding of the sum may have left.
    const due = index >= last ? total : Math.min(total, Math.round((total * running) / sum));
    counts[index] = due - given;
    given = due;
  }
  return counts;
}
