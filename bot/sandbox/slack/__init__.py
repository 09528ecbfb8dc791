"""A local Slack, as strict as the real one where this project meets it.

Covered
    Web API: api.test, auth.test, apps.connections.open, bots.info, chat.{postMessage, postEphemeral, update,
    delete, getPermalink}, conversations.{info, members, history, replies, open, join}, files.{info,
    getUploadURLExternal, completeUploadExternal} and the upload URL, reactions.{add, remove}, team.info,
    users.info, views.{open, push, update, publish}, response_urls. Tokens, scopes, arguments, membership,
    rate tiers. Any other method is `unknown_method`.
    Socket Mode with hello, acknowledgements, re-sends, disconnects, several sockets, deaf ones; or signed
    HTTP delivery with Slack's retries. Events: message (with file_share,
    thread_broadcast, message_changed, message_deleted) and app_mention, as subscribed in the manifest.
    Interactions: block_actions, view_submission with its response actions, view_closed.
    Block Kit: header, section, context, actions, divider, image, input, rich_text, markdown, video with all
    classic elements. Files with private URLs, processing, sign-in page.

Not covered, and refused rather than waved through
    Blocks alert, card, carousel, container, context_actions, data_table, data_visualization, plan, table,
    task_card; workflow buttons; legacy interactive attachments; dialogs; scheduled messages; external
    select menus' option loading; slash commands; shortcuts.

Where Slack's documentation is silent the docstring says Choice.
"""

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.interactions import Submitted
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.tokens import Tokens

__all__ = ["Delivery", "LocalSlack", "NewFile", "Submitted", "Tokens"]
