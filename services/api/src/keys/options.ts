import { ConfigError, parseOptions, SCOPES, type Scope } from "@pulseboard/runtime";
import { isScope } from "./table.ts";

export type KeyCommand = { json: boolean } & (
  | { command: "create"; name: string; scopes: Scope[] }
  | { command: "list"; limit: number }
  | { command: "revoke"; keyId: number }
  | { command: "share"; days: number; url: string | undefined }
);

const MAX_NAME_LENGTH = 100;
const LISTED = 100;
const MOST_LISTED = 10_000;
const MAX_DAYS = 365;
const MAX_INTEGER = 2 ** 31 - 1;

const FLAG = { type: "boolean", default: false } as const;
const TEXT = { type: "string" } as const;

const wrong = (message: string) => new ConfigError(`${message}; see --help`);

/** @throws ConfigError with one line that says what was expected */
export function readOptions([command, ...args]: string[]): KeyCommand {
  if (command === "create") {
    const { values } = parseOptions({ args, options: { name: TEXT, scopes: TEXT, json: FLAG } });
    return { command, name: nameOf(values.name), scopes: scopesOf(values.scopes), json: values.json };
  }
  if (command === "list") {
    const { values } = parseOptions({ args, options: { limit: TEXT, json: FLAG } });
    return {
      command,
      limit: values.limit === undefined ? LISTED : integer("--limit", values.limit, MOST_LISTED),
      json: values.json,
    };
  }
  if (command === "revoke") {
    const { values, positionals } = parseOptions({ args, options: { json: FLAG }, allowPositionals: true });
    if (positionals.length !== 1) throw wrong("revoke: expected the ID of one key");
    return { command, keyId: integer("ID", positionals[0]!, MAX_INTEGER), json: values.json };
  }
  if (command === "share") {
    const { values } = parseOptions({ args, options: { days: TEXT, url: TEXT, json: FLAG } });
    return {
      command,
      days: integer("--days", values.days ?? "7", MAX_DAYS),
      url: values.url === undefined ? undefined : siteOf(values.url),
      json: values.json,
    };
  }
  throw wrong(
    `expected create, list, revoke or share${command === undefined ? "" : `, not ${JSON.stringify(command)}`}`,
  );
}

function nameOf(text: string | undefined): string {
  const name = text?.trim() ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: which would write to the terminal of whoever lists keys
  if (!name || name.length > MAX_NAME_LENGTH || /[\u0000-\u001f\u007f-\u009f]/.test(name))
    throw wrong(`--name: expected 1 to ${MAX_NAME_LENGTH} characters, without control characters`);
  return name;
}

function scopesOf(text: string | undefined): Scope[] {
  const scopes = [...new Set(text?.split("+") ?? [])];
  const known = scopes.filter(isScope);
  if (!known.length || known.length < scopes.length)
    throw wrong(`--scopes: expected some of ${SCOPES.join(", ")}, joined by +`);
  return known;
}

/** As far as the folder that the dashboard is below, which ends in a slash. */
function siteOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw wrong("--url: expected the address of the site, such as https://stats.example.org");
  return url.href.replace(/\/?$/, "/");
}

function integer(name: string, text: string, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw wrong(`${name}: expected an integer from 1 to ${most}`);
  return value;
}
