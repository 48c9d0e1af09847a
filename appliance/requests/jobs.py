"""Long work that somebody at the page waits for: begun at once, looked at while it goes on, stopped at will."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.requests.asked import Answer, Asked, text
from appliance.requests.context import Context

KEPT_SECONDS = 3600.0
MOST_JOBS = 50  # going on at once: more is a page that has gone mad

log = logging.getLogger("dyzurka.exchange")


@dataclass(slots=True)
class Job:
    """One piece of work. `step` tells what happens now; what `work` returns is its result."""

    id: str
    begun: float
    now: Callable[[], datetime]
    state: str = "running"  # then "done", "failed" or "stopped"
    steps: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] | None = None
    task: asyncio.Task[None] | None = None

    def step(self, key: str, **values: object) -> None:
        """Tell the page what happens now."""
        self.steps.append({"at": self.now().isoformat(timespec="milliseconds"), "key": key, **values})


Work = Callable[[Job], Awaitable[dict[str, Any]]]


class Jobs:
    """The jobs of one exchange, by id."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._jobs: dict[str, Job] = {}

    def begin(self, name: str, work: Work) -> Answer:
        """Begin it; {"job": id}. Raises RefusedError where too much goes on."""
        now = self._context.clock.monotonic()
        for old in [each for each in self._jobs.values() if each.state != "running"]:
            if now - old.begun > KEPT_SECONDS:
                del self._jobs[old.id]
        if sum(each.state == "running" for each in self._jobs.values()) >= MOST_JOBS:
            raise RefusedError("too much goes on at once: try again later", "busy")
        job = Job(secrets.token_hex(8), now, self._local)
        self._jobs[job.id] = job
        self._context.later(f"{name} {job.id}", self._run(job, name, work))
        return {"job": job.id}

    def __getitem__(self, job: str) -> Job:
        """Raises RefusedError where there is none of that id."""
        try:
            return self._jobs[job]
        except KeyError:
            raise RefusedError("there is no such job any more", "no_such_job") from None

    def _local(self) -> datetime:
        return self._context.clock.now().astimezone(self._context.building.box.timezone)

    async def _run(self, job: Job, name: str, work: Work) -> None:
        job.task = asyncio.current_task()
        try:
            job.result = await work(job)
            job.state = "done"
        except asyncio.CancelledError:
            job.state = "stopped"
            raise
        except RefusedError as error:
            job.state, job.result = "failed", {"text": str(error), "code": error.code, **error.values}
        except Exception as error:
            log.exception("%s failed", name)
            job.state, job.result = "failed", {"text": f"{type(error).__name__}: {error}", "code": ""}


def handlers(jobs: Jobs) -> dict[str, Handler]:
    """The verbs `job`, `job_stop`."""

    async def look(asked: Asked) -> Answer:
        job = jobs[text(asked, "id")]
        return {"state": job.state, "steps": job.steps, "result": job.result}

    async def stop(asked: Asked) -> Answer:
        job = jobs[text(asked, "id")]
        if job.task is not None and job.state == "running":
            job.task.cancel()
            await asyncio.wait({job.task})
        return {"state": job.state}

    return {"job": look, "job_stop": stop}
