"""The contract of P2N: what server, worker and panel exchange. Imports nothing of ours."""
