export interface Settings {
  /** Where clients connect, and where the broker finds its own controller. */
  port: number;
  controllerPort: number;
  logDir: string;
  /** A listener with TLS and SASL PLAIN beside the open one. */
  secure?: SecureListener;
  /** Added to those below. */
  settings?: Record<string, string>;
}

export interface SecureListener {
  port: number;
  /** PEM: its key, then its certificate. */
  keystore: string;
  username: string;
  password: string;
}

const secureProperties = ({ keystore, username, password }: SecureListener) => ({
  "ssl.keystore.type": "PEM",
  "ssl.keystore.location": keystore,
  "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN",
  "listener.name.sasl_ssl.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
});

const clientListeners = (port: number, secure?: SecureListener): string =>
  [`PLAINTEXT://127.0.0.1:${port}`, ...(secure ? [`SASL_SSL://127.0.0.1:${secure.port}`] : [])].join(",");

/**
 * server.properties of one machine: broker and controller in one process. Kafka's defaults, but for what assumes three
 * brokers, gigabytes of memory, or that a restart may take its time.
 */
export const serverProperties = ({ port, controllerPort, logDir, secure, settings }: Settings): string =>
  Object.entries({
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `${clientListeners(port, secure)},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": clientListeners(port, secure),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
    ...(secure && secureProperties(secure)),
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
    ...settings,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
