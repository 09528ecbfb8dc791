"""The calls of the local Masko's `/v1`, its OpenAPI document, and a page that leads to it.

The documented calls that have no part in creating a mascot from images are not imitated: `POST
/v1/collections/{id}/suggest-actions`, `POST /v1/collections/{id}/generate` and `GET /v1/jobs/{id}` answer 404
`not_found`, as any other unknown path does. So nothing is ever generated, and no webhook is sent.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from aiohttp import web

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import answers, decoder, openapi
from bot.sandbox.masko.accounts import FIRST_CREDITS, Account
from bot.sandbox.masko.answers import Page
from bot.sandbox.masko.bodies import (
    Changes,
    CollectionsQuery,
    Link,
    NewCollection,
    NewProject,
    NewReference,
    PageQuery,
    understood,
)
from bot.sandbox.masko.call import Call
from bot.sandbox.masko.catalogue import Catalogue
from bot.sandbox.masko.faults import Faults
from bot.sandbox.masko.limits import DOCUMENTED, Budget, Limit
from bot.sandbox.masko.links import Links
from bot.sandbox.masko.middleware import KEY, Middleware, Outcome
from bot.sandbox.masko.openapi import DOCUMENT_PATH
from bot.sandbox.masko.operations import OPERATIONS, Operation
from bot.sandbox.masko.records import Asset, Collection, Envelope, Project, new_id
from bot.sandbox.masko.refusals import Refusal, not_found, unusable
from bot.sandbox.masko.shapes import Shape, Uploaded
from bot.sandbox.masko.vision import Description

SANDBOX_API_KEY = "masko_" + b"masko sandbox key, opens nothing".hex()
"""A key of the documented form that opens nothing but a sandbox."""

ORGANISATION = "7d1c4c0e-5a3b-4f6e-9b0a-5a4d8b0c5a11"


class LocalMasko:
    """A Masko on loopback, as documented, for tests and the sandbox.

    Arguments:
        api_key: the key that opens it, `masko_` and 64 hex digits; `add_key` makes more.
        inspector: hears of every call (kind `masko`); what a careful client would not have sent is a finding.
        projects: names of the projects there are at first; one, several or none.
        limits: calls per time and key; empty for no limit.
        fetch_from: origins (`http://127.0.0.1:8080`) whose pictures may be fetched by URL; none at first.
        public_urls: whether pictures of public hosts may be fetched, too.
        describe_after: seconds until the vision's words show; with 0 they are in the create answer, and until
            then name and prompt are null. Undocumented, so both can be had.
        envelope: `current`, or `older` for the answers that older pages show.
        page_limit: entries of a list at most; a larger `limit` is cut to it (Choice).
        vision: describes a picture's bytes (called in a thread).
        clock: seconds that never go back.

    May be set at any time: `describe_after`, `envelope`, `page_limit`, `credits`, `links.own`,
    `links.public`, `budget.limits`, `budget.reset_as`, and what `faults` has in store. To be read:
    `projects`, `assets`, `collections` (of the first key, by id, oldest first), and by operation, named as in
    `operations`, how often it was called (`calls`) and how often it took effect (`effects`).

    An unknown path is 404, and so is another method (Choice).

    Raises:
        ValueError: for a key that is not of the documented form.
    """

    def __init__(
        self,
        *,
        api_key: str,
        inspector: Inspector,
        projects: Sequence[str] = ("Sandbox",),
        limits: Sequence[Limit] = DOCUMENTED,
        fetch_from: Iterable[str] = (),
        public_urls: bool = False,
        describe_after: float = 0.0,
        envelope: Envelope = "current",
        page_limit: int = 50,
        vision: Callable[[bytes], Description] = decoder.describe,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not KEY.fullmatch(api_key):
            raise ValueError("api_key must be masko_ and 64 hex digits")
        self.describe_after = describe_after
        self.envelope: Envelope = envelope
        self.links = Links(fetch_from, public=public_urls)
        self.page_limit = page_limit
        self.budget = Budget(limits, clock)
        self._vision = vision
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._gate = Middleware(self._accounts.keys(), inspector, self.budget)
        self._endpoints: Mapping[str, Callable[[Call], Awaitable[Shape]]] = {
            "upload": self._upload,
            "projects.list": self._list_projects,
            "projects.create": self._create_project,
            "collections.list": self._list_collections,
            "collections.create": self._create_collection,
            "collections.get": self._get_collection,
            "collections.update": self._change_collection,
            "references.add": self._add_reference,
            "references.remove": self._remove_reference,
            "credits": self._credits,
        }
        self._first = self._open(api_key, ORGANISATION, projects)

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._gate.faults

    @property
    def calls(self) -> Counter[str]:
        """How often each operation was called, refused and failed calls included."""
        return self._gate.calls

    @property
    def effects(self) -> Counter[str]:
        """How often each operation took effect, whether or not its answer arrived."""
        return self._gate.effects

    @property
    def credits(self) -> int:
        """The first key's credits."""
        return self._first.credits

    @credits.setter
    def credits(self, credits: int) -> None:
        self._first.credits = credits

    @property
    def projects(self) -> Mapping[str, Project]:
        """Every project by id, other organisations' included."""
        return self._first.projects

    @property
    def assets(self) -> Mapping[str, Asset]:
        """Every uploaded or fetched picture by id."""
        return self._first.assets

    @property
    def collections(self) -> Mapping[str, Collection]:
        """Every mascot by id."""
        return self._first.collections

    def add_key(self, projects: Sequence[str] = ("Sandbox",), *, credits: int = FIRST_CREDITS) -> str:
        """A further key, which opens projects and credits of its own and nothing that another key made.

        What it makes is in `account(key)`. Faults, conditions and counts are the whole server's, limits each
        key's.

        Args:
            projects: names of the projects that it has at first.
        """
        key = f"masko_{'0' * 40}{secrets.token_hex(12)}"
        self._open(key, str(uuid.uuid4()), projects).credits = credits
        return key

    def account(self, key: str) -> Account:
        """What belongs to a key: `projects`, `assets`, `collections`, `credits`.

        Raises:
            KeyError: it is no key of this Masko.
        """
        return self._accounts[key]

    def add_project(self, name: str, organization_id: str | None = None) -> Project:
        """One more project; one of another organisation answers 403 to the key."""
        return self._first.catalogue.add_project(name, organization_id)

    async def add_mascot(
        self, given: Sequence[tuple[str, bytes]], *, name: str = "", prompt: str = ""
    ) -> Collection:
        """A mascot in the first project, made from pictures (name, bytes) as if somebody had uploaded them.

        Raises:
            Refusal: a picture that Masko does not take, none, or more than six.
        """
        catalogue = self._first.catalogue
        assets = [await self._keep(catalogue, data, filename=filename) for filename, data in given]
        new = understood(
            NewCollection,
            {
                "project_id": catalogue.own_projects()[0].id,
                "reference_asset_ids": [asset.id for asset in assets],
                **({"name": name} if name else {}),
                **({"prompt": prompt} if prompt else {}),
            },
        )
        catalogue.check_references([], new.reference_asset_ids)
        detected = await asyncio.to_thread(self._vision, assets[0].data)
        return catalogue.add_collection(new, new.reference_asset_ids, detected, self._clock())

    def put(self, things: Iterable[Project | Asset | Collection]) -> None:
        """Keep things under the ids that they have, in place of whatever has them."""
        catalogue = self._first.catalogue
        for thing in things:
            match thing:
                case Project():
                    catalogue.projects[thing.id] = thing
                case Asset():
                    catalogue.assets[thing.id] = thing
                case Collection():
                    catalogue.collections[thing.id] = thing

    def delete_collection(self, collection_id: str) -> None:
        """Delete a mascot as somebody would in Masko's web app; calls about it answer 404 from now on."""
        accounts = self._accounts.values()
        holder = next((each for each in accounts if collection_id in each.collections), self._first)
        holder.catalogue.delete_collection(collection_id)

    def reset(self) -> None:
        """Forget assets, collections, counts, faults and spent limits; the projects stay."""
        for account in self._accounts.values():
            account.catalogue.forget()
        self.calls.clear()
        self.effects.clear()
        self.faults.clear()
        self.budget.forget()

    def application(self) -> web.Application:
        """The `/v1` to serve on loopback."""
        app = web.Application()
        for operation in OPERATIONS:
            endpoint = self._endpoints[operation.name]
            app.router.add_route(operation.method, operation.path, self._handler(operation, endpoint))
        app.router.add_get("/", self._front_page, allow_head=False)
        app.router.add_get(DOCUMENT_PATH, self._document, allow_head=False)
        app.router.add_route("*", "/{path:.*}", self._unknown)
        return app

    async def _front_page(self, request: web.Request) -> web.Response:
        return web.Response(
            text=openapi.FRONT_PAGE,
            content_type="text/html",
            headers={"Content-Security-Policy": "default-src 'none'"},
        )

    async def _document(self, request: web.Request) -> web.Response:
        return web.json_response(openapi.document(self.envelope, limited=bool(self.budget.limits)))

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        return await self._gate.serve(request, "unknown", _no_such_path, self.envelope)

    def _handler(
        self, operation: Operation, endpoint: Callable[[Call], Awaitable[Shape]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def asked(call: Call) -> Outcome:
            call.query(operation.query)  # also where the endpoint needs none: an unknown name is refused
            return Outcome(operation.promise.status, await endpoint(call))

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._gate.serve(request, operation.name, asked, self.envelope)

        return handle

    async def _upload(self, call: Call) -> Shape:
        if call.is_multipart:
            upload = await call.upload()
            asset = await self._keep(self._catalogue(call), upload.data, filename=upload.filename)
        else:
            asset = await self._fetched(self._catalogue(call), (await call.body(Link)).url)
        return self._one(Uploaded(asset_id=asset.id))

    async def _list_projects(self, call: Call) -> Shape:
        shown = [answers.project(each) for each in self._catalogue(call).own_projects()]
        page = self._page(call.query(PageQuery))
        return answers.projects(shown, page, self.envelope)

    async def _create_project(self, call: Call) -> Shape:
        new = await call.body(NewProject)
        return self._one(answers.project(self._catalogue(call).add_project(new.name)))

    async def _list_collections(self, call: Call) -> Shape:
        query, now = call.query(CollectionsQuery), self._clock()
        found = self._catalogue(call).own_collections(query.project_id)
        shown = [answers.collection_in_list(each, now) for each in found]
        return answers.collections(shown, self._page(query), self.envelope)

    async def _create_collection(self, call: Call) -> Shape:
        new = await call.body(NewCollection)
        catalogue = self._catalogue(call)
        catalogue.own_project(new.project_id)
        catalogue.check_references([], new.reference_asset_ids, urls=len(new.reference_image_urls))
        fetched = [await self._fetched(catalogue, url) for url in new.reference_image_urls]
        references = [*new.reference_asset_ids, *(asset.id for asset in fetched)]
        detected = await asyncio.to_thread(self._vision, catalogue.assets[references[0]].data)
        shows_at = self._clock() + self.describe_after
        return self._in_full(catalogue.add_collection(new, references, detected, shows_at))

    async def _get_collection(self, call: Call) -> Shape:
        return self._in_full(self._catalogue(call).own_collection(call.part("id")))

    async def _change_collection(self, call: Call) -> Shape:
        catalogue = self._catalogue(call)
        collection = catalogue.own_collection(call.part("id"))
        catalogue.change(collection, await call.body(Changes))
        return self._in_full(collection)

    async def _add_reference(self, call: Call) -> Shape:
        catalogue = self._catalogue(call)
        collection = catalogue.own_collection(call.part("id"))
        new = await call.body(NewReference)
        if new.url:
            catalogue.check_references(collection.reference_asset_ids, [], urls=1)
        asset_id = new.asset_id or (await self._fetched(catalogue, new.url)).id
        catalogue.add_reference(collection, asset_id)
        return self._in_full(collection)

    async def _remove_reference(self, call: Call) -> Shape:
        catalogue = self._catalogue(call)
        collection = catalogue.own_collection(call.part("id"))
        catalogue.remove_reference(collection, call.part("asset_id"))
        return self._in_full(collection)

    async def _credits(self, call: Call) -> Shape:
        return self._one(answers.credits(self._accounts[call.key].credits, self.envelope))

    def _open(self, key: str, organization_id: str, projects: Sequence[str]) -> Account:
        catalogue = Catalogue(organization_id, lambda thing: new_id(thing, self.envelope))
        for name in projects:
            catalogue.add_project(name)
        account = self._accounts[key] = Account(catalogue)
        return account

    def _catalogue(self, call: Call) -> Catalogue:
        """What belongs to the key of a call."""
        return self._accounts[call.key].catalogue

    async def _keep(
        self, catalogue: Catalogue, data: bytes, *, filename: str | None = None, url: str | None = None
    ) -> Asset:
        picture = await asyncio.to_thread(decoder.decode, data)
        return catalogue.add_asset(data, picture, filename=filename, source_url=url)

    async def _fetched(self, catalogue: Catalogue, url: str) -> Asset:
        data = await self.links.fetch(url)
        try:
            return await self._keep(catalogue, data, url=url)
        except Refusal as refusal:  # what a link leads to is not the caller's doing: no finding
            raise unusable(f"{url}: {refusal.message}") from refusal

    def _in_full(self, collection: Collection) -> Shape:
        return self._one(answers.collection(collection, self._clock(), self.envelope))

    def _one(self, thing: Shape) -> Shape:
        return answers.one(thing, self.envelope)

    def _page(self, query: PageQuery) -> Page:
        return Page(min(query.limit, self.page_limit), query.offset)


async def _no_such_path(call: Call) -> Outcome:
    raise not_found("No such path.", finding="No documented call has this method and path.")
