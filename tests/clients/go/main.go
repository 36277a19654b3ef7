// The AWS SDK for Go v2, which checks the digests of bodies itself. Usage: sqs-client LABEL; the environment says where redrive is.
//
// The SDK's errors are types: each test that expects one asks for its type with errors.As.
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const arnPrefix = "arn:aws:sqs:us-east-1:000000000000:"

var ctx = context.Background()

type world struct{ *sqs.Client }

// check ends the test that calls it; run turns that into a result.
func check(holds bool, format string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(format, values...))
	}
}

func must[T any](value T, err error) T {
	check(err == nil, "%v", err)
	return value
}

// refused wants an error of type E, anywhere in the chain.
func refused[E error](err error) E {
	var wanted E
	check(errors.As(err, &wanted), "not a %T: %v", wanted, err)
	return wanted
}

func (w world) queue(name string, attributes map[string]string) *string {
	return must(w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})).QueueUrl
}

func (w world) send(url *string, body string) *sqs.SendMessageOutput {
	return must(w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: &body}))
}

func (w world) receive(url *string) []types.Message {
	return must(w.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"}})).Messages
}

// SQS's digest of message attributes, which this SDK hands over without a look.
func md5OfAttributes(attributes map[string]types.MessageAttributeValue) string {
	var all bytes.Buffer
	part := func(part []byte) {
		binary.Write(&all, binary.BigEndian, uint32(len(part)))
		all.Write(part)
	}
	var names []string
	for name := range attributes {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := attributes[name]
		part([]byte(name))
		part([]byte(*value.DataType))
		if value.BinaryValue != nil {
			all.WriteByte(2)
			part(value.BinaryValue)
		} else {
			all.WriteByte(1)
			part([]byte(*value.StringValue))
		}
	}
	sum := md5.Sum(all.Bytes())
	return hex.EncodeToString(sum[:])
}

func (w world) fifo() {
	url := w.queue("go.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	var numbers []string
	for _, m := range [][2]string{{"a", "1"}, {"a", "2"}, {"b", "3"}, {"a", "1"}} {
		sent := must(w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageGroupId: &m[0], MessageBody: &m[1]}))
		numbers = append(numbers, *sent.SequenceNumber)
	}
	check(numbers[0] < numbers[1] && numbers[1] < numbers[2] && numbers[3] == numbers[0], "%v", numbers)
	first := must(w.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 1})).Messages
	check(len(first) == 1 && *first[0].Body == "1", "%d", len(first))
	rest := w.receive(url)
	check(len(rest) == 1 && *rest[0].Body == "3", "group a was not closed: %d", len(rest))
	must(w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: first[0].ReceiptHandle}))
	next := w.receive(url)
	check(len(next) == 1 && *next[0].Body == "2" && next[0].Attributes["MessageGroupId"] == "a", "%v", next)
}

func (w world) attributes() {
	url := w.queue("go-attributes", nil)
	attributes := map[string]types.MessageAttributeValue{
		"kind": {DataType: aws.String("String"), StringValue: aws.String("größer")},
		"size": {DataType: aws.String("Number.int"), StringValue: aws.String("12")},
		"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255, 7}},
	}
	body := "grüße € 𝄞 \"<&>\"\n"
	sent := must(w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: &body, MessageAttributes: attributes}))
	got := w.receive(url)
	check(len(got) == 1 && *got[0].Body == body && *got[0].MessageId == *sent.MessageId, "%v", got)
	check(*got[0].MD5OfMessageAttributes == md5OfAttributes(attributes), "%v", got[0].MD5OfMessageAttributes)
	check(*sent.MD5OfMessageAttributes == md5OfAttributes(attributes), "%v", sent.MD5OfMessageAttributes)
	for name, value := range attributes {
		other := got[0].MessageAttributes[name]
		check(*value.DataType == *other.DataType && bytes.Equal(value.BinaryValue, other.BinaryValue) &&
			aws.ToString(value.StringValue) == aws.ToString(other.StringValue), "%s: %v", name, other)
	}
}

func (w world) batches() {
	url := w.queue("go-batches", nil)
	var entries []types.SendMessageBatchRequestEntry
	for i := range 10 {
		body := fmt.Sprint("body ", i)
		if i == 4 {
			body = "\a"
		}
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: &body})
	}
	answer := must(w.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries}))
	check(len(answer.Successful) == 9 && len(answer.Failed) == 1, "%v", answer)
	check(*answer.Failed[0].Id == "4" && *answer.Failed[0].Code == "InvalidMessageContents" && answer.Failed[0].SenderFault, "%v", answer.Failed[0])
	var visible []types.ChangeMessageVisibilityBatchRequestEntry
	for i, message := range w.receive(url) {
		visible = append(visible, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(fmt.Sprint(i)),
			ReceiptHandle: message.ReceiptHandle})
	}
	changed := must(w.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: visible}))
	check(len(changed.Successful) == 9, "%v", changed)
	deletes := []types.DeleteMessageBatchRequestEntry{{Id: aws.String("x"), ReceiptHandle: aws.String("rubbish")}}
	for i, message := range w.receive(url) {
		check(message.Attributes["ApproximateReceiveCount"] == "2", "%v", message.Attributes)
		deletes = append(deletes, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: message.ReceiptHandle})
	}
	deleted := must(w.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: deletes}))
	check(len(deleted.Successful) == 9 && *deleted.Failed[0].Code == "ReceiptHandleIsInvalid", "%v", deleted)
	_, err := w.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: entries[:0]})
	refused[*types.EmptyBatchRequest](err)
	_, err = w.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: append(entries[:1:1], entries[0])})
	refused[*types.BatchEntryIdsNotDistinct](err)
}

func (w world) longPoll() {
	url := w.queue("go-poll", nil)
	began := time.Now()
	polled := make(chan []types.Message)
	go func() {
		answer, _ := w.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20})
		if answer == nil {
			answer = &sqs.ReceiveMessageOutput{}
		}
		polled <- answer.Messages
	}()
	time.Sleep(100 * time.Millisecond)
	w.send(url, "late")
	got := <-polled
	check(len(got) == 1 && *got[0].Body == "late" && time.Since(began) < 10*time.Second, "%v", got)
}

func (w world) deadLetters() {
	dead, arn := w.queue("go-dead", nil), arnPrefix+"go-dead"
	url := w.queue("go-source", map[string]string{"VisibilityTimeout": "0",
		"RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":"1"}`})
	sources := must(w.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: dead})).QueueUrls
	check(len(sources) == 1 && sources[0] == *url, "%v", sources)
	w.send(url, "poison")
	check(len(w.receive(url)) == 1 && len(w.receive(url)) == 0, "received more than once")
	must(w.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: dead, Attributes: map[string]string{"VisibilityTimeout": "0"}}))
	letters := w.receive(dead)
	check(len(letters) == 1 && letters[0].Attributes["ApproximateReceiveCount"] == "2" &&
		letters[0].Attributes["DeadLetterQueueSourceArn"] == arnPrefix+"go-source", "%v", letters)
	must(w.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &arn}))
	for end := time.Now().Add(10 * time.Second); ; {
		task := must(w.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &arn})).Results[0]
		if *task.Status == "COMPLETED" {
			check(task.ApproximateNumberOfMessagesMoved == 1, "%v", task)
			break
		}
		check(time.Now().Before(end), "%v", *task.Status)
	}
	moved := w.receive(url)
	check(len(moved) == 1 && *moved[0].Body == "poison" && moved[0].Attributes["ApproximateReceiveCount"] == "1", "%v", moved)
	_, err := w.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: aws.String(arnPrefix + "nowhere")})
	refused[*types.ResourceNotFoundException](err)
}

func (w world) tags() {
	url := w.queue("go-tags", nil)
	must(w.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: url, Tags: map[string]string{"team": "shop", "cost": "42"}}))
	must(w.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: url, TagKeys: []string{"cost"}}))
	tags := must(w.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: url})).Tags
	check(len(tags) == 1 && tags["team"] == "shop", "%v", tags)
}

func (w world) pages() {
	for i := range 5 {
		w.queue(fmt.Sprint("go-page-", i), nil)
	}
	var urls []string
	pages := sqs.NewListQueuesPaginator(w, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("go-page-"), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		urls = append(urls, must(pages.NextPage(ctx)).QueueUrls...)
	}
	check(len(urls) == 5, "%v", urls)
}

func (w world) errors() {
	url := w.queue("go-errors", nil)
	_, err := w.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("nowhere")})
	refused[*types.QueueDoesNotExist](err)
	// What old code compares stays as it was with the Query protocol.
	check(refused[smithy.APIError](err).ErrorCode() == "AWS.SimpleQueueService.NonExistentQueue", "%v", err)
	_, err = w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("go-errors"), Attributes: map[string]string{"DelaySeconds": "9"}})
	refused[*types.QueueNameExists](err)
	_, err = w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("\a")})
	refused[*types.InvalidMessageContents](err)
	_, err = w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("rubbish")})
	refused[*types.ReceiptHandleIsInvalid](err)
	_, err = w.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"VisibilityTimeout": "-1"}})
	refused[*types.InvalidAttributeValue](err)
	must(w.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: url}))
	must(w.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: url}))
	_, err = w.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: url})
	refused[*types.QueueDoesNotExist](err)
}

func run(label, name string, test func()) (passed bool) {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Printf("not ok - %s: %s\n  # %s\n", label, name, strings.ReplaceAll(fmt.Sprint(reason), "\n", " "))
		}
	}()
	test()
	fmt.Printf("ok - %s: %s\n", label, name)
	return true
}

func main() {
	label := os.Args[1]
	configuration, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	w := world{sqs.NewFromConfig(configuration)}
	status := 0
	for _, test := range []struct {
		name string
		run  func()
	}{
		{"FIFO: order, groups, deduplication by content", w.fifo},
		{"message attributes, and both digests", w.attributes},
		{"batches, and their faults entry by entry", w.batches},
		{"a long poll is answered by the next message", w.longPoll},
		{"dead-letter queue and move task", w.deadLetters},
		{"tags", w.tags},
		{"queues page by page", w.pages},
		{"errors by their types", w.errors},
	} {
		if !run(label, test.name, test.run) {
			status = 1
		}
	}
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if strings.HasSuffix(module.Path, "service/sqs") {
			fmt.Printf("# %s: %s %s, %s\n", label, module.Path, module.Version, build.GoVersion)
		}
	}
	os.Exit(status)
}
