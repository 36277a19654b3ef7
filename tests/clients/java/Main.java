// The AWS SDK for Java 2, which checks the digests of bodies and of message attributes itself. Usage: java -cp 'JARS/*' Main.java LABEL;
// the environment says where redrive is.
//
// The SDK's errors are classes: each test that expects one asks for its class.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.*;

class Main {
    static final String ARN = "arn:aws:sqs:us-east-1:000000000000:";
    static final SqsClient sqs = SqsClient.create();

    interface Test {
        void run() throws Exception;
    }

    static void check(boolean holds, Object what) {
        if (!holds) throw new AssertionError(String.valueOf(what));
    }

    static void refused(Class<? extends Exception> wanted, Test call) throws Exception {
        try {
            call.run();
        } catch (Exception error) {
            check(error.getClass() == wanted, error);
            return;
        }
        throw new AssertionError("no " + wanted.getSimpleName());
    }

    static String queue(String name, Map<QueueAttributeName, String> attributes) {
        return sqs.createQueue(r -> r.queueName(name).attributes(attributes)).queueUrl();
    }

    static List<Message> receive(String url) {
        return sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(10).messageAttributeNames("All")
            .messageSystemAttributeNames(MessageSystemAttributeName.ALL)).messages();
    }

    static void fifo() {
        String url = queue("java.fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true", QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "true"));
        List<String> numbers = new ArrayList<>();
        for (String[] m : new String[][] {{"a", "1"}, {"a", "2"}, {"b", "3"}, {"a", "1"}})
            numbers.add(sqs.sendMessage(r -> r.queueUrl(url).messageGroupId(m[0]).messageBody(m[1])).sequenceNumber());
        check(numbers.get(0).compareTo(numbers.get(1)) < 0 && numbers.get(0).equals(numbers.get(3)), numbers);
        Message first = sqs.receiveMessage(r -> r.queueUrl(url).maxNumberOfMessages(1)).messages().get(0);
        check(first.body().equals("1"), first);
        List<Message> rest = receive(url);
        check(rest.size() == 1 && rest.get(0).body().equals("3"), rest);
        sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle(first.receiptHandle()));
        List<Message> next = receive(url);
        check(next.size() == 1 && next.get(0).body().equals("2"), next);
        check(next.get(0).attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID).equals("a"), next);
    }

    static void attributes() {
        String url = queue("java-attributes", Map.of());
        Map<String, MessageAttributeValue> sent = Map.of(
            "kind", MessageAttributeValue.builder().dataType("String").stringValue("größer").build(),
            "size", MessageAttributeValue.builder().dataType("Number.int").stringValue("12").build(),
            "blob", MessageAttributeValue.builder().dataType("Binary").binaryValue(SdkBytes.fromByteArray(new byte[] {0, -1, 7})).build());
        String body = "grüße € 𝄞 \"<&>\"\n";
        String id = sqs.sendMessage(r -> r.queueUrl(url).messageBody(body).messageAttributes(sent)).messageId();
        Message message = receive(url).get(0);
        check(message.body().equals(body) && message.messageId().equals(id) && message.messageAttributes().equals(sent), message);
    }

    static void batches() throws Exception {
        String url = queue("java-batches", Map.of());
        List<SendMessageBatchRequestEntry> entries = IntStream.range(0, 10).mapToObj(i -> SendMessageBatchRequestEntry.builder()
            .id("" + i).messageBody(i == 4 ? "\u0007" : "body " + i).build()).toList();
        SendMessageBatchResponse answer = sqs.sendMessageBatch(r -> r.queueUrl(url).entries(entries));
        check(answer.successful().size() == 9 && answer.failed().size() == 1, answer);
        BatchResultErrorEntry failed = answer.failed().get(0);
        check(failed.id().equals("4") && failed.code().equals("InvalidMessageContents") && failed.senderFault(), failed);
        List<Message> messages = receive(url);
        List<DeleteMessageBatchRequestEntry> deletes = new ArrayList<>();
        for (Message message : messages)
            deletes.add(DeleteMessageBatchRequestEntry.builder().id("" + deletes.size()).receiptHandle(message.receiptHandle()).build());
        deletes.add(DeleteMessageBatchRequestEntry.builder().id("x").receiptHandle("rubbish").build());
        DeleteMessageBatchResponse deleted = sqs.deleteMessageBatch(r -> r.queueUrl(url).entries(deletes));
        check(deleted.successful().size() == 9 && deleted.failed().get(0).code().equals("ReceiptHandleIsInvalid"), deleted);
        refused(EmptyBatchRequestException.class, () -> sqs.sendMessageBatch(r -> r.queueUrl(url).entries(List.of())));
        refused(BatchEntryIdsNotDistinctException.class,
            () -> sqs.sendMessageBatch(r -> r.queueUrl(url).entries(entries.get(0), entries.get(0))));
    }

    static void longPoll() throws Exception {
        String url = queue("java-poll", Map.of());
        long began = System.nanoTime();
        var poll = CompletableFuture.supplyAsync(() -> sqs.receiveMessage(r -> r.queueUrl(url).waitTimeSeconds(20)).messages());
        Thread.sleep(100);
        sqs.sendMessage(r -> r.queueUrl(url).messageBody("late"));
        check(poll.get().get(0).body().equals("late") && System.nanoTime() - began < 10_000_000_000L, poll.get());
    }

    static void deadLetters() throws Exception {
        String dead = queue("java-dead", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "0"));
        String url = queue("java-source", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "0", QueueAttributeName.REDRIVE_POLICY,
            "{\"deadLetterTargetArn\":\"" + ARN + "java-dead\",\"maxReceiveCount\":1}"));
        check(sqs.listDeadLetterSourceQueues(r -> r.queueUrl(dead)).queueUrls().equals(List.of(url)), "sources");
        sqs.sendMessage(r -> r.queueUrl(url).messageBody("poison"));
        check(receive(url).size() == 1 && receive(url).isEmpty(), "received more than once");
        Map<MessageSystemAttributeName, String> letter = receive(dead).get(0).attributes();
        check(letter.get(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT).equals("2"), letter);
        check(letter.get(MessageSystemAttributeName.DEAD_LETTER_QUEUE_SOURCE_ARN).equals(ARN + "java-source"), letter);
        sqs.startMessageMoveTask(r -> r.sourceArn(ARN + "java-dead"));
        for (long end = System.nanoTime() + 10_000_000_000L; ; ) {
            var task = sqs.listMessageMoveTasks(r -> r.sourceArn(ARN + "java-dead")).results().get(0);
            if (task.status().equals("COMPLETED")) {
                check(task.approximateNumberOfMessagesMoved() == 1, task);
                break;
            }
            check(System.nanoTime() < end, task);
        }
        check(receive(url).get(0).body().equals("poison"), "not moved back");
        refused(ResourceNotFoundException.class, () -> sqs.startMessageMoveTask(r -> r.sourceArn(ARN + "nowhere")));
    }

    static void tags() {
        String url = queue("java-tags", Map.of());
        sqs.tagQueue(r -> r.queueUrl(url).tags(Map.of("team", "shop", "cost", "42")));
        sqs.untagQueue(r -> r.queueUrl(url).tagKeys("cost"));
        check(sqs.listQueueTags(r -> r.queueUrl(url)).tags().equals(Map.of("team", "shop")), "tags");
        for (int i = 0; i < 5; i++) queue("java-page-" + i, Map.of());
        Set<String> pages = new java.util.HashSet<>();
        sqs.listQueuesPaginator(r -> r.queueNamePrefix("java-page-").maxResults(2)).queueUrls().forEach(pages::add);
        check(pages.size() == 5, pages);
    }

    static void errors() throws Exception {
        String url = queue("java-errors", Map.of());
        refused(QueueDoesNotExistException.class, () -> sqs.getQueueUrl(r -> r.queueName("nowhere")));
        refused(QueueNameExistsException.class, () -> queue("java-errors", Map.of(QueueAttributeName.DELAY_SECONDS, "9")));
        refused(InvalidMessageContentsException.class, () -> sqs.sendMessage(r -> r.queueUrl(url).messageBody("\u0007")));
        refused(ReceiptHandleIsInvalidException.class, () -> sqs.deleteMessage(r -> r.queueUrl(url).receiptHandle("rubbish")));
        refused(InvalidAttributeValueException.class,
            () -> sqs.setQueueAttributes(r -> r.queueUrl(url).attributes(Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "-1"))));
        sqs.purgeQueue(r -> r.queueUrl(url));
        sqs.deleteQueue(r -> r.queueUrl(url));
        refused(QueueDoesNotExistException.class, () -> sqs.purgeQueue(r -> r.queueUrl(url)));
    }

    static int failed = 0;

    static void run(String name, Test test) {
        try {
            test.run();
            System.out.println("ok - " + name);
        } catch (Throwable error) {
            failed = 1;
            System.out.println("not ok - " + name + "\n  # " + String.valueOf(error).replace('\n', ' '));
        }
    }

    public static void main(String[] words) {
        String label = words[0] + ": ";
        run(label + "FIFO: order, groups, deduplication by content", Main::fifo);
        run(label + "message attributes, and both digests", Main::attributes);
        run(label + "batches, and their faults entry by entry", Main::batches);
        run(label + "a long poll is answered by the next message", Main::longPoll);
        run(label + "dead-letter queue and move task", Main::deadLetters);
        run(label + "tags, and queues page by page", Main::tags);
        run(label + "errors by their classes", Main::errors);
        System.out.println("# " + label + "SDK " + software.amazon.awssdk.core.util.VersionInfo.SDK_VERSION + ", Java " + Runtime.version());
        System.exit(failed);
    }
}
