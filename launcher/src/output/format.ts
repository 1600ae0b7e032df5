export type Level = "debug" | "info" | "warn" | "error";

export interface Entry {
  time: Date;
  level: Level;
  message: string;
  facts: Record<string, unknown>;
}

const NAMES: Record<string, Level> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
};

/** pino's numbers, or the words that others write. */
function levelOf(level: unknown): Level {
  if (typeof level === "string") return NAMES[level] ?? "info";
  if (typeof level !== "number") return "info";
  return level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : "debug";
}

/** Of every line the same, or the part's name that stands before it anyway. */
const PLUMBING = new Set(["level", "time", "name", "pid", "hostname", "msg", "v", "service"]);

/** One line of a part's log as JSON; undefined when it is something else. */
export function parseEntry(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof fields.msg !== "string" && fields.level === undefined) return undefined;
  const time = new Date((fields.time as string | number | undefined) ?? Date.now());
  return {
    time: Number.isNaN(time.getTime()) ? new Date() : time,
    level: levelOf(fields.level),
    message: typeof fields.msg === "string" ? fields.msg : "",
    facts: Object.fromEntries(Object.entries(fields).filter(([key]) => !PLUMBING.has(key))),
  };
}

function value(fact: unknown): string {
  if (typeof fact === "string") return /^[^\s"=]+$/.test(fact) ? fact : JSON.stringify(fact);
  return JSON.stringify(fact) ?? "undefined";
}

/** `key=value`; an error as its message, since the stack is for LOG_LEVEL=debug. */
export function formatFacts(facts: Record<string, unknown>, stacks: boolean): string {
  const parts: string[] = [];
  let stack = "";
  for (const [key, fact] of Object.entries(facts)) {
    const error = key === "err" ? (fact as { message?: string; stack?: string } | null) : null;
    if (!error?.message) {
      parts.push(`${key}=${value(fact)}`);
      continue;
    }
    parts.push(`error=${value(error.message)}`);
    if (stacks && error.stack) stack = `\n${error.stack}`;
  }
  return parts.join(" ") + stack;
}

const two = (n: number) => String(n).padStart(2, "0");
export const clock = (time: Date): string =>
  `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
