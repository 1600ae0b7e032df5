// The same with kafka-go.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	messages = 50
	topic    = "kafka-go"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := &kafka.Client{Addr: kafka.TCP(os.Args[1])}
	created, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 3, ReplicationFactor: 1}},
	})
	must(err)
	must(created.Errors[topic])

	writer := &kafka.Writer{Addr: client.Addr, Topic: topic, RequiredAcks: kafka.RequireAll}
	batch := make([]kafka.Message, messages)
	for i := range batch {
		batch[i] = kafka.Message{Value: []byte("v")}
	}
	must(writer.WriteMessages(ctx, batch...))
	must(writer.Close())

	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{os.Args[1]}, GroupID: topic, Topic: topic, StartOffset: kafka.FirstOffset,
	})
	for range messages {
		message, err := reader.FetchMessage(ctx)
		must(err)
		must(reader.CommitMessages(ctx, message))
	}
	must(reader.Close())

	groups, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{topic}})
	must(err)
	must(groups.Groups[0].Error)
	altered, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "60000"}},
		}},
	})
	must(err)
	must(altered.Resources[0].Error)
	deleted, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	must(err)
	must(deleted.Errors[topic])
}
