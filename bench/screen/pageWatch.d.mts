export function watchSum(place: { selector: string; attribute: string }): void;
export function shownAt(sum: number): number | undefined;
