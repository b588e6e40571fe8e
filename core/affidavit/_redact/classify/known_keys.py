"""Key names that are known from the start, so that a cold Lambda need not read them.

Most belong to AWS's own envelopes and say nothing about a person. A test holds
that reading them gives the same answer.
Sources: the event examples of the AWS Lambda developer guide, the CloudWatch
embedded metric format specification, the Step Functions context object.
"""

from __future__ import annotations

from typing import Final

_ENVELOPE: Final = """
    accept accept-encoding accept-language accountId action advancedEventSelectors alb apiId
    approximateArrivalTimestamp ApproximateCreationDateTime ApproximateFirstReceiveTimestamp
    ApproximateReceiveCount arn attributes awslogs awsRegion billedDurationMs
    binaryListValues body bucket cache-control caller CloudFront-Forwarded-Proto
    CloudFront-Is-Desktop-Viewer CloudFront-Is-Mobile-Viewer CloudFront-Is-SmartTV-Viewer
    CloudFront-Is-Tablet-Viewer CloudWatchMetrics cold_start configurationId connection
    content-encoding content-length Content-Type content-type contentLength correlation_id
    dataType deadLetterQueueArn detail detail-type Dimensions domainPrefix duration_ms
    durationMs dynamodb elb error errorMessage errorType event eventCategories eventID eventName
    EventSource eventSource eventSourceARN EventSubscriptionArn eventTime eventType Execution
    function function_arn function_memory_size functionName headers host
    http httpMethod if-none-match instance invokedFunctionArn isBase64Encoded kinesis level
    logEvents logGroup logStream maxMemoryUsedMB md5OfBody memorySizeMB Message message
    MessageAttributes messageAttributes MessageDeduplicationId MessageGroupId MessageId
    messageId messageType method Metrics metrics mode msg multiValueHeaders
    multiValueQueryStringParameters Namespace NewImage object OldImage operation origin outcome
    owner partition path pathParameters phase pragma principal priority protocol
    queryStringParameters rawPath rawQueryString receiptHandle Records records Region region
    request requestContext requestParameters requestTime requestTimeEpoch
    resource resourceId resourcePath resources responseElements result route routeKey s3
    sampling_rate SentTimestamp SequenceNumber sequenceNumber sequencer service severity shardId
    SigningCertUrl size SizeBytes Sns source spanId StackTrace stackTrace stage stageVariables
    State StateMachine status statusCode StreamViewType stringValue Subject subscriptionFilters
    tags time timeEpoch Timestamp timestamp TopicArn traceId tracing Type type Unit
    UnsubscribeUrl uri url userIdentity via X-Amz-Cf-Id X-Amzn-Trace-Id x-amzn-trace-id
    X-Forwarded-Port x-forwarded-port X-Forwarded-Proto x-forwarded-proto xray_trace_id
"""

ENVELOPE: Final = frozenset(_ENVELOPE.split())
"""Names that mean nothing."""

_VERSIONED: Final = """
    eventVersion EventVersion function_version functionVersion kinesisSchemaVersion s3SchemaVersion
    user-agent User-Agent userAgent version Version versionId
"""

VERSIONED: Final = frozenset(_VERSIONED.split())
"""Names of versions and of product lists."""

REQUESTS: Final = frozenset({
    "awsRequestId", "aws_request_id", "function_request_id", "requestId", "request_id",
})  # fmt: skip
"""Names of request ids, by which people find a line again."""

_PERSONAL: Final = """
    Authorization authorization Cookie cookie cookies email firstName lastName first_name last_name
    password phone phoneNumber phone_number sourceIp token username X-Forwarded-For x-forwarded-for
"""

PERSONAL: Final = frozenset(_PERSONAL.split())
"""Names of headers, of claims and of persons that most events have."""
