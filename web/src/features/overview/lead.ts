import { figure, percent } from "../../ui/format.ts";
import type { LastHour } from "../leaderboard/ranks.ts";

export interface Lead {
  strong: string;
  rest: string;
}

/**
 * The one sentence that answers what is happening, in words. `until` is set when the numbers are no longer
 * current: the sentence then speaks of the hour before that time, in the past.
 */
export function leadOf(allTime: number, hour: LastHour, until: string | null): Lead {
  if (allTime === 0) {
    return {
      strong: "Nothing to show yet.",
      rest: "The first engagement appears here within a second of arriving.",
    };
  }
  const when = until === null ? "in the last hour" : `in the hour before ${until}`;
  if (hour.engagements === 0 || hour.top === null) {
    return { strong: `Quiet ${when}.`, rest: `${figure(allTime)} engagements in all, none of them then.` };
  }
  const count = `${hour.complete ? "" : "More than "}${figure(hour.engagements)}`;
  const noun = hour.engagements === 1 ? "engagement" : "engagements";
  const were = until === null ? "" : " were";
  const share =
    hour.top.engagements === hour.engagements ? "all" : percent(hour.top.engagements, hour.engagements);
  return { strong: `${count} ${noun} ${when},`, rest: `${share} of them${were} ${hour.top.label}.` };
}
