"""The REST face: each view reads its input, calls one service and answers."""
