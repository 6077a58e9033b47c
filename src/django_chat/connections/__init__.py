"""Who may hold a socket open: tickets to open one, and news that end one."""
