"""Masko for Slack: a mascot image posted in a channel becomes a Masko mascot, and the thread says so."""
