"""The other forms in which sources send: an end of a window, a second version, another identity.

`event_samples.py` has one event for each source; these are what its code tells apart beside it.
"""

from __future__ import annotations

from typing import Any

from event_samples import last_call, sample

_ACCOUNT = "eu-central-1:111122223333"
_DATA = "eyJhIjoxfQ=="
_ENDED = last_call(
    "kinesis",
    window={"start": "2026-01-23T12:00:00Z", "end": "2026-01-23T12:02:00Z"},
    state={"orders": 1},
)
_AUTHORIZER: dict[str, Any] = {
    "type": "REQUEST",
    "methodArn": f"arn:aws:execute-api:{_ACCOUNT}:k2xq0ab1cd/live/GET/patients/p-17",
    "httpMethod": "GET",
    "requestContext": {"requestId": "r-1", "identity": {"sourceIp": "198.51.100.23"}},
}
_AMPLIFY: dict[str, Any] = {
    "typeName": "Query",
    "fieldName": "patient",
    "arguments": {"id": "p-17"},
    "request": {"headers": {"x-amzn-requestid": "b0c7a1de-2"}},
}
_TASK: dict[str, Any] = {
    "invocationSchemaVersion": "1.0",
    "invocationId": "i-1",
    "job": {"id": "job-1"},
    "tasks": [
        {
            "taskId": "task-1",
            "s3BucketArn": "arn:aws:s3:::documents",
            "s3Key": "a+b.pdf",
            "s3VersionId": "v1",
        }
    ],
}


def _resolved(**identity: Any) -> dict[str, Any]:
    return {**_AMPLIFY, "identity": {"sourceIp": ["198.51.100.23"], **identity}}


_HEADER = {"namespace": "Alexa.PowerController", "name": "TurnOn", "messageId": "m-1"}

FORMS: dict[str, Any] = {
    "alexa, an account without a voice": {
        "version": "1.0",
        "context": {
            "System": {
                "application": {"applicationId": "amzn1.ask.skill.1"},
                "user": {"userId": "amzn1.ask.account.1"},
            }
        },
        "request": {"type": "AudioPlayer.PlaybackStarted", "requestId": "r-1"},
    },
    "alexa, a device": {"directive": {"header": _HEADER, "payload": {}}},
    "alexa, a device of version 2": {"header": _HEADER, "payload": {}},
    "kinesis, the end of a window": _ENDED,
    "dynamodb-stream, the end of a window": {
        **_ENDED,
        "eventSourceARN": f"arn:aws:dynamodb:{_ACCOUNT}:table/orders/stream/1",
    },
    "apigw.authorizer, a request of version 1": _AUTHORIZER,
    "apigw.authorizer, a token": {
        "type": "TOKEN",
        "methodArn": _AUTHORIZER["methodArn"],
        "authorizationToken": "Bearer x",
    },
    "appsync, as Amplify sends it": _resolved(sub="6f9d2f2e", username="kim"),
    "appsync, a Lambda authorizer": _resolved(resolverContext={"principalId": "kim"}),
    "appsync, an authorizer of channels": _resolved(handlerContext={"sub": "kim"}),
    "appsync, an identity pool": _resolved(cognitoIdentityId="pool:1", userArn="arn:role"),
    "appsync, a role": _resolved(userArn=f"arn:aws:sts::{_ACCOUNT}:assumed-role/x", username="x"),
    "appsync, a name": _resolved(username="kim"),
    "appsync, events of a channel": {
        "identity": {"sub": "6f9d2f2e", "sourceIp": ["198.51.100.23"]},
        "request": {"headers": {"x-amzn-requestid": "b0c7a1de-3"}},
        "info": {
            "channel": {"path": "/wards/7", "segments": ["wards", "7"]},
            "channelNamespace": {"name": "wards"},
            "operation": "PUBLISH",
        },
        "events": [{"id": "1", "payload": {"a": 1}}],
    },
    "appsync, a batch": [sample("appsync"), sample("appsync")],
    "bedrock-agent, by its name": {
        "messageVersion": "1.0",
        "agent": {"name": "desk"},
        "actionGroup": "orders",
        "sessionId": "session-1",
    },
    "bedrock, documents of a knowledge base": {
        "version": "1.0",
        "knowledgeBaseId": "KB1",
        "dataSourceId": "DS1",
        "ingestionJobId": "J1",
        "bucketName": "chunks",
        "priorTask": "CHUNKING",
        "inputFiles": [],
    },
    "bedrock-agent, what a model said": {
        "messageVersion": "1.0",
        "agent": {"name": "desk", "id": "AGENT1", "alias": "A", "version": "1"},
        "promptType": "ORCHESTRATION",
        "invokeModelRawResponse": "where is it",
    },
    "chime, a message in a channel": {
        "EventType": "CHANNEL_MESSAGE_EVENT",
        "CallbackId": "c-1",
        "ChannelMessage": {
            "MessageId": "m-1",
            "ChannelArn": f"arn:aws:chime:{_ACCOUNT}:app-instance/1/channel/2",
            "Content": "hello",
            "Sender": {"Arn": f"arn:aws:chime:{_ACCOUNT}:app-instance/1/user/kim", "Name": "Kim"},
        },
    },
    "chime, a chat bot": {
        "Sender": {"SenderId": "user@example.org", "SenderIdType": "EmailId"},
        "Discussion": {"DiscussionId": "d-1", "DiscussionType": "Room"},
        "EventType": "Mention",
        "Message": "@bot hello",
    },
    "cloudformation, a hook": {
        "clientRequestToken": "t-1",
        "awsAccountId": "111122223333",
        "stackId": f"arn:aws:cloudformation:{_ACCOUNT}:stack/orders/1",
        "hookTypeName": "Acme::Rules::Buckets",
        "hookTypeVersion": "00000001",
        "actionInvocationPoint": "CREATE_PRE_PROVISION",
        "requestData": {"targetName": "AWS::S3::Bucket", "targetLogicalId": "Inbox"},
        "requestContext": {"invocation": 1, "callbackContext": None},
    },
    "cloudformation, a macro": {
        "region": "eu-central-1",
        "accountId": "111122223333",
        "fragment": {"Resources": {}},
        "transformId": "111122223333::Tagged",
        "params": {},
        "requestId": "unique-2",
        "templateParameterValues": {},
    },
    "cognito, a sync": {
        "version": 2,
        "eventType": "SyncTrigger",
        "region": "eu-central-1",
        "identityPoolId": "eu-central-1:pool",
        "identityId": "eu-central-1:kim",
        "datasetName": "settings",
        "datasetRecords": {},
    },
    **{
        f"cognito, {trigger}": {**sample("cognito"), "triggerSource": trigger}
        for trigger in (
            *("PreSignUp_SignUp", "PreAuthentication_Authentication", "CustomMessage_SignUp"),
            *("PostConfirmation_ConfirmSignUp", "TokenGeneration_Authentication"),
        )
    },
    "dynamodb-stream, what has expired": {
        "Records": [
            {
                "eventID": "e-1",
                "eventName": "REMOVE",
                "eventSource": "aws:dynamodb",
                "eventSourceARN": f"arn:aws:dynamodb:{_ACCOUNT}:table/orders/stream/1",
                "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
                "dynamodb": {"Keys": {"id": {"S": "A1"}}, "SequenceNumber": "7"},
            }
        ]
    },
    "eventbridge, a schedule": {
        "id": "e-1",
        "account": "111122223333",
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "resources": [f"arn:aws:events:{_ACCOUNT}:rule/nightly"],
        "detail": {},
    },
    "eventbridge, a schedule of its own": {
        "id": "e-2",
        "account": "111122223333",
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "resources": [f"arn:aws:scheduler:{_ACCOUNT}:schedule/default/nightly"],
        "detail": "{}",
    },
    "firehose, records of a topic": {
        "invocationId": "i-1",
        "sourceMSKArn": f"arn:aws:kafka:{_ACCOUNT}:cluster/orders/1",
        "deliveryStreamArn": f"arn:aws:firehose:{_ACCOUNT}:deliverystream/orders",
        "records": [{"recordId": "record1", "kafkaRecordValue": _DATA}],
    },
    "firehose, a stream that is analysed": {
        "invocationId": "i-1",
        "applicationArn": f"arn:aws:kinesisanalytics:{_ACCOUNT}:application/orders",
        "records": [{"recordId": "record1", "data": _DATA}],
    },
    "iot, a button of a placement": {
        "deviceInfo": {"deviceId": "G030JF055364XVRB", "type": "button"},
        "deviceEvent": {"buttonClicked": {"clickType": "SINGLE"}},
        "placementInfo": {"projectName": "ward"},
    },
    "iot, what is provisioned": {
        "certificateId": "c-1",
        "claimCertificateId": "c-0",
        "templateArn": f"arn:aws:iot:{_ACCOUNT}:provisioningtemplate/pumps",
        "clientId": "pump-7",
        "parameters": {},
    },
    "kafka, a cluster of one's own": {
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "b-1.example.org:9092",
        "records": {
            "orders-0": [{"topic": "orders", "partition": 0, "offset": 15, "value": _DATA}]
        },
    },
    "lex, version 1": {
        "messageVersion": "1.0",
        "currentIntent": {"name": "Order"},
        "bot": {"name": "orders", "alias": "live", "version": "1"},
        "userId": "user-1",
    },
    "mq, RabbitMQ": {
        "eventSource": "aws:rmq",
        "eventSourceArn": f"arn:aws:mq:{_ACCOUNT}:broker:orders:b-2",
        "rmqMessagesByQueue": {
            "orders::/": [
                {"basicProperties": {"messageId": "m-1", "userId": "guest"}, "data": _DATA}
            ]
        },
    },
    "s3-batch, version 1": _TASK,
    "s3-batch, version 2": {
        **_TASK,
        "invocationSchemaVersion": "2.0",
        "tasks": [{"taskId": "task-1", "s3Bucket": "documents", "s3Key": "a", "s3VersionId": None}],
    },
    "s3-object-lambda, without an ARN": {
        "xAmzRequestId": "r-1",
        "userIdentity": {"type": "AssumedRole", "principalId": "AROA:kim"},
        "configuration": {"accessPointArn": f"arn:aws:s3-object-lambda:{_ACCOUNT}:accesspoint/a"},
    },
    "sqs, a queue with an order": {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{_ACCOUNT}:orders.fifo",
                "messageId": "m-1",
                "body": "{}",
                "attributes": {"MessageGroupId": "A1", "SenderId": "AROA:kim"},
            }
        ]
    },
}
