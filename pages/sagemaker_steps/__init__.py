"""The steps of the SageMaker page, one module each, and what they share."""
