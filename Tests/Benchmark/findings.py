"""What a survey finds, counted index key by index key."""

import dataclasses


@dataclasses.dataclass
class Findings:
    """Counts of entries and of index keys, and the numbers of CONTRACT.md section 5 that follow from them."""

    users: int = 0
    valid: int = 0
    orphaned: int = 0
    expired: int = 0
    users_losing_entries: int = 0
    users_without_valid: int = 0

    def add_user(self, valid, orphaned, expired):
        """Counts one index key with so many entries of each kind."""
        self.users += 1
        self.valid += valid
        self.orphaned += orphaned
        self.expired += expired
        self.users_losing_entries += orphaned + expired > 0
        self.users_without_valid += valid == 0

    def stats(self, clean):
        """The numbers to report, after a run that removed all of it (`clean`) or nothing."""
        return {
            "user_sessions_checked": self.users,
            "total_sessions_checked": self.valid + self.orphaned + self.expired,
            "valid_sessions_found": self.valid,
            "orphaned_sessions_found": self.orphaned,
            "orphaned_sessions_removed": self.orphaned if clean else 0,
            "expired_entries_found": self.expired,
            "expired_entries_removed": self.expired if clean else 0,
            "entries_removed": self.orphaned + self.expired if clean else 0,
            "user_sessions_cleaned": self.users_losing_entries,
            "empty_user_sessions_found": self.users_without_valid,
            "empty_user_sessions_removed": self.users_without_valid if clean else 0,
        }
