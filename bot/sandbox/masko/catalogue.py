"""Projects, assets and collections, in memory, and the rules among them. No I/O.

Documented: at most six references; the style card is cleared when they change. Choices: a seventh is 400
`bad_request`; so is the same asset twice in one collection, or a slug that is taken; an unknown id is 404;
a project of another organisation, or a collection in it, is 403; a collection may lose its last reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from bot.sandbox.masko.bodies import Changes, NewCollection
from bot.sandbox.masko.pictures import Picture
from bot.sandbox.masko.records import MOST_REFERENCES, Asset, Collection, Project
from bot.sandbox.masko.refusals import bad_request, forbidden, not_found
from bot.sandbox.masko.vision import Description

Thing = Literal["asset", "collection", "project"]


class Catalogue:
    """Everything one local Masko holds.

    Arguments:
        organization_id: whose key it is; what belongs to others is forbidden.
        new_id: makes the id of a new thing.
    """

    def __init__(self, organization_id: str, new_id: Callable[[Thing], str]) -> None:
        self.organization_id = organization_id
        self.projects: dict[str, Project] = {}
        self.assets: dict[str, Asset] = {}
        self.collections: dict[str, Collection] = {}
        self._new_id = new_id

    def add_project(self, name: str, organization_id: str | None = None) -> Project:
        """A new project, of the key's own organisation unless another is named."""
        owner = organization_id or self.organization_id
        project = Project(self._new_id("project"), name, owner, datetime.now(UTC))
        self.projects[project.id] = project
        return project

    def own_projects(self) -> list[Project]:
        """The projects that the key may see, oldest first."""
        return [each for each in self.projects.values() if each.organization_id == self.organization_id]

    def own_project(self, project_id: str) -> Project:
        """The project of this id.

        Raises:
            Refusal: 404 when there is none, 403 when it is another organisation's.
        """
        project = self.projects.get(project_id)
        if project is None:
            raise not_found(f"No project {project_id}.")
        if project.organization_id != self.organization_id:
            raise forbidden(f"Project {project_id} belongs to another organisation.")
        return project

    def add_asset(
        self, data: bytes, picture: Picture, *, filename: str | None, source_url: str | None
    ) -> Asset:
        """Keep a decoded picture. The same bytes again are a second asset, as an upload makes one."""
        asset = Asset(
            id=self._new_id("asset"),
            data=data,
            format=picture.format,
            width=picture.width,
            height=picture.height,
            created_at=datetime.now(UTC),
            filename=filename,
            source_url=source_url,
        )
        self.assets[asset.id] = asset
        return asset

    def own_collections(self, project_id: str) -> list[Collection]:
        """The collections of a project, or of all own projects when it is empty; newest first (Choice)."""
        projects = [self.own_project(project_id)] if project_id else self.own_projects()
        wanted = {project.id for project in projects}
        return [each for each in reversed(self.collections.values()) if each.project_id in wanted]

    def own_collection(self, collection_id: str) -> Collection:
        """The collection of this id.

        Raises:
            Refusal: 404 when there is none, 403 when it is another organisation's.
        """
        collection = self.collections.get(collection_id)
        if collection is None:
            raise not_found(f"No collection {collection_id}.")
        self.own_project(collection.project_id)
        return collection

    def check_references(self, held: Sequence[str], wanted: Iterable[str], urls: int = 0) -> None:
        """Whether these assets, and so many URLs, may join those that a collection holds.

        Raises:
            Refusal: 404 for an unknown asset, 400 for one that is twice in it or for one too many.
        """
        together = list(held)
        for asset_id in wanted:
            if asset_id not in self.assets:
                raise not_found(f"No asset {asset_id}.")
            if asset_id in together:
                raise bad_request(f"Asset {asset_id} is already a reference of this collection.")
            together.append(asset_id)
        if len(together) + urls > MOST_REFERENCES:
            raise bad_request(f"A collection has at most {MOST_REFERENCES} references.")

    def add_collection(
        self, new: NewCollection, references: Sequence[str], detected: Description, detected_at: float
    ) -> Collection:
        """A new collection; its vision's words show from `detected_at` (the server's clock)."""
        now = datetime.now(UTC)
        collection = Collection(
            id=self._new_id("collection"),
            project_id=new.project_id,
            reference_asset_ids=list(references),
            detected=detected,
            detected_at=detected_at,
            created_at=now,
            updated_at=now,
            name=new.name or None,
            prompt=new.given_prompt,
        )
        self.collections[collection.id] = collection
        return collection

    def add_reference(self, collection: Collection, asset_id: str) -> None:
        """One more reference.

        Raises:
            Refusal: as `check_references`.
        """
        self.check_references(collection.reference_asset_ids, [asset_id])
        self._references_become(collection, [*collection.reference_asset_ids, asset_id])

    def remove_reference(self, collection: Collection, asset_id: str) -> None:
        """One reference less; the asset itself stays.

        Raises:
            Refusal: 404 when it is not a reference of this collection.
        """
        if asset_id not in collection.reference_asset_ids:
            raise not_found(f"Asset {asset_id} is not a reference of collection {collection.id}.")
        rest = [each for each in collection.reference_asset_ids if each != asset_id]
        self._references_become(collection, rest)

    def change(self, collection: Collection, changes: Changes) -> None:
        """A new name, prompt or slug.

        Raises:
            Refusal: 400 when another collection has the slug.
        """
        others = (each.slug for each in self.collections.values() if each is not collection)
        if changes.slug and changes.slug in others:
            raise bad_request(f"The slug {changes.slug} is taken.")
        collection.name = changes.name or collection.name
        collection.prompt = changes.given_prompt or collection.prompt
        collection.slug = changes.slug or collection.slug
        collection.updated_at = datetime.now(UTC)

    def delete_collection(self, collection_id: str) -> None:
        """Delete a collection, as somebody would in Masko's web app."""
        del self.collections[collection_id]

    def forget(self) -> None:
        """Forget assets and collections; the projects stay."""
        self.assets.clear()
        self.collections.clear()

    @staticmethod
    def _references_become(collection: Collection, asset_ids: list[str]) -> None:
        collection.reference_asset_ids = asset_ids
        collection.style_card = None
        collection.updated_at = datetime.now(UTC)
