"""Hostile bytes: fuzz targets over every parser a stranger reaches, and what was kept of their corpus."""
