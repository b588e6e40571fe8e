output "policy" {
  description = "What the function's role needs so that Lambda can read for it, as JSON; it has it already, if it was named."
  value       = data.aws_iam_policy_document.reader.json
}

output "lost_url" {
  description = "URL of the queue with what could not be delivered; null without topics, rules and schedules."
  value       = one(aws_sqs_queue.lost[*].url)
}

output "made" {
  description = "What was made here, for those who send: URLs of queues, ARNs of topics, names of streams, by trigger."
  value = {
    queues  = { for name, queue in aws_sqs_queue.this : name => queue.url }
    topics  = { for name, topic in aws_sns_topic.this : name => topic.arn }
    streams = { for name, stream in aws_kinesis_stream.this : name => stream.name }
  }
}
