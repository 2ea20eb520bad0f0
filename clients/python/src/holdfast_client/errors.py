"""What an operation of the client may fail with. Refusals of the ledger are answers, not errors."""

from __future__ import annotations

from uuid import UUID

from .failures import Failure


class ClientError(Exception):
    """Any of those below."""


class ConnectionLost(ClientError):
    """The connection ended; what has no answer may have been done."""


class RequestFailed(ClientError):
    """The server did not look at the request, or ended the connection; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.name}: {failure.text}")
        self.failure = failure


class DeadlineExceeded(ClientError):
    """No answer in time; the request may have been done, or may yet be."""


class LedgerForked(ClientError):
    """Another ledger answers than before: what is unanswered was not sent to it."""

    def __init__(self, known: UUID, found: UUID) -> None:
        super().__init__(f"ledger {found} answers where {known} did")
        self.known = known
        self.found = found


class ClientClosed(ClientError):
    """The client was closed."""
