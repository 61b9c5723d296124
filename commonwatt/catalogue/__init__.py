"""Dated data that ships with the service, as files with their source: prices and emission factors."""
