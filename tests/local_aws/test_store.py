from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local_aws.store import Documents, Store


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Store(tmp_path / "documents.sqlite").documents("000000000000", "us-east-1")


def test_a_document_comes_back_as_it_was_put_with_its_datetimes(documents):
    made = {"when": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), "nested": [{"ñ": None}]}
    documents.put("model", "one", made)
    assert documents.get("model", "one") == made


def test_documents_survive_a_new_process_of_the_store(tmp_path):
    Store(tmp_path / "d.sqlite").documents("a", "r").put("kind", "name", {"x": 1})
    assert Store(tmp_path / "d.sqlite").documents("a", "r").get("kind", "name") == {"x": 1}


def test_a_name_is_taken_once(documents):
    assert documents.add("model", "one", {"v": 1})
    assert not documents.add("model", "one", {"v": 2})
    assert documents.get("model", "one") == {"v": 1}


def test_of_many_threads_that_add_one_name_one_succeeds(documents):
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: documents.add("model", "same", {"n": n}), range(40)))
    assert won.count(True) == 1


def test_changes_by_many_threads_are_all_kept(documents):
    documents.put("counter", "c", {"n": 0})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: documents.change("counter", "c", lambda d: {"n": d["n"] + 1}), range(200)))
    assert documents.get("counter", "c") == {"n": 200}


def test_accounts_and_regions_do_not_see_each_other(tmp_path):
    store = Store(tmp_path / "d.sqlite")
    store.documents("a", "us-east-1").put("model", "m", {})
    assert store.documents("a", "eu-west-1").get("model", "m") is None
    assert store.documents("b", "us-east-1").all("model") == []
    assert store.scopes("model") == [("a", "us-east-1")]


def test_documents_are_listed_oldest_first_and_deleted_once(documents):
    for name in "zab":
        documents.put("model", name, {"name": name})
    assert [d["name"] for d in documents.all("model")] == ["z", "a", "b"]
    assert documents.delete("model", "a")
    assert not documents.delete("model", "a")
    assert [d["name"] for d in documents.all("model")] == ["z", "b"]


def test_a_document_that_cannot_be_written_is_refused(documents):
    with pytest.raises(TypeError, match="bytes"):
        documents.put("model", "m", {"x": b"raw"})
