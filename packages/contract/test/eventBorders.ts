/** Fields as JSON has them, at the borders of what an event may hold; `wrong` names the one that is refused. */
export interface Border {
  fields: string;
  wrong?: "event_id" | "type" | "post_id" | "user_id" | "engaged_timestamp";
}

const ID = "019ab111-2c00-7abc-8abc-0123456789ab";

const ids = (["post_id", "user_id"] as const).flatMap((name) => {
  const rest = name === "post_id" ? "" : '"post_id":1,';
  const border = (value: string, wrong: boolean): Border => ({
    fields: `"type":"view",${rest}"${name}":${value}`,
    ...(wrong && { wrong: name }),
  });
  return [
    ...["1", "1.0", "10e-1", "2147483646", "2147483647", "2147483647.0"].map((value) => border(value, false)),
    ...["0", "-0", "-1", "2147483648", "4294967297", "9007199254740993", "1e10"].map((value) =>
      border(value, true),
    ),
    ...["1.5", "2147483647.5", '"1"', "true", "[1]", "{}"].map((value) => border(value, true)),
  ];
});

const times: Border[] = [
  ...[
    "2000-01-01T00:00:00Z",
    "2000-01-01T00:00:00.000Z",
    "2000-01-01T01:00:00+01:00",
    "2024-02-29T23:59:60Z",
  ].map((time) => ({ fields: `"type":"view","post_id":1,"engaged_timestamp":"${time}"` })),
  ...[
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:59:59.999+01:00",
    "2026-02-29T00:00:00Z",
    "2026-01-01T24:00:00Z",
  ].map((time) => ({
    fields: `"type":"view","post_id":1,"engaged_timestamp":"${time}"`,
    wrong: "engaged_timestamp" as const,
  })),
  ...["1767225600000", '""', "true"].map((value) => ({
    fields: `"type":"view","post_id":1,"engaged_timestamp":${value}`,
    wrong: "engaged_timestamp" as const,
  })),
];

const types: Border[] = [
  ...["view", "like", "comment", "share"].map((type) => ({ fields: `"type":"${type}","post_id":1` })),
  ...['"VIEW"', '"views"', '"vie"', '""', '"constructor"', "1", "null"].map((type) => ({
    fields: `"type":${type},"post_id":1`,
    wrong: "type" as const,
  })),
];

const eventIds: Border[] = [
  ...[`"${ID}"`, `"${ID.toUpperCase()}"`, "null"].map((id) => ({
    fields: `"event_id":${id},"type":"view","post_id":1`,
  })),
  ...[
    `"${ID}0"`,
    `"${ID.slice(1)}"`,
    `"{${ID}}"`,
    `"${ID.replaceAll("-", "")}"`,
    `"${ID.replace("a", "g")}"`,
    "1",
  ].map((id) => ({ fields: `"event_id":${id},"type":"view","post_id":1`, wrong: "event_id" as const })),
];

export const BORDERS: Border[] = [...ids, ...times, ...types, ...eventIds];
