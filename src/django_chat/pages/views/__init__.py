"""One module for each noun; every view parses, calls one service and answers."""
