import type { ParseArgsConfig } from "node:util";
import { parseOptions } from "../../packages/runtime/src/command.ts";
import { ConfigError } from "../../packages/runtime/src/env.ts";

/** Options of a bench; what is wrong with one is said in a line that names what was expected. */
export class Options {
  private readonly values: Record<string, string | boolean | undefined>;

  /** @param kinds by name: whether it takes a value */
  constructor(args: string[], kinds: Record<string, "string" | "boolean">) {
    const options: ParseArgsConfig["options"] = { help: { type: "boolean", short: "h" } };
    for (const [name, type] of Object.entries(kinds)) options[name] = { type };
    this.values = parseOptions({ args, options }).values as typeof this.values;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  text(name: string, absent: string): string {
    return String(this.values[name] ?? absent);
  }

  integer(name: string, absent: number, range: { from?: number; to: number }): number {
    return this.wholeNumber(name, this.text(name, String(absent)), range);
  }

  one<T extends string>(name: string, absent: T, known: readonly T[]): T {
    const given = this.text(name, absent) as T;
    if (!known.includes(given))
      throw new ConfigError(`--${name}: expected one of ${known.join(", ")}, got ${JSON.stringify(given)}`);
    return given;
  }

  /** Some of `known`, separated by commas, in the order of `known`. */
  list<T extends string>(name: string, absent: readonly T[], known: readonly T[]): T[] {
    const given = this.text(name, absent.join(",")).split(",");
    const wrong = given.find((each) => !known.includes(each as T));
    if (wrong !== undefined)
      throw new ConfigError(`--${name}: expected some of ${known.join(",")}, got ${JSON.stringify(wrong)}`);
    return known.filter((each) => given.includes(each));
  }

  integers(name: string, absent: readonly number[], range: { to: number }): number[] {
    return this.text(name, absent.join(","))
      .split(",")
      .map((text) => this.wholeNumber(name, text, range));
  }

  /** Above 0, up to `to`. */
  fraction(name: string, absent: number, to: number): number {
    const text = this.text(name, String(absent));
    const value = Number(text);
    if (!/^\d*\.?\d+$/.test(text) || !(value > 0 && value <= to))
      throw new ConfigError(
        `--${name}: expected a number above 0 and up to ${to}, got ${JSON.stringify(text)}`,
      );
    return value;
  }

  private wholeNumber(name: string, text: string, { from = 1, to }: { from?: number; to: number }): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to)
      throw new ConfigError(
        `--${name}: expected an integer from ${from} to ${to}, got ${JSON.stringify(text)}`,
      );
    return value;
  }
}
