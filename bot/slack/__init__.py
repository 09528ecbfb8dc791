"""Slack beyond Bolt: what it sends (`events`), what the bot sends (`messenger`), each call (`client`)."""
