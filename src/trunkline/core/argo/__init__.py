"""Argo CD's files, read into Trunkline's own values: one module per kind of file."""
