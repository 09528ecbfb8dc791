"""A local Slack, a local Masko and a web page, so that the bot runs with nothing but this package."""
