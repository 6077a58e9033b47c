"""The one exception that services raise, and the registry of its codes."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["REGISTRY", "ChatError", "ErrorKind"]


class ErrorKind(NamedTuple):
    """What a code means to every face: HTTP status, worth retrying, English text."""

    status: int
    message: str
    temporary: bool = False


REGISTRY: dict[str, ErrorKind] = {
    "not_authenticated": ErrorKind(401, "Authentication is required"),
    "token_expired": ErrorKind(401, "The token has expired"),
    "ticket_invalid": ErrorKind(401, "The ticket or token is not valid"),
    "forbidden": ErrorKind(403, "You may not do this"),
    "csrf_failed": ErrorKind(403, "CSRF check failed"),
    "not_participant": ErrorKind(403, "You are not a participant"),
    "unavailable": ErrorKind(403, "This person or conversation is not available"),
    "contacts_only": ErrorKind(403, "Only contacts may write to this person"),
    "read_only": ErrorKind(403, "This conversation is read-only"),
    "banned": ErrorKind(403, "You are banned"),
    "not_found": ErrorKind(404, "Not found"),
    "method_not_allowed": ErrorKind(405, "Method not allowed"),
    "not_acceptable": ErrorKind(406, "Not acceptable"),
    "unknown_type": ErrorKind(400, "Unknown type"),
    "invalid_payload": ErrorKind(400, "Invalid payload"),
    "unsupported_version": ErrorKind(400, "Unsupported protocol version"),
    "empty_message": ErrorKind(400, "Empty message"),
    "too_long": ErrorKind(400, "Too long"),
    "invalid_reply": ErrorKind(400, "The message replied to is not available"),
    "invalid_mention": ErrorKind(400, "Invalid mention"),
    "invalid_emoji": ErrorKind(400, "Invalid emoji"),
    "query_too_short": ErrorKind(400, "Query too short"),
    "self_target": ErrorKind(400, "You cannot do this to yourself"),
    "file_empty": ErrorKind(400, "The file is empty"),
    "idempotency_conflict": ErrorKind(409, "This key was used for something else"),
    "stale_revision": ErrorKind(409, "The message has changed since"),
    "edit_window_expired": ErrorKind(409, "The time to edit has passed"),
    "already_deleted": ErrorKind(409, "The message is deleted"),
    "already_member": ErrorKind(409, "Already a member"),
    "invalid_state": ErrorKind(409, "Not possible in this state"),
    "request_pending": ErrorKind(409, "A request is pending"),
    "attachment_not_ready": ErrorKind(409, "The attachment is not ready", True),
    "attachment_expired": ErrorKind(410, "The attachment has expired"),
    "frame_too_large": ErrorKind(413, "Frame too large"),
    "file_too_large": ErrorKind(413, "File too large"),
    "file_type_not_allowed": ErrorKind(415, "File type not allowed"),
    "file_content_mismatch": ErrorKind(415, "The content does not match the type"),
    "unsupported_media_type": ErrorKind(415, "Unsupported media type"),
    "file_rejected": ErrorKind(422, "The file was rejected"),
    "group_too_large": ErrorKind(422, "The group would be too large"),
    "quota_exceeded": ErrorKind(422, "The quota is used up"),
    "limit_reached": ErrorKind(422, "The limit is reached"),
    "too_many_subscriptions": ErrorKind(429, "Too many subscriptions"),
    "too_many_connections": ErrorKind(429, "Too many connections"),
    "rate_limited": ErrorKind(429, "Too many requests", True),
    "server_error": ErrorKind(500, "Server error", True),
    "overloaded": ErrorKind(503, "Overloaded, try again", True),
}


class ChatError(Exception):
    """A refusal that every face can tell its client.

    `code` is API and comes from `REGISTRY`; `field` names the offending input;
    `detail` is JSON for programs; `retry_after_ms` says when trying again makes sense.
    """

    def __init__(
        self,
        code: str,
        *,
        message: str | None = None,
        field: str | None = None,
        detail: dict[str, Any] | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        self.kind = REGISTRY[code]
        self.code = code
        self.message = message or self.kind.message
        self.field = field
        self.detail = detail
        self.retry_after_ms = retry_after_ms
        super().__init__(f"{code}: {self.message}")

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return self.kind.status

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON body shared by REST errors and `error` frames."""
        body: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "temporary": self.kind.temporary,
        }
        if self.field is not None:
            body["field"] = self.field
        if self.detail is not None:
            body["detail"] = self.detail
        if self.retry_after_ms is not None:
            body["retry_after_ms"] = self.retry_after_ms
        return body
