"""Slack beyond Bolt: which images a post carries (`post`), their bytes (`files`; `addresses` says
where the bot's token may go), and what the bot says in a workspace (`workspace`): each
call in its turn (`pace`, `wire`), each failure an error of ours (`refusals`)."""
