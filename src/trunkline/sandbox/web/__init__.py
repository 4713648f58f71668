"""The API over HTTP: paths, bodies, watches, tables, schemas."""
