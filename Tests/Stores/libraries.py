"""Lets session libraries write sessions and find them again.

SOCKET write: three sessions of each library, a fourth that its library holds for ended, and what else it may write.
SOCKET find IDS: how many of its first three each library still finds, by the ids that `write` has said.
"""

import asyncio
import json
import sys
import time
from types import SimpleNamespace
from unittest import mock

import redis
import redis.asyncio

LIVE = 3


class Django:
    def __init__(self, socket):
        import django.conf

        backend = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"unix://{socket}?db=0"}
        django.conf.settings.configure(CACHES={"default": backend}, SESSION_ENGINE="django.contrib.sessions.backends.cache")
        from django.contrib.sessions.backends.cache import SessionStore
        from django.core.cache import cache

        self.store, self.cache = SessionStore, cache

    async def write(self, number):
        session = self.store()
        await session.aset("name", number)
        await session.acreate()
        await session.asave()
        if number == LIVE:
            await session.aflush()
            self.cache.set("page:1", "cached")
        return session.session_key

    async def find(self, id):
        return await self.store(id).aget("name")


class Starsessions:
    def __init__(self, connection):
        from starsessions.serializers import JsonSerializer
        from starsessions.stores.redis import RedisStore

        self.store, self.serializer = RedisStore(connection=connection), JsonSerializer()

    async def handler(self, id=None):
        from starlette.requests import HTTPConnection
        from starsessions.session import SessionHandler

        connection = HTTPConnection({"type": "http", "headers": []})
        handler = SessionHandler(connection, id, self.store, self.serializer, lifetime=7_776_000)
        await handler.load()
        return handler

    async def write(self, number):
        # The fourth was last used sixty days ago.
        then = time.time() - (5_184_000 if number == LIVE else 0)
        with mock.patch("time.time", lambda: then):
            handler = await self.handler()
            handler.connection.session["name"] = number
            return await handler.save(7_776_000)

    async def find(self, id):
        return (await self.handler(id)).connection.session.get("name")


class FastAPIUsers:
    def __init__(self, connection):
        from fastapi_users.authentication.strategy.redis import RedisStrategy

        self.strategy = RedisStrategy(connection)

    async def write(self, number):
        user = SimpleNamespace(id=f"user-{number}")
        token = await self.strategy.write_token(user)
        if number == LIVE:
            await self.strategy.destroy_token(token, user)
        return token

    async def find(self, id):
        async def get(user):
            return user

        return await self.strategy.read_token(id, SimpleNamespace(parse_id=lambda id: id, get=get))


class Aiohttp:
    def __init__(self, connection):
        from aiohttp_session.redis_storage import RedisStorage

        self.storage = RedisStorage(connection, key_factory=iter(f"{number:032x}" for number in range(9)).__next__)

    async def write(self, number):
        from aiohttp import web
        from aiohttp_session import Session

        session = Session(None, data=None, new=True)
        session["name"] = f"visitor-{number}"
        await self.storage.save_session(None, web.Response(), session)
        id = f"{number:032x}"
        if number == LIVE:
            session = await self.load(id)
            session.invalidate()
            await self.storage.save_session(None, web.Response(), session)
        return id

    async def load(self, id):
        from aiohttp.test_utils import make_mocked_request

        return await self.storage.load_session(make_mocked_request("GET", "/", {"Cookie": f"AIOHTTP_SESSION={id}"}))

    async def find(self, id):
        return (await self.load(id)).get("name")


class Beaker:
    def __init__(self, socket):
        self.url = f"unix://{socket}"

    def session(self, id):
        from beaker.session import Session

        return Session({}, id=id, type="ext:redis", url=self.url, use_cookies=False)

    async def write(self, number):
        session = self.session(f"{number:032x}")
        session["name"] = f"visitor-{number}"
        session.save()
        if number == LIVE:
            session.invalidate()
        return f"{number:032x}"

    async def find(self, id):
        return self.session(id).get("name")


async def main(socket, mode, *rest):
    connection = redis.asyncio.Redis(unix_socket_path=socket)
    libraries = {
        "django": Django(socket),
        "starsessions": Starsessions(connection),
        "fastapi-users": FastAPIUsers(connection),
        "aiohttp": Aiohttp(connection),
        "beaker": Beaker(socket),
    }
    if mode == "write":
        said = {name: [await library.write(n) for n in range(LIVE + 1)] for name, library in libraries.items()}
    else:
        ids = json.loads(rest[0])
        said = {}
        for name, library in libraries.items():
            found = [await library.find(id) for id in ids[name][:LIVE]]
            said[name] = sum(name is not None for name in found)
    await connection.aclose()
    print(json.dumps(said))


asyncio.run(main(*sys.argv[1:]))
