"""What leaves beside the answer: metrics, log lines, spans, notices. All of it redacted."""
