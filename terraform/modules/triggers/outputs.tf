output "lost_url" {
  description = "URL of the queue with what could not be delivered; null without topics, rules and schedules."
  value       = one(aws_sqs_queue.lost[*].url)
}
