"""What can be set from outside: the only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from commonwatt.errors import SetupError


class Settings(BaseSettings):
    """Every setting, as `COMMONWATT_` and its name in capitals, from the environment."""

    model_config = SettingsConfigDict(env_prefix="COMMONWATT_", frozen=True)

    database_url: str = Field(default="", description="PostgreSQL address, postgresql://...")
    broker_host: str = Field(default="127.0.0.1", description="where the MQTT broker is")
    broker_port: int = Field(default=1883, description="the broker's port")
    broker_username: str = Field(default="ingest", description="the service's name there")
    broker_password: str = Field(default="", description="the service's password there")
    receiver: Literal["buffered", "stock"] = Field(
        default="buffered", description="who reads the broker's socket; stock is paho alone"
    )
    messages_per_s: float = Field(
        default=5, gt=0, description="how much a meter may say before it is suspended"
    )
    web_host: str = Field(default="127.0.0.1", description="address the web server listens on")
    web_port: int = Field(default=8000, description="port the web server listens on")
    doors_host: str = Field(default="127.0.0.1", description="address devices post to")
    doors_port: int = Field(default=8001, description="port devices post to")
    metrics_host: str = Field(
        default="127.0.0.1", description="address figures are told at; keep it to yourself"
    )
    metrics_port: int = Field(
        default=0, ge=0, lt=65536, description="port of the web server's figures; 0 tells none"
    )
    ingest_metrics_port: int = Field(
        default=0, ge=0, lt=65000, description="port of the figures of ingest; 0 tells none"
    )
    log_style: Literal["text", "json"] = Field(
        default="text", description="how events are logged; json is one object a line"
    )
    secure_cookies: bool = Field(default=False, description="true behind HTTPS")
    erasure_list: Path = Field(
        default=Path("erasures.jsonl"),
        description="the list of erased households; keep it for good",
    )
    authority_folder: Path | None = Field(
        default=None, description="where `commonwatt ca` keeps certificates, to watch when they end"
    )
    engine: str = Field(
        default="serial",
        description="where daily work runs: serial, a number of processes, or tcp://host:port of Dask",
    )
    demo_dir: Path = Field(default=Path(".demo"), description="where `commonwatt demo` keeps data")

    def require_database(self) -> str:
        if not self.database_url:
            raise SetupError(
                "no database is set: start `make demo`, or set COMMONWATT_DATABASE_URL to "
                "postgresql://user:password@host:port/name"
            )
        return self.database_url
