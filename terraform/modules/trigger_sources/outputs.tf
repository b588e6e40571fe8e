output "policy" {
  description = "What the function's role needs so that Lambda can read for it, as JSON."
  value       = data.aws_iam_policy_document.reader.json
}

output "sources" {
  description = "What the module triggers takes: ARNs of what is followed, URLs of queues, dead letters of FIFO ones."
  value = {
    arns       = merge(local.queue_arns, local.topic_arns, local.stream_arns, { for name, one in local.of.table : name => one.table })
    queue_urls = { for name, queue in aws_sqs_queue.this : name => queue.url }
    fifo_dead  = { for name, queue in aws_sqs_queue.fifo_dead : name => { name = queue.name, arn = queue.arn } }
  }
}

output "made" {
  description = "What was made here, for those who send: URLs of queues, ARNs of topics, names of streams, by trigger."
  value = {
    queues  = { for name, queue in aws_sqs_queue.this : name => queue.url }
    topics  = { for name, topic in aws_sns_topic.this : name => topic.arn }
    streams = { for name, stream in aws_kinesis_stream.this : name => stream.name }
  }
}
