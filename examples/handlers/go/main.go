// Three ways to say which messages of a batch failed, in Go. The function's handler, the last word of the command, chooses.
//
//	go build -o bootstrap
//	redrive serve --function orders='exec:./bootstrap report'
//
// throw     one bad order, and the whole batch comes back
// delete    good orders are deleted one by one, then it fails, so only bad ones come back
// report    only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func process(record events.SQSMessage) error {
	var order struct{ OrderID, Quantity, RecoversOnAttempt int }
	if err := json.Unmarshal([]byte(record.Body), &order); err != nil {
		return err
	}
	if order.Quantity <= 0 {
		return fmt.Errorf("order %d has no quantity", order.OrderID)
	}
	if attempt, _ := strconv.Atoi(record.Attributes["ApproximateReceiveCount"]); attempt < order.RecoversOnAttempt {
		return fmt.Errorf("order %d: the stock service is away", order.OrderID)
	}
	return nil
}

func throw(event events.SQSEvent) error {
	for _, record := range event.Records {
		if err := process(record); err != nil {
			return err
		}
	}
	return nil
}

// deleter holds what is made once for all invocations; config finds this redrive by AWS_ENDPOINT_URL.
type deleter struct{ client *sqs.Client }

func (d deleter) handle(ctx context.Context, event events.SQSEvent) error {
	failed := 0
	for _, record := range event.Records {
		if err := process(record); err != nil {
			fmt.Println(record.MessageId, "failed:", err)
			failed++
			continue
		}
		name := record.EventSourceARN[strings.LastIndex(record.EventSourceARN, ":")+1:]
		queue, err := d.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		if err != nil {
			return err
		}
		_, err = d.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue.QueueUrl, ReceiptHandle: &record.ReceiptHandle})
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d orders failed", failed, len(event.Records))
	}
	return nil
}

func report(event events.SQSEvent) (events.SQSEventResponse, error) {
	var response events.SQSEventResponse
	for _, record := range event.Records {
		if err := process(record); err != nil { // one bad order must not hold up the others
			fmt.Println(record.MessageId, "failed:", err)
			response.BatchItemFailures = append(response.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
		}
	}
	return response, nil
}

func main() {
	switch os.Getenv("_HANDLER") {
	case "throw":
		lambda.Start(throw)
	case "delete":
		configuration, err := config.LoadDefaultConfig(context.Background())
		if err != nil {
			panic(err)
		}
		lambda.Start(deleter{sqs.NewFromConfig(configuration)}.handle)
	default:
		lambda.Start(report)
	}
}
