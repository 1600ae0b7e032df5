import { base, en, Faker } from "@faker-js/faker";
import { hash } from "../random.ts";
import type { Category } from "./plan.ts";
import { COMMON, VOCABULARY } from "./vocabulary.ts";

/** Faker with a seed of its own, so that what one part draws never shifts another. */
export const createFaker = (seed: number, part: string): Faker =>
  new Faker({ locale: [en, base], seed: hash(seed, "faker", part) });

/** Tries for a headline that was not used before; after that a repeat is let through. */
const TRIES = 40;

/** Headlines of a category as an editorial site has them. */
export function createHeadlines(seed: number, year: number): (category: Category) => string {
  const faker = createFaker(seed, "headlines");
  const used = new Set<string>();

  const made: Record<string, () => string> = {
    company: () => `${faker.person.lastName()} ${faker.helpers.arrayElement(COMPANY_ENDINGS)}`,
    person: () => `${faker.person.firstName()} ${faker.person.lastName()}`,
    n: () => String(faker.number.int({ min: 3, max: 15 })),
    pct: () => String(faker.number.int({ min: 4, max: 60 })),
    year: () => String(year),
    dish: () => titled(faker.food.dish()),
    ingredient: () => titled(faker.food.ingredient()),
    cuisine: () => titled(faker.food.ethnicCategory()),
  };

  function fill(category: Category): string {
    const { templates, words } = VOCABULARY[category];
    const chosen = new Set<string>();
    const title = faker.helpers.arrayElement(templates).replace(/\{(\w+)\}/g, (_, name: string) => {
      // The same name twice in a template means two different words.
      for (;;) {
        const options = words[name] ?? COMMON[name];
        const word = options ? faker.helpers.arrayElement(options) : (made[name] as () => string)();
        if (chosen.has(word)) continue;
        chosen.add(word);
        return word;
      }
    });
    return title.charAt(0).toUpperCase() + title.slice(1);
  }

  return (category) => {
    let title = fill(category);
    for (let tries = 1; used.has(title) && tries < TRIES; tries++) title = fill(category);
    used.add(title);
    return title;
  };
}

const COMPANY_ENDINGS = [
  "Labs",
  "Group",
  "Systems",
  "Partners",
  "& Sons",
  "Industries",
  "Works",
  "Robotics",
  "Foods",
  "Analytics",
  "Mobility",
  "Capital",
];

/** "spaghetti and meatballs" as a headline has it. */
const titled = (text: string): string =>
  text.replace(/[\p{L}'’]+/gu, (word, at: number) =>
    at > 0 && /^(and|of|with|in|the|a|on)$/i.test(word)
      ? word.toLowerCase()
      : word.charAt(0).toUpperCase() + word.slice(1),
  );
