"""`python -m bot` is `masko-slack`."""

from bot.cli import main

main()
