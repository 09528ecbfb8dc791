"""What people may call a mascot, at its worst."""

HOSTILE = (
    "",
    "F" * 300,
    "🦊" * 300,
    "\u202eخلف " * 100,
    "<!channel> <@U1> *x* :tada: & <https://evil.example|co>",
    "two\nlines\x00\ud83e",
    "👩\u200d👩\u200d👧\u200d👦" * 60,
)
