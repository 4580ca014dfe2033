"""What runs inside containers: standard library and the environment's own packages, nothing of ours."""
