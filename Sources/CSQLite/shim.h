#pragma once
#include <sqlite3.h>

/// sqlite3_db_config takes variable arguments, which Swift does not call. The last connection to close then leaves the log as it is.
static inline int csqlite_leave_log_on_close(sqlite3 *handle) {
  return sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
