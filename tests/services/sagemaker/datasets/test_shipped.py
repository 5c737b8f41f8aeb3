"""The samples that ship are as their index says, and each can be learnt from."""

import pytest

from services.sagemaker.datasets import profile, samples, shipped
from services.sagemaker.datasets.checks import check
from services.sagemaker.datasets.targets import suggest_problem, target_order


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_sample_can_be_learnt_from(sample):
    with sample.open() as source:
        found = profile(source)
    assert suggest_problem(found, sample.target) == sample.problem
    assert target_order(found)[0] == sample.target
    assert not [notice for notice in check(found, sample.target, sample.problem, {}) if notice.severity == "stop"]
    assert sample.source
    assert sample.licence


def test_the_words_of_the_index_are_marked_for_translation():
    marked = {sentence.message for sentence in shipped._WORDING}
    assert marked == {words.message for sample in samples() for words in (sample.title, sample.about)}
