export { type Broker, startBroker } from "./broker.ts";
export { jsonLogger, type Logger, type LogLevel, silentLogger } from "./logger.ts";
export type { BrokerOptions, FsyncPolicy } from "./options.ts";
