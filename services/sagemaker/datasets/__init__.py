"""Datasets: any analyst's CSV, understood, warned about, and kept in S3 where training jobs read it."""
