"""The root of every error this program raises on purpose.

Each error carries the facts it was raised with and the words for a person who asked for something
that did not work.  The words are plain text: they may hold a file's name, so they are shown as
`plain_text`, never as markup.  The branches live where their subject lives:

    BotError
    ├── MaskoError        bot/masko/errors.py       what the Masko API answered, or did not
    ├── SlackError        bot/slack/refusals.py     what the Web API refused, or did not answer
    ├── DownloadError     bot/slack/files.py        fetching a file's bytes from Slack
    ├── ImageRefused      bot/images/refusals.py    bytes that cannot become a reference
    ├── DecodingFailed    bot/images/refusals.py    decoding broke off; the bytes are not to blame
    ├── Unusable          bot/intake/arrivals.py    one image, for reasons of its own
    ├── MascotGone        bot/mascots.py            deleted in Masko
    ├── Unsettled         bot/once.py               asked for before, and perhaps still under way
    ├── Quarantined       bot/work/quarantine.py    the program has died of it before, and waits
    ├── Denied            bot/permissions           what somebody may not do
    ├── CannotTell        bot/permissions           whether somebody may do something
    ├── NotTheirs         bot/requests.py           a file that somebody else uploaded
    ├── Unreadable        handlers/reading.py       a press or a form that means nothing
    ├── NoProject, SeveralProjects                  bot/projects.py
    ├── WrongOption       bot/cli/errors.py         an option of the command line
    ├── SettingsError     bot/settings.py           a bad environment variable
    └── StoreError        bot/store/database.py     the database
"""

from __future__ import annotations


class BotError(Exception):
    """Something that a person is told about.

    Attributes:
        worth_retrying: True when the same step may succeed later without anybody changing anything.
        waits_for_turn: True when nothing is wrong and there is only a turn to wait for, such as with a rate
            limit; such a wait is no failed try.
        retry_after: seconds after which a repeat makes sense, where somebody said so.
    """

    worth_retrying: bool = False
    waits_for_turn: bool = False
    retry_after: float | None = None

    @property
    def words(self) -> str:
        """What happened and what to do, in plain words (plain text, no markup, no secrets)."""
        return "Something went wrong on our side."
