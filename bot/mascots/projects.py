"""Which Masko project new mascots go to."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import BotError
from bot.masko import MaskoClient, Project


class NoProject(BotError):
    """The key sees no project to put a mascot in."""

    @property
    def words(self) -> str:
        return (
            "Masko has no project for new mascots yet. Create one in Masko, then press Retry; "
            "whoever installed this app can name it with MASKO_PROJECT_ID."
        )


class SeveralProjects(BotError):
    """The key sees several projects and none was chosen."""

    def __init__(self, projects: Sequence[Project]) -> None:
        super().__init__(f"{len(projects)} projects, none chosen")
        self.projects = tuple(projects)

    @property
    def words(self) -> str:
        return (
            f"Which of the {len(self.projects)} Masko projects should new mascots go to? "
            "Whoever installed this app can say so with MASKO_PROJECT_ID (masko-slack doctor lists them)."
        )


class ProjectChoice:
    """The project for new mascots: `MASKO_PROJECT_ID`, else the key's only project."""

    def __init__(self, masko: MaskoClient, chosen: str | None) -> None:
        self._masko = masko
        self._known = chosen

    async def id(self) -> str:
        """Return the project's id.  Raises NoProject, SeveralProjects, MaskoError."""
        if self._known is None:
            self._known = only(await self._masko.projects()).id
        return self._known


def only(projects: Sequence[Project]) -> Project:
    """Return the one project.  Raises NoProject, SeveralProjects."""
    if not projects:
        raise NoProject
    if len(projects) > 1:
        raise SeveralProjects(projects)
    return projects[0]
