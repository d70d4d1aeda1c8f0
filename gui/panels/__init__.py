"""Panels around the charts: each shows a document or a run and owns no market state."""
