"""Before anything runs: the settings, and how to say what is wrong with them. Light, since every start waits for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import NoReturn

from dotenv import load_dotenv
from pydantic import ValidationError

from app import config
from app.domain.errors import FaceReconError
from app.vision.models.trouble import ModelTrouble


def read_settings() -> config.Settings:
    """The settings of the environment and of .env. Ends the program where one cannot be used."""
    try:
        return load_settings()
    except ValidationError as invalid:
        stop("\n".join(["These settings cannot be used:", *unusable(invalid)]))


def load_settings() -> config.Settings:
    """The settings of the environment and of .env. Raises ValidationError; `unusable` says what it means."""
    load_dotenv(".env")
    return config.Settings()


def unusable(invalid: ValidationError) -> list[str]:
    """The variables that cannot be used, and why, without their values."""
    prefix = getattr(config, invalid.title).model_config["env_prefix"]
    return [f"{prefix}{e['loc'][0]}".upper() + f": {e['msg']}" for e in invalid.errors()]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def in_one_screen() -> Iterator[None]:
    """What keeps the service from starting is said in words, without a traceback."""
    try:
        yield
    except (ModelTrouble, FaceReconError) as error:
        stop(str(error))


def stop(message: str) -> NoReturn:
    """Say why, and end the program."""
    sys.stderr.write(f"{message}\n")
    sys.exit(1)
