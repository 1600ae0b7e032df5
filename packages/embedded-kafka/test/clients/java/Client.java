import java.time.Duration;
import java.time.Instant;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

/** The same with Kafka's own client. */
public class Client {
  static final int MESSAGES = 50;
  static final String TOPIC = "java";

  public static void main(String[] args) throws Exception {
    Map<String, Object> common = Map.of("bootstrap.servers", args[0], "group.id", TOPIC, "auto.offset.reset", "earliest",
        "enable.auto.commit", false);
    try (Admin admin = Admin.create(common)) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 1))).all().get();
      try (var producer = new KafkaProducer<>(common, new StringSerializer(), new StringSerializer())) {
        for (int i = 0; i < MESSAGES; i++) producer.send(new ProducerRecord<>(TOPIC, "k" + i, "v")).get();
      }
      try (var consumer = new KafkaConsumer<>(common, new StringDeserializer(), new StringDeserializer())) {
        consumer.subscribe(List.of(TOPIC));
        Instant end = Instant.now().plusSeconds(60);
        int seen = 0;
        while (seen < MESSAGES) {
          if (Instant.now().isAfter(end)) throw new Exception(seen + " of " + MESSAGES + " messages came");
          seen += consumer.poll(Duration.ofSeconds(1)).count();
        }
        consumer.commitSync();
      }
      long committed = admin.listConsumerGroupOffsets(TOPIC).partitionsToOffsetAndMetadata().get().values().stream()
          .mapToLong(OffsetAndMetadata::offset).sum();
      if (committed != MESSAGES) throw new Exception(committed + " messages are committed");
      var topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
      var retention = new AlterConfigOp(new ConfigEntry("retention.ms", "60000"), AlterConfigOp.OpType.SET);
      admin.incrementalAlterConfigs(Map.of(topic, List.of(retention))).all().get();
      String kept = admin.describeConfigs(List.of(topic)).all().get().get(topic).get("retention.ms").value();
      if (!kept.equals("60000")) throw new Exception("retention.ms is " + kept);
      admin.describeLogDirs(List.of(1)).allDescriptions().get();
      admin.deleteTopics(List.of(TOPIC)).all().get();
    }
  }
}
