export interface Settings {
  /** Where clients connect, and where the broker finds its own controller. */
  port: number;
  controllerPort: number;
  logDir: string;
}

/**
 * server.properties of one machine: broker and controller in one process. Kafka's defaults, but for what assumes three
 * brokers, gigabytes of memory, or that a restart may take its time.
 */
export const serverProperties = ({ port, controllerPort, logDir }: Settings): string =>
  Object.entries({
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": logDir,
    "num.partitions": 6,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    // After kill -9 the broker may register again only when its former session is over.
    "broker.session.timeout.ms": 2_000,
    "broker.heartbeat.interval.ms": 300,
    "log.cleaner.dedupe.buffer.size": 16 << 20,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
