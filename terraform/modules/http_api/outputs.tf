output "id" {
  description = "Id of the API."
  value       = aws_apigatewayv2_api.this.id
}

output "url" {
  description = "Where callers reach the API."
  value       = aws_apigatewayv2_api.this.api_endpoint

  depends_on = [aws_apigatewayv2_stage.this]
}

output "access_log_group_name" {
  description = "Log group with the request ids, for `affidavit verify --requests`."
  value       = aws_cloudwatch_log_group.access.name
}
