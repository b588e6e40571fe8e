output "url" {
  description = "What the settings module takes as notify_url."
  value       = join("?", compact([local.place, join("&", local.query)]))
}

output "policy" {
  description = "What a function that sends may do, as JSON."
  value       = data.aws_iam_policy_document.sender.json
}
