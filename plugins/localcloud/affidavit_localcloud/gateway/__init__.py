"""API Gateway and function URLs: HTTP requests become events, answers become responses."""
