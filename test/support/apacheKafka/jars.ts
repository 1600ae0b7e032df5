import { MavenJars } from "./mavenJars.ts";

export const KAFKA_JARS = new MavenJars({
  pom: new URL("pom.xml", import.meta.url),
  name: "apache-kafka",
  what: "Apache Kafka's jars, 54 MB",
});
