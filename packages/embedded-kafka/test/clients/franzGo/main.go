// The same with franz-go, and what its admin client changes: retention, and how large logs are.
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	messages = 50
	topic    = "franz-go"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Args[1]), kgo.ConsumerGroup(topic), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DefaultProduceTopic(topic), kgo.DisableAutoCommit())
	must(err)
	admin := kadm.NewClient(client)
	_, err = admin.CreateTopic(ctx, 3, 1, nil, topic)
	must(err)
	for range messages {
		must(client.ProduceSync(ctx, kgo.StringRecord("v")).FirstErr())
	}
	for seen := 0; seen < messages; {
		fetches := client.PollFetches(ctx)
		must(fetches.Err())
		seen += fetches.NumRecords()
	}
	must(client.CommitUncommittedOffsets(ctx))
	lag, err := admin.Lag(ctx, topic)
	must(err)
	must(lag.Error())
	if left := lag[topic].Lag.Total(); left != 0 {
		log.Fatalf("a lag of %d after the commit", left)
	}

	retention := "60000"
	_, err = admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &retention}}, topic)
	must(err)
	described, err := admin.DescribeTopicConfigs(ctx, topic)
	must(err)
	kept := false
	for _, config := range described[0].Configs {
		kept = kept || config.Key == "retention.ms" && config.MaybeValue() == retention
	}
	if !kept {
		log.Fatal("retention.ms is not what it was set to")
	}
	dirs, err := admin.DescribeAllLogDirs(ctx, nil)
	must(err)
	size := int64(0)
	for _, broker := range dirs {
		must(broker.Error())
		size += broker.Size()
	}
	if size == 0 {
		log.Fatal("logs of no bytes")
	}
	client.Close()

	client, err = kgo.NewClient(kgo.SeedBrokers(os.Args[1]))
	must(err)
	_, err = kadm.NewClient(client).DeleteTopics(ctx, topic)
	must(err)
	client.Close()
}
