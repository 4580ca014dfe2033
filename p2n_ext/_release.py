"""The version, as labextension/package.json says it (a test holds the two together)."""

VERSION = "0.1.0"
