"""Amazon SageMaker: training jobs, models, and the endpoints that serve them."""
