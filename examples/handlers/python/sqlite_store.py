"""A persistence layer for Powertools' idempotency that needs no table in DynamoDB: a SQLite file, IDEMPOTENCY_FILE.

Several processes of one function may share the file. Its times are real ones, also under a clock of redrive that leaps: a record
expires an hour later by the clock on the wall.
"""
import contextlib
import datetime
import os
import sqlite3

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError, IdempotencyItemNotFoundError)
from aws_lambda_powertools.utilities.idempotency.persistence.base import STATUS_CONSTANTS, DataRecord

COLUMNS = "idempotency_key, status, expiry_timestamp, in_progress_expiry_timestamp, response_data, payload_hash"


class SqliteStore(BasePersistenceLayer):
    def __init__(self, path=None):
        super().__init__()
        self.path = path or os.environ.get("IDEMPOTENCY_FILE", "idempotency.db")
        with self.connection() as database:
            database.execute(f"CREATE TABLE IF NOT EXISTS records ({COLUMNS}, PRIMARY KEY (idempotency_key))")

    @contextlib.contextmanager
    def connection(self):
        """One transaction, in which nobody else writes."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as database, database:
            database.execute("BEGIN IMMEDIATE")
            yield database

    @staticmethod
    def found(database, key):
        row = database.execute(f"SELECT {COLUMNS} FROM records WHERE idempotency_key = ?", (key,)).fetchone()
        return DataRecord(*row) if row else None

    def _get_record(self, idempotency_key):
        with self.connection() as database:
            record = self.found(database, idempotency_key)
        if record is None:
            raise IdempotencyItemNotFoundError
        return record

    def _put_record(self, data_record):
        """Takes the key, unless somebody has it: who is done and not expired, or at work and not late."""
        now = datetime.datetime.now()
        with self.connection() as database:
            other = self.found(database, data_record.idempotency_key)
            if other is not None and not other.is_expired:
                at_work = other.status == STATUS_CONSTANTS["INPROGRESS"]
                late = at_work and (other.in_progress_expiry_timestamp or now.timestamp() * 1000) < now.timestamp() * 1000
                if not late:
                    raise IdempotencyItemAlreadyExistsError(old_data_record=other)
            self.write(database, data_record)

    def _update_record(self, data_record):
        with self.connection() as database:
            self.write(database, data_record)

    def _delete_record(self, data_record):
        with self.connection() as database:
            database.execute("DELETE FROM records WHERE idempotency_key = ?", (data_record.idempotency_key,))

    @staticmethod
    def write(database, record):
        database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)", (
            record.idempotency_key, record.status, record.expiry_timestamp, record.in_progress_expiry_timestamp,
            record.response_data, record.payload_hash))
