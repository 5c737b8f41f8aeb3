"""Datasets: any analyst's CSV, understood, warned about, and kept in S3 where training jobs read it."""

from services.sagemaker.datasets.advice import problem, target_order, warnings
from services.sagemaker.datasets.canonical import Progress
from services.sagemaker.datasets.export import export_csv
from services.sagemaker.datasets.model import Column, ColumnType, Dataset, Notice, Problem, Profile
from services.sagemaker.datasets.profiling import profile
from services.sagemaker.datasets.shipped import Sample, samples
from services.sagemaker.datasets.store import delete, list_datasets, load, open_rows, read_rows, read_sample, upload

__all__ = [
    "Column",
    "ColumnType",
    "Dataset",
    "Notice",
    "Problem",
    "Profile",
    "Progress",
    "Sample",
    "delete",
    "export_csv",
    "list_datasets",
    "load",
    "open_rows",
    "problem",
    "profile",
    "read_rows",
    "read_sample",
    "samples",
    "target_order",
    "upload",
    "warnings",
]
