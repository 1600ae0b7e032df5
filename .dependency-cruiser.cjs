/** The import directions of the design: contract <- runtime <- services; web -> contract only. */
const SERVICES = "^services/([^/]+)/";

/** Programs and configuration that nothing imports. */
const ENTRY_POINTS = [
  "(^|/)main\\.ts$",
  "^launcher/src/postgres/host\\.ts$",
  "^web/src/main\\.ts$",
  "^services/api/src/http/docs/",
  "(^|/)vite\\.config\\.ts$",
  "\\.d\\.ts$",
  "/index\\.ts$",
  "^(test|bench)/",
  "/test/",
];

/** A folder of ours may import these and no other folder of ours. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: from, pathNot: "/test/" },
  to: {
    path: "^(packages|services|schema|launcher|web|test|bench)/",
    pathNot: [from, ...allowed],
  },
});

module.exports = {
  forbidden: [
    only("contract-stands-alone", "^packages/contract/", [], "the contract imports nothing of ours"),
    only("runtime-has-no-domain", "^packages/runtime/", [], "process plumbing knows nothing of the domain"),
    only(
      "embedded-kafka-stands-alone",
      "^packages/embedded-kafka/",
      [],
      "the broker imports nothing of ours",
    ),
    only("schema-needs-runtime-only", "^schema/", ["^packages/runtime/"], "the migrations run by themselves"),
    only(
      "web-needs-contract-only",
      "^web/",
      ["^packages/contract/"],
      "the browser gets the contract, nothing else",
    ),
    only(
      "launcher-starts-processes",
      "^launcher/",
      ["^packages/runtime/", "^schema/"],
      "the launcher knows the parts by their programs, not by their code",
    ),
    {
      name: "service-never-imports-service",
      comment: "Kafka and PostgreSQL are the only couplings between services",
      severity: "error",
      from: { path: SERVICES, pathNot: "/test/" },
      to: {
        path: ["^(services|launcher|web|test|bench)/", "^packages/embedded-kafka/"],
        pathNot: "^services/$1/",
      },
    },
    {
      name: "no-program-in-library",
      comment: "nothing imports a program's entry point",
      severity: "error",
      from: { pathNot: ["/test/", "^test/", "^bench/"] },
      to: { path: "^(packages|services|schema|launcher)/.*/main\\.ts$" },
    },
    {
      name: "sources-do-not-need-tests",
      severity: "error",
      from: { pathNot: ["/test/", "^(test|bench)/"] },
      to: { path: ["/test/", "^(test|bench)/"] },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      comment: "a file that nothing imports and that imports nothing is left over",
      severity: "error",
      from: { orphan: true, pathNot: ENTRY_POINTS },
      to: {},
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Programs of other clients, whose packages are installed where they run.
    exclude: {
      path: [
        ...["(^|/)dist/", "^node_modules/"],
        ...["^packages/embedded-kafka/test/clients/", "^services/api/test/clients/programs/"],
      ],
    },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "svelte", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".json", ".svelte"],
    },
  },
};
