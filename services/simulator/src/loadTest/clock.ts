/** ms on a clock that only goes forward and that all processes of this machine share, unlike performance.now(). */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
