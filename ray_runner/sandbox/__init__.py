"""Where untrusted notebooks run: a small protocol, and Docker as its one implementation."""
