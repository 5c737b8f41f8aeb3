from __future__ import annotations

from local_aws.fidelity import table
from local_aws.registry import Operation, approximate, real


def test_operations_that_differ_alike_share_a_row_and_real_ones_come_first():
    differs = approximate("It is slower.")
    operations = [
        Operation("polly", "SynthesizeSpeech", print, differs),
        Operation("polly", "DescribeVoices", print, real),
        Operation("polly", "PutLexicon", print, differs),
    ]
    assert table(operations, ["sts", "iam"]).splitlines()[2:] == [
        "| polly | DescribeVoices | real |",
        "| polly | PutLexicon, SynthesizeSpeech | approximate: It is slower. |",
        "| iam, sts | as MiniStack has them | approximate: not every rule of AWS is kept |",
    ]


def test_every_answer_of_ours_says_how_true_it_is(client):
    reply = client("sagemaker").list_models()
    assert reply["ResponseMetadata"]["HTTPHeaders"]["x-local-aws-fidelity"] == "real"
