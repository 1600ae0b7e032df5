// The same with sarama, which asks for the versions of the Kafka that it is told, whatever the broker offers.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
)

const messages = 50

type handler struct {
	seen int
	done chan struct{}
}

func (h *handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		h.seen++
		if h.seen == messages {
			session.Commit()
			close(h.done)
		}
	}
	return nil
}

func must(version sarama.KafkaVersion, err error) {
	if err != nil {
		log.Fatalf("as Kafka %s: %v", version, err)
	}
}

func try(brokers []string, version sarama.KafkaVersion) {
	config := sarama.NewConfig()
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	topic := "sarama-" + version.String()

	admin, err := sarama.NewClusterAdmin(brokers, config)
	must(version, err)
	must(version, admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
	producer, err := sarama.NewSyncProducer(brokers, config)
	must(version, err)
	for range messages {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("v")})
		must(version, err)
	}
	group, err := sarama.NewConsumerGroup(brokers, topic, config)
	must(version, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	consumer := &handler{done: make(chan struct{})}
	go func() {
		for ctx.Err() == nil {
			must(version, group.Consume(ctx, []string{topic}, consumer))
		}
	}()
	select {
	case <-consumer.done:
	case <-ctx.Done():
		log.Fatalf("as Kafka %s: %d of %d messages came", version, consumer.seen, messages)
	}
	cancel()
	must(version, group.Close())
	must(version, producer.Close())
	_, err = admin.DescribeConsumerGroups([]string{topic})
	must(version, err)
	_, err = admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	must(version, err)
	must(version, admin.DeleteTopic(topic))
	must(version, admin.Close())
}

func main() {
	for _, version := range []sarama.KafkaVersion{
		sarama.V1_0_0_0, sarama.V2_1_0_0, sarama.V2_4_0_0, sarama.V2_8_0_0, sarama.V3_6_0_0,
	} {
		try(os.Args[1:2], version)
	}
}
