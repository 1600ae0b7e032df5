// The client that oapi-codegen makes.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"example.org/client/pulseboard"
)

func main() {
	url, key := os.Args[1], os.Args[2]
	withKey := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+key)
		return nil
	}
	client, err := pulseboard.NewClientWithResponses(url, pulseboard.WithRequestEditorFn(withKey))
	check(err)
	ctx := context.Background()

	window, limit := pulseboard.TrendingParamsWindowN24h, 5
	trending, err := client.TrendingWithResponse(ctx, &pulseboard.TrendingParams{Window: &window, Limit: &limit})
	check(err)
	if trending.JSON200 == nil || len(*trending.JSON200) == 0 {
		log.Fatalf("trending: %s", trending.Body)
	}
	_, err = (*trending.JSON200)[0].Id.AsTrendingRowId0()
	check(err)

	var body pulseboard.EventsBody
	check(body.FromEventsBody1([]pulseboard.EngagementEvent{
		{Type: pulseboard.Like, PostId: 1},
		{Type: pulseboard.Share, PostId: 2},
	}))
	answer, err := client.PostEventsWithResponse(ctx, body)
	check(err)
	if answer.JSON202 == nil || answer.JSON202.Accepted != 2 {
		log.Fatalf("events: %s", answer.Body)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
