"""Hearing from Slack: over Socket Mode, or as signed HTTP requests."""

from bot.server.errors import NotListening
from bot.server.http import slack_application
from bot.server.socket_mode import Pace, SocketMode

__all__ = ["NotListening", "Pace", "SocketMode", "slack_application"]
