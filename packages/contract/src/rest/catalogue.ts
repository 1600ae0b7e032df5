import { z } from "zod";
import { MAX_ID } from "../event.ts";
import { parseTimestamp } from "../time.ts";

/** Of a body of PUT /authors/{author_id} and PUT /posts/{post_id}. */
export const MAX_CATALOGUE_BODY_BYTES = 64 * 1024;
/** Of a name, or of a category. */
export const MAX_NAME_LENGTH = 200;
export const MAX_TITLE_LENGTH = 1_000;
export const MAX_EXTERNAL_ID_LENGTH = 200;
export const MAX_URL_LENGTH = 2_000;

/** http or https, without blanks or control characters; its length in code points. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a URL has none
const URL_PATTERN = /^https?:\/\/[^\s\x00-\x1f\x7f-\x9f\p{Surrogate}]+$/iu;
export const isWebUrl = (text: string): boolean =>
  URL_PATTERN.test(text) && [...text].length <= MAX_URL_LENGTH && URL.canParse(text);

/** A text that the database gives back as it got it: no NUL, no half of a surrogate pair. Its length is in code points. */
const text = (max: number) => {
  const expected = `expected a text of 1 to ${max} characters, without NUL or lone surrogates`;
  const allowed = new RegExp(`^[^\\0\\p{Surrogate}]{1,${max}}$`, "u");
  return z
    .string(expected)
    .refine((value) => allowed.test(value), expected)
    .meta({ minLength: 1, maxLength: max, pattern: "^[^\\u0000]*$" });
};

const EXPECTED_ID = `expected an integer from 1 to ${MAX_ID}`;
const id = z.int(EXPECTED_ID).min(1, EXPECTED_ID).max(MAX_ID, EXPECTED_ID);

/** Absent is null: a PUT replaces the whole row. */
const nullable = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? null);

const EXPECTED_DATE = "expected a date, YYYY-MM-DD, from the year 1 on";
const date = z.iso.date(EXPECTED_DATE).refine((value) => value >= "0001", EXPECTED_DATE);

const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const EXPECTED_TIME = "expected an RFC 3339 time with zone, of the years 1 to 9999 in UTC";
const time = z
  .string(EXPECTED_TIME)
  .refine((value) => {
    const ms = parseTimestamp(value);
    return ms >= FIRST_MS && ms <= LAST_MS;
  }, EXPECTED_TIME)
  .meta({ format: "date-time" });

const EXPECTED_URL = `expected an http or https URL of at most ${MAX_URL_LENGTH} characters`;
const url = z
  .string(EXPECTED_URL)
  .refine(isWebUrl, EXPECTED_URL)
  .meta({ format: "uri", pattern: "^[hH][tT][tT][pP][sS]?://", maxLength: MAX_URL_LENGTH });

const externalId = text(MAX_EXTERNAL_ID_LENGTH).describe(
  "The id that another system gives it. Set once; left out or null it stays as it is",
);

const EXPECTED_LENGTH = `expected an integer from 0 to ${MAX_ID}, or null`;
const length = z.int(EXPECTED_LENGTH).min(0, EXPECTED_LENGTH).max(MAX_ID, EXPECTED_LENGTH);

// ---- PUT /authors/{author_id} ----
export const authorBody = z
  .strictObject(
    {
      author_id: id.optional().meta({ description: "That of the path, if given", readOnly: true }),
      name: text(MAX_NAME_LENGTH),
      joined_date: nullable(date),
      author_category: text(MAX_NAME_LENGTH),
      external_id: nullable(externalId),
      url: nullable(url),
    },
    { error: strictness },
  )
  .meta({
    id: "AuthorBody",
    examples: [
      {
        name: "Ada Reyes",
        joined_date: "2024-03-01",
        author_category: "Technology",
        external_id: "ada-reyes",
        url: "https://example.org/authors/ada-reyes",
      },
    ],
  });
export const authorRow = z
  .object({
    author_id: z.int(),
    name: z.string(),
    joined_date: z.iso.date().nullable(),
    author_category: z.string(),
    external_id: z.string().nullable(),
    url: z.string().nullable(),
  })
  .meta({ id: "Author" });
export type AuthorRow = z.infer<typeof authorRow>;

// ---- PUT /posts/{post_id} ----
export const postBody = z
  .strictObject(
    {
      post_id: id.optional().meta({ description: "That of the path, if given", readOnly: true }),
      author_id: id.describe("An author of the catalogue"),
      category: text(MAX_NAME_LENGTH),
      publish_timestamp: time,
      title: nullable(text(MAX_TITLE_LENGTH)),
      content_length: nullable(length),
      has_media: nullable(z.boolean("expected true, false or null")),
      external_id: nullable(externalId),
      url: nullable(url),
      withdrawn: nullable(z.boolean("expected true, false or null")).describe(
        "true takes the post off lists, false puts it back; left out or null it stays as it is",
      ),
      withdrawn_at: nullable(time).describe("When it was withdrawn, where that is not now"),
    },
    { error: strictness },
  )
  .refine(({ withdrawn, withdrawn_at }) => withdrawn !== false || withdrawn_at === null, {
    path: ["withdrawn_at"],
    message: "expected null or nothing beside withdrawn: false",
  })
  .meta({
    id: "PostBody",
    not: {
      required: ["withdrawn", "withdrawn_at"],
      properties: { withdrawn: { const: false }, withdrawn_at: { type: "string" } },
    },
    examples: [
      {
        author_id: 1,
        category: "Technology",
        publish_timestamp: "2026-01-31T08:30:00Z",
        title: "What a rollup costs",
        content_length: 4200,
        has_media: true,
        external_id: "cms-1742",
        url: "https://example.org/posts/what-a-rollup-costs",
      },
    ],
  });
export const postRow = z
  .object({
    post_id: z.int(),
    author_id: z.int(),
    category: z.string(),
    publish_timestamp: time,
    title: z.string().nullable(),
    content_length: z.int().nullable(),
    has_media: z.boolean().nullable(),
    external_id: z.string().nullable(),
    url: z.string().nullable(),
    withdrawn: z.boolean(),
    withdrawn_at: time.nullable(),
  })
  .meta({ id: "Post" });
export type PostRow = z.infer<typeof postRow>;

/** A column that does not exist is refused: misspelt, it would empty the one that was meant. */
function strictness(issue: { code?: string; keys?: string[] }): string {
  return issue.code === "unrecognized_keys" ? "there is no such column" : "expected a JSON object";
}
