output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "queries" {
  description = "Saved queries of Logs Insights, by name."
  value       = { for name, query in aws_cloudwatch_query_definition.this : name => query.query_string }
}

output "alarms" {
  description = "Names of the alarms."
  value       = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]
}
