"""Reasons that a reader gives with a claim and that a planner heeds, in the words that a person sees."""

FORMER = "the value before the change"
