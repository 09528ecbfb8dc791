"""The crash test: kill the bot at every step of its work, and count what is lost or doubled.

    python -m tests.crash --database sqlite --posts 200 --kills 50
    python -m tests.crash --database postgresql --posts 200 --kills 50 \\
        --workers 3 --freeze --database-outage 10

`story` says what people post, `steps` watches what the bot asks of Slack and Masko and stops it there,
`dangers` decides when, `workers` and `databases` are the processes that are killed, `judge` compares
what was posted with what Slack and Masko hold at the end.
"""
