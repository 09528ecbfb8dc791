"""Hearing from Slack: over Socket Mode, or as signed HTTP requests."""

from bot.hearing.errors import NotListening
from bot.hearing.http import slack_application
from bot.hearing.socket_mode import Pace, SocketMode

__all__ = ["NotListening", "Pace", "SocketMode", "slack_application"]
