// Two ways to say which messages of a batch failed, in Go. APPROACH chooses.
//
//	go build -o bootstrap
//	redrive serve --function orders=exec:./bootstrap --set orders.Environment.APPROACH=report
//
// throw     one bad order, and the whole batch comes back
// report    only what is reported comes back; the mapping needs FunctionResponseTypes ["ReportBatchItemFailures"]
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func process(record events.SQSMessage) error {
	var order struct{ OrderID, Quantity int }
	if err := json.Unmarshal([]byte(record.Body), &order); err != nil {
		return err
	}
	if order.Quantity <= 0 {
		return fmt.Errorf("order %d has no quantity", order.OrderID)
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
	if os.Getenv("APPROACH") == "throw" {
		lambda.Start(throw)
	} else {
		lambda.Start(report)
	}
}
