"""The texts that are owed to callers: written down in one transaction, sent by a worker, never lost."""
