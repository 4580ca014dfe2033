"""What P2N tells of its own work: spans, structured lines and metrics, to local files and over OTLP."""
