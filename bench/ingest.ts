import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { measureBaseline } from "./baselineCopy.ts";
import { measureDecode } from "./decodeOnly.ts";
import { measureEndToEnd } from "./endToEnd.ts";
import { Environment, ROOT } from "./environment.ts";
import { measureFoldCost } from "./foldCost.ts";
import { HINT_SETTINGS, watchPostgres } from "./hints.ts";
import { ingestReport } from "./ingestReport.ts";
import type { IngestResult } from "./ingestResult.ts";
import type { Options } from "./options.ts";
import { busiestThread, profilesIn } from "./profile.ts";
import { describeMachine, RESULTS, writeJson } from "./report.ts";
import { fillTopic, forgetGroup, kafkaClient } from "./topic.ts";
import { engagements, type Times } from "./workload.ts";

/** @returns whether every audit passed */
export async function runIngestBench(options: Options): Promise<boolean> {
  const environment = new Environment();
  try {
    const result = await measure(options, environment);
    process.stdout.write(ingestReport(result));
    const file = await writeJson("ingest", result, result.machine.date);
    process.stdout.write(`\n${relative(process.cwd(), file)}\n`);
    return [...result.live, ...result.spread].every(({ audit }) => audit.passed);
  } finally {
    await environment.end();
  }
}

async function measure(options: Options, environment: Environment): Promise<IngestResult> {
  const { events, repeat, parts } = options;
  const plans: string[] = [];
  const database = await environment.postgres(options.hints ? HINT_SETTINGS : {}, (line) => plans.push(line));
  const result: IngestResult = {
    machine: await describeMachine(database),
    events,
    repeat,
    bytesPerEvent: 0,
    baseline: [],
    decode: [],
    live: [],
    spread: [],
    ratios: [],
    fold: [],
  };
  const broker = await environment.broker();
  const kafka = kafkaClient(broker.address);
  const now = Date.now();
  const workload = { count: events, seed: 42, now };
  if (parts.has("live") || parts.has("decode")) {
    const { bytes } = await fillTopic(kafka, "live", { ...workload, times: "live" });
    result.bytesPerEvent = bytes / events;
  }
  if (parts.has("spread")) await fillTopic(kafka, "spread", { ...workload, times: "spread" });
  const before = await profilesBefore(options);

  for (let run = 0; run < repeat; run++) {
    if (parts.has("baseline"))
      result.baseline.push(await measureBaseline(database, [...engagements(events, "live", 42, now)]));
    if (parts.has("decode")) result.decode.push(await measureDecode(environment, broker, "live", events));
    for (const topic of ["live", "spread"] satisfies Times[]) {
      if (!parts.has(topic)) continue;
      const watched = options.hints && topic === "live";
      result[topic].push(
        await measureEndToEnd({
          environment,
          database,
          broker,
          topic,
          events,
          nodeFlags: [
            ...options.nodeFlags,
            ...(options.cpuProf && topic === "live" ? ["--cpu-prof", `--cpu-prof-dir=${RESULTS}`] : []),
          ],
          ...(watched && {
            watch: async (...run) => {
              const stop = await watchPostgres(...run);
              return async () => {
                result.hints = await stop();
              };
            },
          }),
        }),
      );
      await forgetGroup(kafka, `pulseboard-ingest-${topic}`);
    }
    const [live, baseline] = [result.live[run], result.baseline[run]];
    if (live && baseline) result.ratios.push(live.perSecond / baseline.perSecond);
  }
  if (parts.has("fold")) result.fold = await measureFoldCost(database);
  if (options.hints) await writeFile(join(RESULTS, "plans.log"), plans.join("\n"));
  if (options.cpuProf) {
    const made = profilesIn(RESULTS).filter((name) => !before.has(name));
    result.profile = busiestThread(RESULTS, made);
    for (const name of made) process.stderr.write(`${relative(ROOT, RESULTS)}/${name}\n`);
  }
  return result;
}

async function profilesBefore({ cpuProf, hints }: Options): Promise<Set<string>> {
  if (!cpuProf && !hints) return new Set();
  await mkdir(RESULTS, { recursive: true });
  return new Set(profilesIn(RESULTS));
}
