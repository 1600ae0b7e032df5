import { timeOfWeek } from "../model/curves.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MINUTE_MS = 60_000;

/** A day and a time of the week in UTC, as `Mon 08:00`. */
export const TIME_OF_WEEK = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)$/;

/** @returns ms since Monday 00:00 */
export function parseTimeOfWeek(text: string): number {
  const [, day = "", hours, minutes] = TIME_OF_WEEK.exec(text) ?? [];
  return (DAYS.indexOf(day) * 1440 + Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

/** The day and the time of the week at a moment, ms since the epoch. */
export function formatTimeOfWeek(epochMs: number): string {
  const minutes = Math.floor(timeOfWeek(epochMs) / MINUTE_MS);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${DAYS[Math.floor(minutes / 1440)]} ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}
