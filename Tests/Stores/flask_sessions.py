"""Lets flask-session itself write sessions: SOCKET, and how many visitors."""

import sys

import redis
from flask import Flask, session
from flask_session import Session


def main(socket: str, visitors: int) -> None:
    app = Flask(__name__)
    app.config.update(
        SESSION_TYPE="redis",
        SESSION_REDIS=redis.Redis(unix_socket_path=socket),
        SESSION_PERMANENT=False,
        PERMANENT_SESSION_LIFETIME=7200,
        SESSION_KEY_PREFIX="session:",
    )
    Session(app)

    @app.route("/<name>")
    def visit(name: str) -> str:
        session["name"] = name
        return name

    for number in range(visitors):
        app.test_client().get(f"/visitor-{number}")


main(sys.argv[1], int(sys.argv[2]))
