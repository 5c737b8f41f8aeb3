"""What a kill -9 of local AWS, in the middle of a file, does to a prediction: nothing that its result shows."""

import io
import threading

from services import aws
from services.sagemaker import endpoints, file_prediction, prediction, training
from tests.services.sagemaker.scenes import ended, put_dataset, settled, staff


def test_a_file_is_predicted_to_its_end_through_a_kill_and_restart(own_local_aws, monkeypatch):
    monkeypatch.setattr(file_prediction, "_MOST_ROWS", 100)
    connection = own_local_aws.start()
    backend = aws.Backend(
        "local",
        region=connection.region,
        endpoint=connection.endpoint,
        access_key=connection.access_key,
        secret_key=connection.secret_key,
    )
    with aws.use(backend):
        job = ended(training.start(put_dataset("staff", staff(300)), "left", algorithm="linear"))
        endpoint = settled(endpoints.deploy(job))
        content, before, after = staff(3_000, seed=11).encode(), io.BytesIO(), io.BytesIO()
        prediction.predict_file(endpoint, io.BytesIO(content), before)
        restarts = []

        def kill_once(progress):
            if progress.rows >= 500 and not restarts:
                own_local_aws.kill()
                restarts.append(threading.Timer(0.5, own_local_aws.start))
                restarts[0].start()

        found = prediction.predict_file(endpoint, io.BytesIO(content), after, kill_once)
        restarts[0].join()
        assert found.complete
        assert after.getvalue() == before.getvalue()
        assert training.describe(job.name).succeeded
        assert endpoints.describe(endpoint.name).status == "InService"
