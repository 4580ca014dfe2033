"""What a notebook can be built from: datasets, methods, metrics and pinned packages, each with its own facts."""
