"""Amazon SageMaker: training jobs, models, and the endpoints that serve them."""

from local_aws.apis.sagemaker import endpoint_configs, endpoints, models, tags, training

__all__ = ["endpoint_configs", "endpoints", "models", "tags", "training"]
