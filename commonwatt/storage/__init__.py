"""The database: schema, named queries, and one function per query."""
