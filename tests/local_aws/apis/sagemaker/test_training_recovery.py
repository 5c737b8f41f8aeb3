"""Training jobs when local AWS itself ends, by kill -9 or in an orderly way."""

import time

import psutil

from local_aws.jobs import MARK
from tests.local_aws.apis.sagemaker.jobs import Training

SLEEPS = """
import subprocess, time
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""


def processes_of(home):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(str(home)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_after_a_kill_a_running_job_has_failed_with_a_reason_and_nothing_of_it_runs(own_local_aws):
    own_local_aws.start()
    training = Training(own_local_aws.client)
    finished = training.run("import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('model')")
    name = training.start(SLEEPS)
    training.until_printed(name, "ready")
    assert len(processes_of(own_local_aws.home)) >= 2
    own_local_aws.kill()

    own_local_aws.start()
    training = Training(own_local_aws.client)
    job = training.describe(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == (
        "InternalServerError: Local AWS ended while this training job was running. Please start it again."
    )
    assert job["TrainingEndTime"] >= job["TrainingStartTime"]
    assert [step["Status"] for step in job["SecondaryStatusTransitions"]][-2:] == ["Training", "Failed"]
    assert processes_of(own_local_aws.home) == []
    assert not any((own_local_aws.home / "jobs" / "training").glob("*"))
    assert "ready" in training.printed(name)
    before = training.describe(finished["TrainingJobName"])
    assert before["TrainingJobStatus"] == "Completed"
    assert training.unpacked(finished["TrainingJobName"], "model.tar.gz") == {"m": b"model"}
    assert training.run("print('again')")["TrainingJobStatus"] == "Completed"


def test_a_job_that_was_being_stopped_is_stopped_after_a_kill(own_local_aws):
    own_local_aws.start()
    training = Training(own_local_aws.client)
    name = training.start("import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(60)")
    training.until_printed(name, "ready")
    training.sagemaker.stop_training_job(TrainingJobName=name)
    assert training.describe(name)["TrainingJobStatus"] == "Stopping"
    own_local_aws.kill()
    own_local_aws.start()
    assert Training(own_local_aws.client).describe(name)["TrainingJobStatus"] == "Stopped"


def test_an_orderly_end_ends_the_jobs_first(own_local_aws):
    own_local_aws.start()
    training = Training(own_local_aws.client)
    name = training.start(SLEEPS)
    training.until_printed(name, "ready")
    began = time.monotonic()
    own_local_aws.stop()
    assert time.monotonic() - began < 5
    assert processes_of(own_local_aws.home) == []
    own_local_aws.start()
    job = Training(own_local_aws.client).describe(name)
    assert job["TrainingJobStatus"] == "Failed"
    assert "Local AWS ended" in job["FailureReason"]
