"""Who is online: leases that expire by themselves, so that a crash cannot lie."""
