"""The WebSocket face: one mailbox per process, one frame loop per socket."""
