"""What may I write under `release:`?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, PrivateAttr, Tag, model_validator

from preflight.model import CheckSpec, OneOrSeveral, Several, Strictly
from preflight_release.fields import Absolute, Digest, Extended, Glob, Package, Pattern, Text, Url, Version, Word
from preflight_release.promise import Manifest

Part = Literal["all", "promised", "extra"]
_WHAT_IT_SAYS = "a regular expression: the version is its group, or all of it; the whole text, if empty"


class OnHost(Strictly):
    """A manifest that lies on the host."""

    on_host: Absolute = Field(description="its path on each host")


# A discriminator, since a plain union reports one mistake once for each of its members.
FromWhere = Annotated[
    Annotated[str, Field(pattern=r"^[^\x00]+$"), Tag("path")] | Annotated[OnHost, Tag("mapping")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict | OnHost) else "path"),
]


class VersionFrom(Strictly):
    """Where the version on disk is to be read."""

    file: Text = Field("", description="a file: below the root, or absolute")
    command: Text = Field("", description="a command whose output says it")
    pattern: Pattern = Field("", description=_WHAT_IT_SAYS)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.file) == bool(self.command.strip()):
            raise ValueError("needs either `file` or `command`")
        if ".." in self.file.split("/") or self.file.endswith("/"):
            raise ValueError("`file` should be a path below the root, or an absolute one, without ..")
        return self


class Running(Strictly):
    """What says which version runs."""

    http: Url | None = Field(None, description="a URL, fetched from the host itself")
    command: Text = Field("", description="a command whose output says it")
    pattern: Pattern = Field("", description=_WHAT_IT_SAYS)
    process: Extended = Field(
        "", description="its processes by their command lines (grep -E): started after the files were put there"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.http and self.command:
            raise ValueError("needs `http` or `command`, not both")
        if not (self.http or self.command.strip() or self.process):
            raise ValueError("needs `http`, `command` or `process`")
        if self.pattern and not self.tells:
            raise ValueError("`pattern` is for what `http` or `command` says; processes are found by `process`")
        return self

    @property
    def tells(self) -> bool:
        """Whether something says the version, and not only since when it runs."""
        return bool(self.http or self.command)


class Image(Strictly):
    """A container and the image it must have been made of."""

    container: Word
    digest: Digest = Field(description="of the image, or of its manifest in a registry: sha256:...")


@dataclass(frozen=True, slots=True)
class Where:
    """One host of a release.

    Attributes:
        number: of the release among those of the inventory.
        host: its name in the inventory.
        alone: whether the release has no other.
        part: `all`, or apart from each other, with `extra: warn`: `promised` and `extra`.
        manifest: what was promised; None where it lies on the host, or where there is none.
    """

    number: int = 0
    host: str = ""
    alone: bool = True
    part: Part = "all"
    manifest: Manifest | None = None


class ArtifactSpec(CheckSpec):
    """A release that was promised: one check for each host."""

    name: Word
    version: Version
    hosts: OneOrSeveral[str] = Field(min_length=1, description="a host, a group, or a list")
    root: Absolute | None = Field(None, description="the folder that its files lie in")
    manifest: FromWhere | None = Field(
        None, description="the files that were promised: a file, found from the inventory's, or {on_host: PATH}"
    )
    extra: Literal["fail", "warn", "ignore"] = Field("fail", description="what files count for that nobody promised")
    except_: Several[Glob] = Field((), alias="except", description="files that may be there besides: log/**, *.pid")
    version_from: VersionFrom | None = Field(None, description="where the version on disk is to be read")
    running: Running | None = Field(None, description="what says which version runs")
    package: Package | None = Field(None, description="its name in the database of dpkg, rpm or apk")
    image: Image | None = Field(None, description="the container it runs in, and the digest of its image")

    _where: Where = PrivateAttr(default_factory=Where)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.root is None) != (self.manifest is None):
            raise ValueError("`root` and `manifest` go together: which files lie where")
        if self.root is None and self.version_from is not None and self.version_from.file[:1] not in ("", "/"):
            raise ValueError("`version_from: {file: ...}` is a path below `root`: give one, or an absolute path")
        if not (self.manifest or self.version_from or self.running or self.package or self.image):
            raise ValueError("promises nothing that could be checked: give `manifest`, `version_from`, `running`, ...")
        if self.manifest is None and self.running is not None and self.running.process:
            raise ValueError("`running: {process: ...}` is about files that changed since: it needs `manifest`")
        if self.manifest is None and (self.except_ or self.extra != "fail"):
            raise ValueError("`extra` and `except` go with a `manifest`")
        if self.except_ and self.extra == "ignore":
            raise ValueError("`except` means nothing with `extra: ignore`")
        return self

    def on(self, where: Where) -> Self:
        """This release on one host. Its `id` says which, unless there is one, and which part of it."""
        spec = self.model_copy()
        if self.id:
            host = "" if where.alone else f"/{where.host}"
            spec = spec.model_copy(update={"id": f"{self.id}{host}{':extra' if where.part == 'extra' else ''}"})
        if where.part == "extra":
            spec = spec.model_copy(update={"severity": "warning"})
        spec._where = where
        return spec

    @property
    def where(self) -> Where:
        return self._where

    @property
    def called(self) -> str:
        """`phoenix-1.0.13`."""
        return f"{self.name}-{self.version}"
