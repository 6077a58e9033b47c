"""The settings of the tests on MariaDB, at the URL in TEST_MARIADB_URL."""

from __future__ import annotations

import os

import pymysql

# Django asks for mysqlclient, which must be compiled; PyMySQL speaks in its
# place when it says that it is new enough.
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

from tests.settings import *  # noqa: E402, F403
from tests.settings import RUN_NAME, database_from_url  # noqa: E402

database = database_from_url(os.environ["TEST_MARIADB_URL"])
database["NAME"] = os.environ.get("TEST_DATABASE_NAME", RUN_NAME)
database["OPTIONS"] = {"charset": "utf8mb4"}
database["TEST"]["CHARSET"] = "utf8mb4"
DATABASES = {"default": database}
