"""CloudWatch, as far as it acts by itself: lines and calls become metrics, and metrics alarms."""
