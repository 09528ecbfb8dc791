"""The root of the errors that this program raises on purpose.

Each error knows whether to retry, and what to tell a person.  Its words are plain text: they may hold a
file's name, so they are shown as `plain_text`, never as markup.  Subclasses live where their subject does:

    MaskoError        bot.masko.errors       Masko's refusals, or no answer
    SlackError        bot.slack.errors       the Web API's refusals, or no answer
    DownloadError     bot.slack.errors       a file could not be fetched
    ImageRefused      bot.images             bytes that cannot become a reference
    DecodingFailed    bot.images             decoding broke off, through no fault of the bytes
    Unsettled         bot.mascots            an earlier request may still take effect
    Quarantined       bot.jobs               the process died of it before
    Refusal           here                   not done, for a reason in words
      Denied          bot.channels           not permitted
      Unusable        bot.intake             one image, for reasons of its own
      MascotGone      bot.mascots            deleted in Masko
      NoProject, SeveralProjects  bot.mascots  where to make a mascot is not clear
      DatabaseInUse, DatabaseUnusable (DatabaseAway)  bot.db
      SettingsError   bot.settings           a bad environment variable
    CannotTell        bot.channels           permission could not be determined
    Unreadable        bot.slack.forms        a press or a form without a meaning
"""

from __future__ import annotations


class BotError(Exception):
    """Something that a person is told about.

    Attributes:
        worth_retrying: the same step may succeed later without a change by anybody.
        waits_for_turn: nothing is wrong, there is only a turn to wait for, as with a rate limit.
        retry_after: seconds after which to retry, if known.
    """

    worth_retrying: bool = False
    waits_for_turn: bool = False
    retry_after: float | None = None

    @property
    def words(self) -> str:
        """What happened and what to do: plain text without markup and secrets."""
        return "Something went wrong on our side."


class Refusal(BotError):
    """What somebody asked for is not done; the argument says why, in words for them."""

    @property
    def words(self) -> str:
        return str(self)
