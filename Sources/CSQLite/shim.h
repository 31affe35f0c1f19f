#pragma once
#include <sqlite3.h>

/* What a virtual table and its cursors are to SQLite, with the Swift object behind them
   (https://www.sqlite.org/vtab.html: SQLite knows only the first member). */
struct exhibit_table {
    sqlite3_vtab base;
    void *object;
};

struct exhibit_cursor {
    sqlite3_vtab_cursor base;
    void *object;
};

/* sqlite3_db_config with a flag: it takes a variable number of arguments, which Swift cannot call. */
static inline int exhibit_set_flag(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}

/* Lets views read the virtual table that is being connected to, though the schema is not trusted. */
static inline int exhibit_let_views_read(sqlite3 *database) {
    return sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS);
}
